#include "sweep/samplers/parzen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "sweep/samplers/normal.h"

namespace bunsen {
namespace {

constexpr double prior_weight = 1;
constexpr std::size_t newest_of_full_weight = 25;

/// Of `count` observations, oldest first: the newest 25 count fully, older ones less and less.
std::vector<double> observation_weights(std::size_t count) {
  std::vector<double> weights(count, 1);
  if (count <= newest_of_full_weight) return weights;
  const std::size_t fading = count - newest_of_full_weight;
  const double least = 1 / static_cast<double>(count);
  for (std::size_t place = 0; place < fading; ++place) {
    const double share = fading == 1 ? 0 : static_cast<double>(place) / static_cast<double>(fading - 1);
    weights[place] = least + (1 - least) * share;
  }
  return weights;
}

std::vector<double> mixture_weights(std::size_t count) {
  std::vector<double> weights = observation_weights(count);
  weights.push_back(prior_weight);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  return weights;
}

double scaled(const Domain& domain, double value) { return domain.is_log ? std::log(value) : value; }

double half_step(const Domain& domain) { return domain.kind == Domain::Kind::whole ? 0.5 : 0; }

/// The larger distance to a neighbor, in sorted order; an end of the axis is a neighbor only to a lone
/// observation, and to others where both neighbors are observations.
std::vector<double> neighbor_distances(const std::vector<double>& centers, double first, double last) {
  std::vector<std::size_t> order(centers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t left, std::size_t right) { return centers[left] < centers[right]; });
  std::vector<double> distances(centers.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    const bool is_first = place == 0;
    const bool is_last = place + 1 == order.size();
    const double center = centers[order[place]];
    const double below = center - (is_first ? first : centers[order[place - 1]]);
    const double above = (is_last ? last : centers[order[place + 1]]) - center;
    double distance = std::max(below, above);
    if (order.size() >= 2 && is_first) distance = above;
    if (order.size() >= 2 && is_last) distance = below;
    distances[order[place]] = distance;
  }
  return distances;
}

Parzen::Kernels number_kernels(const Domain& domain, std::vector<double> observed) {
  Parzen::Kernels kernels{domain,
                          scaled(domain, domain.low - half_step(domain)),
                          scaled(domain, domain.high + half_step(domain)),
                          {},
                          {},
                          {},
                          {}};
  for (double& value : observed) value = scaled(domain, value);
  const double width = kernels.last - kernels.first;
  const double narrowest = width / std::min(100.0, static_cast<double>(observed.size()) + 2);
  kernels.widths = neighbor_distances(observed, kernels.first, kernels.last);
  for (double& kernel : kernels.widths) kernel = std::clamp(kernel, narrowest, width);
  kernels.centers = std::move(observed);
  kernels.centers.push_back(kernels.first + width / 2);
  kernels.widths.push_back(width);
  for (std::size_t kernel = 0; kernel < kernels.centers.size(); ++kernel) {
    kernels.log_masses.push_back(
        log_normal_mass((kernels.first - kernels.centers[kernel]) / kernels.widths[kernel],
                        (kernels.last - kernels.centers[kernel]) / kernels.widths[kernel]));
  }
  return kernels;
}

Parzen::Kernels choice_kernels(const Domain& domain, const std::vector<double>& observed) {
  Parzen::Kernels kernels{domain, 0, 0, {}, {}, {}, {}};
  for (const double value : observed) kernels.observed.push_back(static_cast<std::size_t>(value));
  return kernels;
}

/// Of a choice in the kernel of an observation: each has the prior's weight, shared by all kernels, and the
/// observed one 1 more.
double choice_probability(const Parzen::Kernels& kernels, std::size_t kernel, std::size_t choice) {
  const double choices = kernels.domain.high + 1;
  if (kernel >= kernels.observed.size()) return 1 / choices;
  const double each = prior_weight / static_cast<double>(kernels.observed.size() + 1);
  return (each + (kernels.observed[kernel] == choice ? 1 : 0)) / (1 + choices * each);
}

double drawn_choice(const Parzen::Kernels& kernels, std::size_t kernel, double unit) {
  const std::size_t last = static_cast<std::size_t>(kernels.domain.high);
  double sum = 0;
  for (std::size_t choice = 0; choice < last; ++choice) {
    sum += choice_probability(kernels, kernel, choice);
    if (unit < sum) return static_cast<double>(choice);
  }
  return kernels.domain.high;
}

double drawn_number(const Parzen::Kernels& kernels, std::size_t kernel, double unit) {
  const double center = kernels.centers[kernel];
  const double width = kernels.widths[kernel];
  const double drawn = center + width * normal_quantile_between(unit, (kernels.first - center) / width,
                                                                (kernels.last - center) / width);
  const double value = kernels.domain.is_log ? std::exp(drawn) : drawn;
  const bool is_whole = kernels.domain.kind == Domain::Kind::whole;
  return std::clamp(is_whole ? std::round(value) : value, kernels.domain.low, kernels.domain.high);
}

std::size_t drawn_kernel(const std::vector<double>& weights, double unit) {
  double sum = 0;
  for (std::size_t kernel = 0; kernel + 1 < weights.size(); ++kernel) {
    sum += weights[kernel];
    if (unit < sum) return kernel;
  }
  return weights.size() - 1;
}

/// Adds the logarithm of each kernel's density at `value` to `sums`.
void add_log_densities(const Parzen::Kernels& kernels, double value, std::vector<double>& sums) {
  static const double log_root_of_two_pi = 0.5 * std::log(2 * std::numbers::pi);
  const bool is_whole = kernels.domain.kind == Domain::Kind::whole;
  const bool is_choice = kernels.domain.kind == Domain::Kind::choice;
  const double below = is_choice ? 0 : scaled(kernels.domain, value - half_step(kernels.domain));
  const double above = is_choice ? 0 : scaled(kernels.domain, value + half_step(kernels.domain));
  for (std::size_t kernel = 0; kernel < sums.size(); ++kernel) {
    if (is_choice) {
      sums[kernel] += std::log(choice_probability(kernels, kernel, static_cast<std::size_t>(value)));
      continue;
    }
    const double from = (below - kernels.centers[kernel]) / kernels.widths[kernel];
    const double to = (above - kernels.centers[kernel]) / kernels.widths[kernel];
    const double log_kernel =
        is_whole ? log_normal_mass(from, to)
                 : -0.5 * from * from - log_root_of_two_pi - std::log(kernels.widths[kernel]);
    sums[kernel] += log_kernel - kernels.log_masses[kernel];
  }
}

}  // namespace

