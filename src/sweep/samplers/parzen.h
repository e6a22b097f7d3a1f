// parzen.h - a density over some axes made of points that were observed: a kernel around each, and a wide
// one.
#pragma once

#include <cstddef>
#include <vector>

#include "sweep/samplers/domain.h"
#include "sweep/samplers/random_stream.h"

namespace bunsen {

/// A mixture: with weights[k], each axis is drawn from its k-th kernel. The last kernel is the prior.
struct Parzen {
  /// Of a number: normal distributions, cut off at both ends, over the value or its logarithm.
  struct Kernels {
    Domain domain;
    double first = 0;  ///< ends of the cut-off normals; half a step outside of whole numbers
    double last = 0;
    std::vector<double> centers;
    std::vector<double> widths;
    std::vector<double> log_masses;  ///< of the normal between the ends
    /// Of choices: the one that was observed, which has more probability than each other one.
    std::vector<std::size_t> observed;
  };
  std::vector<double> weights;
  std::vector<Kernels> axes;
};

/// `observations`, oldest first, have a value within its domain for each of `domains`.
Parzen make_parzen(const std::vector<Domain>& domains, const std::vector<std::vector<double>>& observations);

/// Values drawn: within their domains, real numbers not rounded.
std::vector<double> draw(const Parzen& parzen, RandomStream& stream);

/// Logarithm of the density at `values`: of logarithms where an axis is logarithmic, a probability where it
/// is whole or a choice.
double log_density(const Parzen& parzen, const std::vector<double>& values);

}  // namespace bunsen
