#include "sweep/samplers/tpe.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sweep/samplers/unit_points.h"

namespace bunsen {
namespace {

using State = Observation::State;
const std::vector<Domain> one_axis{linear_domain(0, 1)};

/// Evenly spread over [0, 1]; the score is the distance from `best`.
std::vector<Observation> told(std::size_t count, double best) {
  std::vector<Observation> observations;
  for (std::size_t place = 0; place < count; ++place) {
    const double x = (static_cast<double>(place) + 0.5) / static_cast<double>(count);
    observations.push_back({{x}, State::finished, std::abs(x - best), 0});
  }
  return observations;
}

/// Mean distance of 100 suggestions from `best`.
double distance(const TpeOptions& options, const std::vector<Observation>& observations, double best) {
  double sum = 0;
  for (std::int64_t index = 0; index < 100; ++index) {
    sum += std::abs(suggest(options, one_axis, observations, index)[0] - best);
  }
  return sum / 100;
}

TEST_CASE("the first points are those of random") {
  const std::vector<Domain> domains{log_domain(1e-4, 1e-1), whole_domain(16, 256), choice_domain(3)};
  const std::vector<double> units = random_point(11, 4, 3);
  std::vector<double> expected;
  for (std::size_t axis = 0; axis < 3; ++axis) expected.push_back(value_at(domains[axis], units[axis]));
  TpeOptions options;
  options.seed = 11;
  CHECK(suggest(options, domains, {}, 4) == expected);
}

TEST_CASE("ten points that are over end the random ones; failed and running ones do not count") {
  std::vector<Observation> observations = told(9, 0.2);
  const std::vector<double> at_random = suggest({}, one_axis, {}, 20);
  observations.push_back({{0.5}, State::running, 0, 0});
  observations.push_back({{0.5}, State::finished, std::nan(""), 0});
  CHECK(suggest({}, one_axis, observations, 20) == at_random);
  observations.push_back({{0.9}, State::pruned, 0.7, 1});
  CHECK(suggest({}, one_axis, observations, 20) != at_random);
}

TEST_CASE("good values are suggested, whichever direction is good") {
  CHECK(distance({}, told(40, 0.2), 0.2) < 0.1);
  TpeOptions upwards;
  upwards.is_maximized = true;
  std::vector<Observation> observations = told(40, 0.8);
  for (Observation& observation : observations) observation.score *= -1;
  CHECK(distance(upwards, observations, 0.8) < 0.1);
}

TEST_CASE("a suggestion depends on its arguments alone") {
  const std::vector<Observation> observations = told(30, 0.4);
  const std::vector<double> first = suggest({}, one_axis, observations, 31);
  suggest({}, one_axis, observations, 32);
  CHECK(suggest({}, one_axis, observations, 31) == first);
  CHECK(suggest({}, one_axis, observations, 32) != first);
  TpeOptions other;
  other.seed = 1;
  CHECK(suggest(other, one_axis, observations, 31) != first);
}

TEST_CASE("suggestions are the same on every machine") {
  const std::vector<Domain> domains{log_domain(1e-4, 1e-1), whole_domain(16, 256), choice_domain(3)};
  std::vector<Observation> observations;
  TpeOptions options;
  options.seed = 3;
  for (std::int64_t index = 0; index < 40; ++index) {
    const std::vector<double> values = suggest(options, domains, observations, index);
    const double score = std::abs(std::log10(values[0]) + 2.5) + std::abs(values[1] - 100) / 100 + values[2];
    observations.push_back({{values[0], values[1], values[2]}, State::finished, score, 0});
  }
  const auto values_of = [&](std::size_t index) {
    std::vector<double> values;
    for (const std::optional<double>& value : observations[index].values) values.push_back(*value);
    return values;
  };
  CHECK(values_of(0) == std::vector<double>{0.00809497, 245, 1});
  CHECK(values_of(10) == std::vector<double>{0.00687783, 70, 1});
  CHECK(values_of(39) == std::vector<double>{0.000175715, 18, 0});
}

TEST_CASE("a running point keeps suggestions away from it") {
  std::vector<Observation> observations = told(40, 0.2);
  const double alone = distance({}, observations, 0.2);
  for (int copies = 0; copies < 8; ++copies) observations.push_back({{0.2}, State::running, 0, 0});
  CHECK(distance({}, observations, 0.2) > alone);
}

TEST_CASE("pruned points rank after finished ones, those that came further first") {
  // Ten are over, so one is good: the finished one, whatever the pruned ones told.
  std::vector<Observation> observations{{{0.9}, State::finished, 5, 0}};
  for (int place = 0; place < 9; ++place) observations.push_back({{0.1}, State::pruned, 1, 2});
  CHECK(distance({}, observations, 0.9) < 0.35);
  // None is finished: the one that came furthest is good; of equal ones the one that told the best.
  observations[0] = {{0.9}, State::pruned, 5, 3};
  CHECK(distance({}, observations, 0.9) < 0.35);
  observations[0] = {{0.9}, State::pruned, 0.5, 2};
  CHECK(distance({}, observations, 0.9) < 0.35);
  observations[0] = {{0.9}, State::pruned, std::nan(""), 2};
  CHECK(distance({}, observations, 0.9) > 0.4);
}

TEST_CASE("an axis that some points lack is learned from those that have it") {
  const std::vector<Domain> domains{choice_domain(2), linear_domain(0, 1)};
  std::vector<Observation> observations;
  for (const Observation& observation : told(40, 0.7)) {
    observations.push_back({{1.0, observation.values[0]}, State::finished, observation.score, 0});
    observations.push_back({{0.0, {}}, State::finished, 1, 0});
  }
  double sum = 0;
  int chosen = 0;
  for (std::int64_t index = 0; index < 100; ++index) {
    const std::vector<double> values = suggest({}, domains, observations, index);
    sum += std::abs(values[1] - 0.7);
    if (values[0] == 1) ++chosen;
  }
  CHECK(sum / 100 < 0.1);
  CHECK(chosen > 80);
}

TEST_CASE("axes that all points have are chosen together, if not told otherwise") {
  // Good where they differ.
  const std::vector<Domain> domains{choice_domain(2), choice_domain(2)};
  std::vector<Observation> observations;
  for (int place = 0; place < 80; ++place) {
    const double first = place % 2;
    const double second = (place / 2) % 2;
    observations.push_back({{first, second}, State::finished, first != second ? 0.0 : 1.0, 0});
  }
  const auto unequal_pairs = [&](const TpeOptions& options) {
    int unequal = 0;
    for (std::int64_t index = 0; index < 100; ++index) {
      const std::vector<double> values = suggest(options, domains, observations, index);
      if (values[0] != values[1]) ++unequal;
    }
    return unequal;
  };
  TpeOptions each_by_itself;
  each_by_itself.is_joint = false;
  CHECK(unequal_pairs({}) == 100);
  CHECK(unequal_pairs(each_by_itself) < 80);
}

TEST_CASE("values that an edited experiment no longer has are passed over") {
  std::vector<Observation> observations = told(40, 0.3);
  for (Observation& observation : observations) {
    if (*observation.values[0] > 0.8) observation.values[0] = 7;
  }
  observations[3].values.clear();
  for (std::int64_t index = 0; index < 50; ++index) {
    const double value = suggest({}, one_axis, observations, index)[0];
    CHECK(value >= 0);
    CHECK(value <= 1);
  }
}

TEST_CASE("an axis of one value, no axis, and infinite scores are nothing special") {
  std::vector<Observation> observations = told(20, 0.3);
  observations[2].score = std::numeric_limits<double>::infinity();
  for (Observation& observation : observations) observation.values.push_back(4);
  CHECK(suggest({}, {linear_domain(0, 1), whole_domain(4, 4)}, observations, 20)[1] == 4);
  CHECK(suggest({}, {}, observations, 20).empty());
}

}  // namespace
}  // namespace bunsen
