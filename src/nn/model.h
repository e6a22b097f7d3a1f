// model.h - the stack of layers as modules: what it computes, and its tensors by PyTorch's names.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spec/layers/all.h"
#include "spec/plan.h"

namespace torch::nn {
class Module;
}

namespace bunsen {

/// A parameter or buffer by its name in a state dict: `0.weight`, `hidden2.bias`, `3.running_mean`.
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// One layer's module. A layer without parameters has a module as well.
struct ModelLayer {
  std::string name;       ///< LayerPlan::name
  std::string_view type;  ///< `linear`
  std::shared_ptr<torch::nn::Module> module;
  std::function<at::Tensor(const at::Tensor&)> forward;

  /// The layer's own tensors: `weight`, `bias`.
  std::vector<NamedTensor> parameters() const;
  std::vector<NamedTensor> buffers() const;
};

/// Layers one after another, as torch.nn.Sequential. Movable, and as cheap to move as a vector.
class Model {
 public:
  explicit Model(std::vector<ModelLayer> layers) : layers_(std::move(layers)) {}

  /// Output of the last layer for a batch [N, ...].
  at::Tensor forward(const at::Tensor& batch) const;

  /// Sees layer `index`'s output, before the next layer gets it.
  using Probe = std::function<void(std::size_t index, const at::Tensor& output)>;
  at::Tensor forward(const at::Tensor& batch, const Probe& probe) const;

  const std::vector<ModelLayer>& layers() const { return layers_; }

  /// In module order with Sequential's names; the tensors share memory with the model.
  std::vector<NamedTensor> parameters() const;
  std::vector<NamedTensor> buffers() const;
  /// Parameters and buffers in state_dict()'s order: each layer's parameters, then its buffers.
  std::vector<NamedTensor> state() const;

  /// Training mode (dropout draws, batch normalization uses the batch) or evaluation mode. A new model is in
  /// training mode.
  void train(bool is_training = true);
  /// Moves parameters and buffers; tensors taken from the model before stay its own.
  void to(at::Device device);

 private:
  std::vector<ModelLayer> layers_;
};

/// Builds the modules of an expanded list of layers, in order, so that default initialization draws from the
/// global CPU generator as a Python script that writes the layers one after another. `plan` is make_plan's
/// for the same list.
Model build_model(const std::vector<Layer>& layers, const Plan& plan);

}  // namespace bunsen
