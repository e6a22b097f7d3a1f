#include "nn/kernels.h"

#include <algorithm>
#include <limits>

#include "base/vector_clones.h"

namespace bunsen::kernels {
namespace {

std::int64_t divided_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// One number of each of `count` windows: it is kept where it is larger than those before. `place`: of the
/// first in its plane. `stride`: between two windows, or 0 where only `step` knows it.
template <int stride, bool keeps_choice>
[[gnu::always_inline]] inline void take_larger(int count, int step, const float* __restrict line, int place,
                                               float* __restrict largest, std::int32_t* __restrict chosen) {
  if constexpr (stride != 0) step = stride;
  for (int i = 0; i < count; ++i) {
    const float value = line[i * step];
    const bool is_taken = value > largest[i] || value != value;
    if constexpr (keeps_choice) {
      // Bits, because the compiler makes a branch of two choices by the same condition.
      const std::int32_t mask = -static_cast<std::int32_t>(is_taken);
      chosen[i] = ((place + i * step) & mask) | (chosen[i] & ~mask);
    }
    largest[i] = is_taken ? value : largest[i];
  }
}

/// Row by row of windows, and in it one place of the window after another, for all windows of the row at
/// once.
template <int stride, bool keeps_choice>
[[gnu::always_inline]] inline void pool_plane(const Pooling& pooling, const float* input, float* output,
                                              std::int32_t* chosen) {
  const PoolAxis rows = pooling.rows, columns = pooling.columns;
  for (std::int64_t row = 0; row < rows.out; ++row) {
    const std::int64_t begin = row * rows.stride - rows.padding;
    const std::int64_t top = std::max<std::int64_t>(begin, 0), bottom = std::min(begin + rows.size, rows.in);
    std::fill_n(output, columns.out, -std::numeric_limits<float>::infinity());
    if constexpr (keeps_choice) {
      for (std::int64_t i = 0; i < columns.out; ++i)
        chosen[i] = static_cast<std::int32_t>(
            top * columns.in + std::max<std::int64_t>(i * columns.stride - columns.padding, 0));
    }
    for (std::int64_t at = top; at < bottom; ++at) {
      for (std::int64_t offset = -columns.padding; offset < columns.size - columns.padding; ++offset) {
        // The windows in which this place lies inside the plane.
        const std::int64_t first = offset < 0 ? divided_up(-offset, columns.stride) : 0;
        const std::int64_t last = std::min(columns.out, divided_up(columns.in - offset, columns.stride));
        const std::int64_t place = at * columns.in + offset + first * columns.stride;
        take_larger<stride, keeps_choice>(static_cast<int>(last - first), static_cast<int>(columns.stride),
                                          input + place, static_cast<int>(place), output + first,
                                          keeps_choice ? chosen + first : nullptr);
      }
    }
    output += columns.out;
    if constexpr (keeps_choice) chosen += columns.out;
  }
}

template <bool keeps_choice>
[[gnu::always_inline]] inline void pool_planes(const Pooling& pooling, std::int64_t planes,
                                               const float* input, float* output, std::int32_t* chosen) {
  const std::int64_t in = pooling.rows.in * pooling.columns.in;
  const std::int64_t out = pooling.rows.out * pooling.columns.out;
  for (std::int64_t plane = 0; plane < planes; ++plane, input += in, output += out) {
    switch (pooling.columns.stride) {
      case 1:
        pool_plane<1, keeps_choice>(pooling, input, output, chosen);
        break;
      case 2:
        pool_plane<2, keeps_choice>(pooling, input, output, chosen);
        break;
      default:
        pool_plane<0, keeps_choice>(pooling, input, output, chosen);
    }
    if constexpr (keeps_choice) chosen += out;
  }
}

}  // namespace

BUNSEN_SHORT_VECTOR_CLONES void max_pool(const Pooling& pooling, std::int64_t planes, const float* input,
                                         float* output, std::int32_t* chosen) {
  if (chosen == nullptr) {
    pool_planes<false>(pooling, planes, input, output, nullptr);
  } else {
    pool_planes<true>(pooling, planes, input, output, chosen);
  }
}

void max_pool_backward(const Pooling& pooling, std::int64_t planes, const float* by_output,
                       const std::int32_t* chosen, float* by_input) {
  const std::int64_t in = pooling.rows.in * pooling.columns.in;
  const std::int64_t out = pooling.rows.out * pooling.columns.out;
  for (std::int64_t plane = 0; plane < planes; ++plane, by_input += in, by_output += out, chosen += out) {
    std::fill_n(by_input, in, 0.0f);
    for (std::int64_t i = 0; i < out; ++i) by_input[chosen[i]] += by_output[i];
  }
}

}  // namespace bunsen::kernels
