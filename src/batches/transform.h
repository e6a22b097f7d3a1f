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
  /// What stands for a missing value, one a feature; empty: none is missing.
  std::vector<double> fill = {};
};

/// `standardize` measures `training_samples` of the training part: mean and population standard deviation
/// (divided by n), in double; a constant feature gets sd 1. Missing values are first filled with the mean of
/// the others, as scikit-learn's SimpleImputer before its StandardScaler does. Other transforms look at
/// nothing but what is missing. Throws UserError when a feature has no value at all.
FittedTransform fit(const Transform& transform, const LoadedData& data,
                    const std::vector<std::int64_t>& training_samples);

}  // namespace bunsen
