// max_pool.h - max pooling on a CPU: PyTorch's numbers in a fourth of its time.
#pragma once

#include <ATen/core/Tensor.h>

#include "spec/layers/conv.h"

namespace bunsen {

/// Can max_pool() take it? Plain floats of a CPU, [N, C, H, W]; all else is at::max_pool2d's.
bool is_for_max_pool(const at::Tensor& input);

/// The layer's output [N, C, H', W'] for an input [N, C, H, W]. `chosen`, unless null, becomes where in its
/// plane each window's number stands, which max_pool_backward() needs. Autograd sees none of it.
at::Tensor max_pool(const MaxPool2d& layer, const at::Tensor& input, at::Tensor* chosen = nullptr);

/// The gradient by the input, whose sizes are given, from that by the output.
at::Tensor max_pool_backward(const MaxPool2d& layer, at::IntArrayRef input_sizes, const at::Tensor& by_output,
                             const at::Tensor& chosen);

}  // namespace bunsen
