// pixel_statistics.h - mean and standard deviation of a training part's pixels, a channel at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"

namespace bunsen {

struct MeanAndSd {
  double mean = 0;
  double sd = 0;  ///< over n
};

/// Of the training samples named, one entry a channel (a flat image is one channel), pixels scaled to 0..1.
/// Counts of the 256 values are exact, so the order of the samples does not matter.
std::vector<MeanAndSd> pixel_statistics(const LoadedData& data, std::span<const std::int64_t> samples);

}  // namespace bunsen
