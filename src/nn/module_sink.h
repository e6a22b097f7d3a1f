// module_sink.h - takes the modules of the layers that are being built.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

namespace torch::nn {
class Module;
}

namespace bunsen {

/// Takes one layer's module.
class ModuleSink {
 public:
  /// `holder` is a torch::nn module that maps a tensor to a tensor: `torch::nn::Linear(10, 5)`.
  template <class Holder>
  void push(const Holder& holder) {
    auto implementation = holder.ptr();
    forward = [implementation](const at::Tensor& input) { return implementation->forward(input); };
    module = std::move(implementation);
  }

  std::shared_ptr<torch::nn::Module> module;
  std::function<at::Tensor(const at::Tensor&)> forward;
};

}  // namespace bunsen
