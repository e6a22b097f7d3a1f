// direct_layer.h - a layer's backward beside its forward: the kernels that autograd would call, called in its
// order.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "nn/model.h"
#include "spec/layers/all.h"

namespace bunsen {

/// One layer of a stack in training mode.
class DirectLayer {
 public:
  virtual ~DirectLayer() = default;

  /// The layer's output for a batch [N, ...]. What the backward pass needs is kept until then.
  virtual at::Tensor forward(const at::Tensor& input) = 0;
  /// `gradient` is the loss's by the output. Lets go of what was kept, layer by layer, as autograd does: a
  /// step's memory is then free when the next step, or an evaluation, begins. Leaves the parameters'
  /// gradients in their `grad` and returns the gradient by the input; undefined if it is not wanted.
  virtual at::Tensor backward(const at::Tensor& gradient, bool wants_input) = 0;
};

/// For a layer and its module, whose parameters it shares; nullptr where only autograd knows a backward.
std::unique_ptr<DirectLayer> direct_layer(const Layer& layer, const ModelLayer& module);

}  // namespace bunsen
