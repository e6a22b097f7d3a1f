// transform.h - a config's transform with its numbers known: measured, where it is a fitted one.
#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "spec/transforms/all.h"

namespace bunsen {

/// x -> (x - mean) / sd in single precision; pixels divided by 255 first if it scales.
struct FittedTransform {
  bool scales_pixels = false;
  /// Empty: no shift and no division. Else one number for all values, or one a channel (images) or feature
  /// (tables).
  std::vector<double> mean;
  std::vector<double> sd;
};

/// `standardize` measures `training_samples` of the training part: mean and population standard deviation
/// (divided by n), in double; a constant feature gets sd 1. Other transforms look at nothing.
FittedTransform fit(const Transform& transform, const LoadedData& data,
                    const std::vector<std::int64_t>& training_samples);

}  // namespace bunsen
