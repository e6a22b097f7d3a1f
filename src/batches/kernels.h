// kernels.h - pixels -> the floats that torchvision's transforms make of them, many at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bunsen::kernels {

/// torchvision's ToTensor and Normalize for one channel: float(pixel) / 255, (x - mean) / sd, each rounded to
/// float32.
struct PixelTransform {
  bool scales = false;
  bool normalizes = false;
  float mean = 0, sd = 1;
};

void transform_pixels(const PixelTransform& transform, const std::uint8_t* pixels, std::size_t count,
                      float* out);

}  // namespace bunsen::kernels
