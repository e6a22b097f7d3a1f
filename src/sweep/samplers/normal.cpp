#include "sweep/samplers/normal.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bunsen {
namespace {

const double log_root_two_pi = 0.5 * std::log(2 * std::numbers::pi);

double normal_mass_below(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

double normal_density(double x) { return std::exp(-0.5 * x * x - log_root_two_pi); }

double log_normal_mass_below(double x) {
  if (x > -30) return std::log(normal_mass_below(x));
  const double inverse = 1 / (x * x);  // the asymptotic series of erfc, which underflows soon
  return -0.5 * x * x - log_root_two_pi - std::log(-x) +
         std::log1p(inverse * (-1 + inverse * (3 - inverse * 15)));
}

/// The x <= 0 with normal_mass_below(x) == mass, between `low` and 0: Newton's steps, halved where they leave
/// what is known to enclose it.
double lower_quantile(double mass, double low) {
  double high = 0;
  low = std::max(low, -38.0);  // below, no mass is left that a double can tell from 0
  double x = std::max(low, -1.0);
  for (int step = 0; step < 200 && low < high; ++step) {
    const double excess = normal_mass_below(x) - mass;
    (excess > 0 ? high : low) = x;
    double next = x - excess / normal_density(x);
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    const bool is_near = std::abs(next - x) <= 1e-14 * (1 + std::abs(x));
    x = next;
    if (is_near) break;
  }
  return x;
}

}  // namespace

double log_normal_mass(double low, double high) {
  if (low > 0) return log_normal_mass(-high, -low);
  const double middle = low + (high - low) / 2;
  // So narrow that the difference of two probabilities would have no digits left.
  if ((high - low) * std::max(1.0, std::abs(middle)) < 1e-6) {
    return -0.5 * middle * middle - log_root_two_pi + std::log(high - low);
  }
  if (high <= 0) {
    const double below_high = log_normal_mass_below(high);
    return below_high + std::log1p(-std::exp(log_normal_mass_below(low) - below_high));
  }
  return std::log1p(-normal_mass_below(low) - normal_mass_below(-high));
}

double normal_quantile_between(double unit, double low, double high) {
  const double mass_below = normal_mass_below(low);
  const double mass_above = normal_mass_below(-high);
  const double mass = 1 - mass_below - mass_above;
  const double below = mass_below + unit * mass;
  const double x =
      below <= 0.5 ? lower_quantile(below, low) : -lower_quantile(mass_above + (1 - unit) * mass, -high);
  return std::clamp(x, low, high);
}

}  // namespace bunsen
