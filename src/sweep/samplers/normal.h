// normal.h - the standard normal distribution between two ends, exact in its tails.
#pragma once

namespace bunsen {

/// Logarithm of the probability of [low, high], low < high.
double log_normal_mass(double low, double high);

/// The x in [low, high] below which the share `unit`, in [0, 1), of the distribution between the ends lies;
/// low <= 0 <= high.
double normal_quantile_between(double unit, double low, double high);

}  // namespace bunsen
