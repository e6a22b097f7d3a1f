#include "train/best_epoch.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace bunsen;

namespace {

EpochRecord epoch(std::int64_t number, double loss, std::optional<double> accuracy) {
  EpochRecord record;
  record.epoch = number;
  record.train = {{"loss", -loss}};
  record.validation = {{"loss", loss}};
  if (accuracy) record.validation.emplace_back("accuracy", *accuracy);
  return record;
}

}  // namespace

TEST_CASE("validation accuracy decides, and the earliest of equals is the best") {
  const auto best = best_epoch({epoch(1, 3, 0.5), epoch(2, 2, 0.75), epoch(3, 1, 0.75)}, std::nullopt);
  REQUIRE(best);
  CHECK(best->epoch == 2);
  CHECK(best->metric == "validation.accuracy");
  CHECK(best->value == 0.75);
}

TEST_CASE("without accuracy the smallest validation loss decides, and NaN never wins") {
  const auto best = best_epoch({epoch(1, std::nan(""), {}), epoch(2, 2, {}), epoch(3, 4, {})}, std::nullopt);
  REQUIRE(best);
  CHECK(best->epoch == 2);
  CHECK(best->metric == "validation.loss");
}

TEST_CASE("the objective comes before the rule") {
  Objective objective;
  objective.minimize = "train.loss";
  const auto best = best_epoch({epoch(1, 3, 0.5), epoch(2, 5, 0.1)}, objective);
  REQUIRE(best);
  CHECK(best->epoch == 2);
  CHECK(best->value == -5);
}

TEST_CASE("without a validation part there is no best epoch") {
  EpochRecord record;
  record.epoch = 1;
  record.train = {{"loss", 1}};
  CHECK_FALSE(best_epoch({record}, std::nullopt));
  CHECK_FALSE(best_epoch({}, std::nullopt));
}
