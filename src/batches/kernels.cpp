// Compiled with -ffp-contract=off, so that every clone rounds as the formula says.
#include "batches/kernels.h"

#include "base/vector_clones.h"

namespace bunsen::kernels {
namespace {

template <bool scales, bool normalizes>
[[gnu::always_inline]] inline void transform_loop(const PixelTransform& transform,
                                                  const std::uint8_t* __restrict pixels, std::size_t count,
                                                  float* __restrict out) {
  const float mean = transform.mean, sd = transform.sd;
  for (std::size_t i = 0; i < count; ++i) {
    auto value = static_cast<float>(pixels[i]);
    if constexpr (scales) value /= 255.0f;
    if constexpr (normalizes) value = (value - mean) / sd;
    out[i] = value;
  }
}

}  // namespace

BUNSEN_VECTOR_CLONES void transform_pixels(const PixelTransform& transform, const std::uint8_t* pixels,
                                           std::size_t count, float* out) {
  if (transform.scales && transform.normalizes) {
    transform_loop<true, true>(transform, pixels, count, out);
  } else if (transform.scales) {
    transform_loop<true, false>(transform, pixels, count, out);
  } else if (transform.normalizes) {
    transform_loop<false, true>(transform, pixels, count, out);
  } else {
    transform_loop<false, false>(transform, pixels, count, out);
  }
}

}  // namespace bunsen::kernels
