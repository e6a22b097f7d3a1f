#include "cli/text_picture.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace bunsen {
namespace {

constexpr std::string_view ramp = " .:-=+*#%@";
constexpr std::int64_t most_width = 32;

/// The mean of a block of pixels in all channels.
double brightness(std::span<const std::uint8_t> pixels, const Shape& sample, std::int64_t row,
                  std::int64_t column, std::int64_t rows, std::int64_t columns) {
  const std::int64_t height = sample.sizes[1], width = sample.sizes[2];
  std::int64_t sum = 0, count = 0;
  for (std::int64_t channel = 0; channel < sample.sizes[0]; ++channel) {
    for (std::int64_t y = row; y < std::min(row + rows, height); ++y) {
      for (std::int64_t x = column; x < std::min(column + columns, width); ++x, ++count)
        sum += pixels[static_cast<std::size_t>((channel * height + y) * width + x)];
    }
  }
  return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
}

}  // namespace

std::vector<std::string> text_picture(std::span<const std::uint8_t> pixels, const Shape& sample) {
  std::vector<std::string> lines;
  if (!sample.is_image()) return lines;
  const std::int64_t step = (sample.sizes[2] + most_width - 1) / most_width;
  for (std::int64_t row = 0; row < sample.sizes[1]; row += 2 * step) {
    std::string& line = lines.emplace_back();
    for (std::int64_t column = 0; column < sample.sizes[2]; column += step) {
      const double bright = brightness(pixels, sample, row, column, 2 * step, step);
      line += ramp[static_cast<std::size_t>(bright / 256 * static_cast<double>(ramp.size()))];
    }
  }
  return lines;
}

}  // namespace bunsen
