#include "data/pixel_statistics.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace bunsen {
namespace {

using ValueCounts = std::array<std::int64_t, 256>;

MeanAndSd statistics_of(const ValueCounts& counts, double total) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    sum += static_cast<double>(counts[i]) * static_cast<double>(i);
  const double mean = sum / total;
  double squares = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double distance = static_cast<double>(i) - mean;
    squares += static_cast<double>(counts[i]) * distance * distance;
  }
  return {mean / 255, std::sqrt(squares / total) / 255};
}

}  // namespace

std::vector<MeanAndSd> pixel_statistics(const LoadedData& data, std::span<const std::int64_t> samples) {
  const auto channels = static_cast<std::size_t>(data.sample.is_image() ? data.sample.sizes[0] : 1);
  const auto sample_size = static_cast<std::size_t>(data.sample.elements());
  const std::size_t channel_size = sample_size / channels;
  std::vector<ValueCounts> counts(channels);
  for (const std::int64_t sample : samples) {
    const std::uint8_t* pixel = data.train.pixels.data() + static_cast<std::size_t>(sample) * sample_size;
    for (ValueCounts& count : counts) {
      for (std::size_t i = 0; i < channel_size; ++i) ++count[*pixel++];
    }
  }
  std::vector<MeanAndSd> out;
  out.reserve(counts.size());
  for (const ValueCounts& count : counts)
    out.push_back(statistics_of(count, static_cast<double>(samples.size() * channel_size)));
  return out;
}

}  // namespace bunsen
