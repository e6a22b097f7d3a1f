#include "batches/transform.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>

#include "base/errors.h"
#include "data/pixel_statistics.h"

namespace bunsen {
namespace {

double or_one(double sd) { return sd > 0 ? sd : 1.0; }

/// All pixels of a channel together.
FittedTransform measure_pixels(const LoadedData& data, const std::vector<std::int64_t>& samples) {
  FittedTransform fitted{true, {}, {}};
  for (const MeanAndSd& channel : pixel_statistics(data, samples)) {
    fitted.mean.push_back(channel.mean);
    fitted.sd.push_back(or_one(channel.sd));
  }
  return fitted;
}

/// The mean of each feature's values that are there.
std::vector<double> means_of(const LoadedData& data, const std::vector<std::int64_t>& samples) {
  const auto features = static_cast<std::size_t>(data.sample.elements());
  std::vector<double> means(features, 0.0);
  std::vector<std::int64_t> holes(features, 0);
  for (const std::int64_t sample : samples) {
    const float* value = data.train.values.data() + static_cast<std::size_t>(sample) * features;
    for (std::size_t i = 0; i < features; ++i) {
      if (std::isnan(value[i])) {
        ++holes[i];
      } else {
        means[i] += static_cast<double>(value[i]);
      }
    }
  }
  for (std::size_t i = 0; i < features; ++i) {
    const auto there = static_cast<std::int64_t>(samples.size()) - holes[i];
    if (there == 0)
      throw UserError(
          fmt::format("feature {} (from 0) has no value among the {} training samples, so it has no mean; "
                      "`ignore` its column",
                      i, samples.size()));
    means[i] /= static_cast<double>(there);
  }
  return means;
}

FittedTransform measure_values(const LoadedData& data, const std::vector<std::int64_t>& samples) {
  const auto features = static_cast<std::size_t>(data.sample.elements());
  FittedTransform fitted{false, means_of(data, samples), std::vector<double>(features, 0.0)};
  for (const std::int64_t sample : samples) {
    const float* value = data.train.values.data() + static_cast<std::size_t>(sample) * features;
    for (std::size_t i = 0; i < features; ++i) {
      if (std::isnan(value[i])) continue;  // filled with the mean: no distance
      const double distance = static_cast<double>(value[i]) - fitted.mean[i];
      fitted.sd[i] += distance * distance;
    }
  }
  const double total = static_cast<double>(samples.size());
  for (double& sd : fitted.sd) sd = or_one(std::sqrt(sd / total));
  return fitted;
}

FittedTransform fit_whole(const Transform& transform, const LoadedData& data,
                          const std::vector<std::int64_t>& training_samples) {
  if (std::holds_alternative<Standardize>(transform)) {
    return data.is_image ? measure_pixels(data, training_samples) : measure_values(data, training_samples);
  }
  if (const Normalize* normalize = std::get_if<Normalize>(&transform)) {
    return {data.is_image, normalize->mean, normalize->std};
  }
  return {std::holds_alternative<Scale>(transform), {}, {}};
}

}  // namespace

FittedTransform fit(const Transform& transform, const LoadedData& data,
                    const std::vector<std::int64_t>& training_samples) {
  FittedTransform fitted = fit_whole(transform, data, training_samples);
  if (data.has_holes) fitted.fill = means_of(data, training_samples);
  return fitted;
}

}  // namespace bunsen
