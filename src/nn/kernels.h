// kernels.h - max pooling of planes of floats, with the choices and the bits of PyTorch's kernel.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bunsen::kernels {

/// Windows along one side of a plane.
struct PoolAxis {
  std::int64_t in;   ///< numbers along the side
  std::int64_t out;  ///< windows; each has at least one of the numbers in it
  std::int64_t size, stride, padding;
};

/// Windows that slide over planes of rows.in x columns.in numbers, fewer than 2^31.
struct Pooling {
  PoolAxis rows, columns;
};

/// For each window of each plane its largest number and, unless `chosen` is null, where in the plane it
/// stands: of equal ones the first, of NaN the last, as torch.nn.functional.max_pool2d chooses.
void max_pool(const Pooling& pooling, std::int64_t planes, const float* input, float* output,
              std::int32_t* chosen);

/// Adds each window's gradient where its number was chosen, in the windows' order; `by_input` is written
/// whole.
void max_pool_backward(const Pooling& pooling, std::int64_t planes, const float* by_output,
                       const std::int32_t* chosen, float* by_input);

}  // namespace bunsen::kernels
