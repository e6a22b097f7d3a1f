#include "sweep/samplers/tpe.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "sweep/samplers/parzen.h"
#include "sweep/samplers/random_stream.h"

namespace bunsen {
namespace {

constexpr std::size_t most_good_points = 25;

using Axes = std::vector<std::size_t>;  // indices into the domains

/// Observations by their indices, oldest first.
struct Halves {
  std::vector<std::size_t> good;
  std::vector<std::size_t> rest;
};

bool counts(const Observation& observation) {
  return observation.state != Observation::State::finished || !std::isnan(observation.score);
}

bool is_over(const Observation& observation) {
  return observation.state != Observation::State::running && counts(observation);
}

/// Finished before pruned; pruned later before earlier; then by score, the better first.
bool ranks_before(const Observation& left, const Observation& right, bool is_maximized) {
  if (left.state != right.state) return left.state == Observation::State::finished;
  if (left.state == Observation::State::pruned) {
    if (left.last_step != right.last_step) return left.last_step > right.last_step;
    if (std::isnan(left.score) || std::isnan(right.score)) {
      return !std::isnan(left.score) && std::isnan(right.score);
    }
  }
  return is_maximized ? left.score > right.score : left.score < right.score;
}

/// The best tenth, rounded up, of those that are over, and all others, running ones among them.
Halves split_observations(const std::vector<Observation>& observations, bool is_maximized) {
  std::vector<std::size_t> over;
  for (std::size_t point = 0; point < observations.size(); ++point) {
    if (is_over(observations[point])) over.push_back(point);
  }
  std::stable_sort(over.begin(), over.end(), [&](std::size_t left, std::size_t right) {
    return ranks_before(observations[left], observations[right], is_maximized);
  });
  const std::size_t tenth = static_cast<std::size_t>(std::ceil(0.1 * static_cast<double>(over.size())));
  over.resize(std::min(tenth, most_good_points));
  std::sort(over.begin(), over.end());
  Halves halves{over, {}};
  for (std::size_t point = 0; point < observations.size(); ++point) {
    const bool is_good = std::binary_search(over.begin(), over.end(), point);
    if (!is_good && counts(observations[point])) halves.rest.push_back(point);
  }
  return halves;
}

std::optional<double> value_on(const Observation& observation, std::size_t axis, const Domain& domain) {
  if (axis >= observation.values.size()) return {};
  const std::optional<double>& value = observation.values[axis];
  return value && domain.has(*value) ? value : std::nullopt;
}

/// What those of `points` that have all the axes have on them.
std::vector<std::vector<double>> rows_of(const std::vector<Observation>& observations,
                                         const std::vector<std::size_t>& points, const Axes& axes,
                                         const std::vector<Domain>& domains) {
  std::vector<std::vector<double>> rows;
  for (const std::size_t point : points) {
    std::vector<double> row;
    for (const std::size_t axis : axes) {
      if (const auto value = value_on(observations[point], axis, domains[axis])) row.push_back(*value);
    }
    if (row.size() == axes.size()) rows.push_back(std::move(row));
  }
  return rows;
}

/// Axes that are chosen together: first those that every point that is over has, then each other by itself.
std::vector<Axes> groups_of(const std::vector<Domain>& domains, const std::vector<Observation>& observations,
                            bool is_joint) {
  Axes together;
  std::vector<Axes> groups;
  for (std::size_t axis = 0; axis < domains.size(); ++axis) {
    if (domains[axis].has_one_value()) continue;
    const bool is_everywhere =
        is_joint && std::all_of(observations.begin(), observations.end(), [&](const Observation& point) {
          return !is_over(point) || value_on(point, axis, domains[axis]);
        });
    if (is_everywhere) {
      together.push_back(axis);
    } else {
      groups.push_back({axis});
    }
  }
  if (!together.empty()) groups.insert(groups.begin(), together);
  return groups;
}

/// Of values drawn where good points are dense, those where good points are densest beside the rest.
std::vector<double> most_promising(const Parzen& good, const Parzen& rest, std::int64_t candidates,
                                   RandomStream& stream) {
  std::vector<double> best;
  double best_gain = -std::numeric_limits<double>::infinity();
  for (std::int64_t candidate = 0; candidate < candidates; ++candidate) {
    const std::vector<double> values = draw(good, stream);
    const double gain = log_density(good, values) - log_density(rest, values);
    // Less than that is rounding, which differs between machines; of equals the first is taken.
    if (!best.empty() && !(gain > best_gain + 1e-9)) continue;
    best = values;
    best_gain = gain;
  }
  return best;
}

}  // namespace

std::vector<double> suggest(const TpeOptions& options, const std::vector<Domain>& domains,
                            const std::vector<Observation>& observations, std::int64_t index) {
  RandomStream stream(options.seed, index);
  std::vector<double> suggested;
  suggested.reserve(domains.size());
  for (const Domain& domain : domains) suggested.push_back(value_at(domain, stream.unit()));
  if (std::count_if(observations.begin(), observations.end(), is_over) < options.startup_points)
    return suggested;

  const Halves halves = split_observations(observations, options.is_maximized);
  for (const Axes& axes : groups_of(domains, observations, options.is_joint)) {
    std::vector<Domain> group;
    group.reserve(axes.size());
    for (const std::size_t axis : axes) group.push_back(domains[axis]);
    const Parzen good = make_parzen(group, rows_of(observations, halves.good, axes, domains));
    const Parzen rest = make_parzen(group, rows_of(observations, halves.rest, axes, domains));
    const std::vector<double> chosen = most_promising(good, rest, options.candidates, stream);
    for (std::size_t place = 0; place < axes.size(); ++place) {
      suggested[axes[place]] = tidy(group[place], chosen[place]);
    }
  }
  return suggested;
}

}  // namespace bunsen
