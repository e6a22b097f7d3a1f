// loss.h - what a batch's output costs.
#pragma once

#include <ATen/core/Tensor.h>

#include "spec/losses/all.h"

namespace bunsen {

/// Mean over the batch, a scalar tensor with a gradient, as Python's loss modules give it. `output` is [N,
/// features]. `target` is int64 [N] for cross_entropy and nll, float32 shaped like `output` for mse and
/// bce_with_logits.
at::Tensor loss_value(const Loss& loss, const at::Tensor& output, const at::Tensor& target);

}  // namespace bunsen
