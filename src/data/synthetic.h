// synthetic.h - points in the plane (or in more dimensions) made from a seed.
#pragma once

#include <cstdint>
#include <vector>

#include "spec/datasets/all.h"

namespace bunsen {

struct SyntheticPart {
  std::vector<float> values;  ///< [samples, features]
  std::vector<std::int64_t> classes;
};

/// The training part, or the test part: the same distribution, other points. Sample i has class i mod
/// classes, and a longer part begins with the shorter one's points. `noise` times a normal number is added to
/// each feature of
/// - blobs: a point on the unit circle, classes evenly spaced; above 2 features a random point on the unit
/// sphere;
/// - spirals: a point of the class's arm, at distance 3 t from the middle for t uniform in (0, 1], turned by
/// t turns;
/// - xor: features uniform in [-1, 1]; the class says whether the first two differ in sign, the others say
/// nothing.
SyntheticPart make_synthetic(const Synthetic& spec, bool is_test);

}  // namespace bunsen
