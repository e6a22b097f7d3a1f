#include "sweep/stopping.h"

#include <doctest/doctest.h>

#include <cmath>

namespace bunsen {
namespace {

const Goal accuracy{"validation.accuracy", true, ObjectiveAt::last};
const Goal loss{"validation.loss", false, ObjectiveAt::last};

TEST_CASE("a sweep without limits goes on") {
  CHECK_FALSE(reason_to_stop({}, {}, accuracy, {1000, 1000, 1e9, 1.0}));
}

TEST_CASE("a budget of trials counts those on their way and those of earlier commands") {
  Budget budget;
  budget.trials = 3;
  CHECK_FALSE(reason_to_stop(budget, {}, {}, {2, 0, 0, {}}));
  CHECK(reason_to_stop(budget, {}, {}, {3, 0, 0, {}}) == "the budget of 3 trials is spent");
}

TEST_CASE("a budget of hours ends when they are over") {
  Budget budget;
  budget.hours = 0.5;
  CHECK_FALSE(reason_to_stop(budget, {}, {}, {0, 0, 1799, {}}));
  CHECK(reason_to_stop(budget, {}, {}, {0, 0, 1800, {}}) == "the budget of 0.5 hours is spent");
}

TEST_CASE("a target is reached from the side that the goal comes from") {
  Budget budget;
  budget.target = 0.5;
  CHECK_FALSE(reason_to_stop(budget, {}, accuracy, {0, 0, 0, 0.49}));
  CHECK(reason_to_stop(budget, {}, accuracy, {0, 0, 0, 0.5}));
  CHECK_FALSE(reason_to_stop(budget, {}, loss, {0, 0, 0, 0.51}));
  CHECK(reason_to_stop(budget, {}, loss, {0, 0, 0, 0.5}));
  CHECK_FALSE(reason_to_stop(budget, {}, accuracy, {0, 0, 0, {}}));
}

TEST_CASE("failures are borne as long as the file says") {
  CHECK(reason_to_stop({}, Failures{StopAtOnce{}}, {}, {0, 1, 0, {}}) ==
        "1 trial failed or diverged (failures)");
  CHECK_FALSE(reason_to_stop({}, Failures{StopAfter{3}}, {}, {0, 2, 0, {}}));
  CHECK(reason_to_stop({}, Failures{StopAfter{3}}, {}, {0, 3, 0, {}}));
}

}  // namespace
}  // namespace bunsen