Parzen make_parzen(const std::vector<Domain>& domains, const std::vector<std::vector<double>>& observations) {
  Parzen parzen;
  parzen.weights = mixture_weights(observations.size());
  for (std::size_t axis = 0; axis < domains.size(); ++axis) {
    std::vector<double> observed;
    observed.reserve(observations.size());
    for (const std::vector<double>& values : observations) observed.push_back(values[axis]);
    const bool is_choice = domains[axis].kind == Domain::Kind::choice;
    parzen.axes.push_back(is_choice ? choice_kernels(domains[axis], observed)
                                    : number_kernels(domains[axis], std::move(observed)));
  }
  return parzen;
}

std::vector<double> draw(const Parzen& parzen, RandomStream& stream) {
  const std::size_t kernel = drawn_kernel(parzen.weights, stream.unit());
  std::vector<double> values;
  for (const Parzen::Kernels& kernels : parzen.axes) {
    const double unit = stream.unit();
    const bool is_choice = kernels.domain.kind == Domain::Kind::choice;
    values.push_back(is_choice ? drawn_choice(kernels, kernel, unit) : drawn_number(kernels, kernel, unit));
  }
  return values;
}

double log_density(const Parzen& parzen, const std::vector<double>& values) {
  std::vector<double> sums;
  sums.reserve(parzen.weights.size());
  for (const double weight : parzen.weights) sums.push_back(std::log(weight));
  for (std::size_t axis = 0; axis < parzen.axes.size(); ++axis) {
    add_log_densities(parzen.axes[axis], values[axis], sums);
  }
  const double largest = *std::max_element(sums.begin(), sums.end());
  double total = 0;
  for (const double sum : sums) total += std::exp(sum - largest);
  return largest + std::log(total);
}

}  // namespace bunsen
