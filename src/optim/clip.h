// clip.h - keeps gradients small between the backward pass and the step.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nn/model.h"
#include "spec/optimizers/clip.h"

namespace bunsen {

/// Clips the parameters' gradients in place, with the bits of torch.nn.utils.clip_grad_norm_ and
/// clip_grad_value_ on a CPU. A parameter without a gradient is left out.
void clip_gradients(const Clip& clip, const std::vector<NamedTensor>& parameters);

}  // namespace bunsen
