// direct_step.h - a training step's forward and backward pass without autograd's bookkeeping, with autograd's
// bits.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "direct/direct_layer.h"
#include "direct/layer_watch.h"
#include "spec/losses/all.h"

namespace bunsen {

/// A loss and its gradient by the output.
class DirectLoss {
 public:
  virtual ~DirectLoss() = default;
  virtual at::Tensor forward(const at::Tensor& output, const at::Tensor& target) = 0;
  virtual at::Tensor backward() = 0;
};

/// The whole stack, on a CPU, in training mode. Each gradient has the bits that autograd gives it: the same
/// kernels in the same order, on the model's own parameters.
class DirectStep {
 public:
  /// Nothing when the loss or a single layer has no backward here: then autograd does it all. `layers` is the
  /// expanded list that `model` was built from.
  static std::optional<DirectStep> of(const std::vector<Layer>& layers, const Model& model, const Loss& loss);

  /// Output of the last layer, as Model::forward; for a batch that stays as it is until backward().
  at::Tensor forward(const at::Tensor& input);
  /// The batch's loss, as loss_value; `output` is forward()'s.
  at::Tensor loss(const at::Tensor& output, const at::Tensor& target);
  /// Leaves a new gradient in every parameter, as if it had been zeroed before.
  void backward();
  /// Told of every layer from now on; must outlive this, or be taken back with nullptr.
  void watch(LayerWatch* watch) { watch_ = watch; }

  const std::vector<std::unique_ptr<DirectLayer>>& layers() const { return layers_; }

 private:
  std::vector<std::unique_ptr<DirectLayer>> layers_;
  std::unique_ptr<DirectLoss> loss_;
  std::size_t first_learning_ = 0;  ///< the layers before it need no gradient
  LayerWatch* watch_ = nullptr;
};

}  // namespace bunsen
