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

TEST_CASE("the earliest of equals is the best epoch") {
  const std::vector<EpochRecord> epochs{epoch(1, 3, 0.5), epoch(2, 2, 0.75), epoch(3, 1, 0.75)};
  const auto best = best_epoch(epochs, Aim{"validation.accuracy", true});
  REQUIRE(best);
  CHECK(best->epoch == 2);
  CHECK(best->metric == "validation.accuracy");
  CHECK(best->value == 0.75);
  CHECK(best_epoch(epochs, Aim{"train.loss", false})->epoch == 1);
}

TEST_CASE("NaN is never the best, nor is an epoch without the metric") {
  const std::vector<EpochRecord> epochs{epoch(1, std::nan(""), {}), epoch(2, 2, {}), epoch(3, 4, {})};
  CHECK(best_epoch(epochs, Aim{"validation.loss", false})->epoch == 2);
  CHECK_FALSE(best_epoch(epochs, Aim{"validation.accuracy", true}));
  CHECK_FALSE(best_epoch({epochs[0]}, Aim{"validation.loss", false}));
}

TEST_CASE("without an aim or without epochs there is no best epoch") {
  CHECK_FALSE(best_epoch({epoch(1, 3, 0.5)}, std::nullopt));
  CHECK_FALSE(best_epoch({}, Aim{"validation.accuracy", true}));
}
