#include "sweep/estimate.h"

#include <doctest/doctest.h>

namespace bunsen {
namespace {

TEST_CASE("what finished trials took corrects the rule") {
  const std::vector<TrialTime> trials{{10, 20, false}, {30, 60, false}, {10, {}, true}, {50, {}, true}};
  const std::optional<TimeEstimate> estimate = time_of(trials, 2);
  REQUIRE(estimate);
  CHECK(estimate->seconds == doctest::Approx(60));  // (10 + 50) * 2 / 2
  CHECK(estimate->measured_on == 2);
}

TEST_CASE("without finished trials the rule stands alone, and without a rule nothing is told") {
  CHECK(time_of({{10, {}, true}, {20, {}, true}}, 3)->seconds == doctest::Approx(10));
  CHECK(time_of({{10, {}, true}}, 3)->measured_on == 0);
  CHECK(!time_of({{10, {}, true}, {{}, {}, true}}, 1));
}

TEST_CASE("more multiply-adds, more epochs and smaller batches take longer") {
  TrainingSpec spec;
  spec.epochs = 2;
  Plan plan;
  plan.macs = 1'000'000;
  plan.train_samples = 10'000;
  plan.steps_per_epoch = 100;
  const double seconds = *rough_seconds(spec, plan);
  Plan other = plan;
  other.macs = 2'000'000;
  CHECK(*rough_seconds(spec, other) > seconds * 1.8);
  other = plan;
  other.steps_per_epoch = 10'000;
  CHECK(*rough_seconds(spec, other) > seconds);
  spec.epochs = 4;
  CHECK(*rough_seconds(spec, plan) > seconds * 1.8);
  other.train_samples.reset();
  CHECK(!rough_seconds(spec, other));
}

}  // namespace
}  // namespace bunsen
