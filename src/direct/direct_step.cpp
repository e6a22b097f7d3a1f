#include "direct/direct_step.h"

#include <ATen/ATen.h>
#include <ATen/core/LegacyTypeDispatch.h>

#include <tuple>

namespace bunsen {
namespace {

/// Reduction and ignored class as PyTorch's losses have them by default.
constexpr std::int64_t no_class = -100;

/// -x[target], from logits if `takes_logits`, else from log-probabilities.
class DirectNll : public DirectLoss {
 public:
  explicit DirectNll(bool takes_logits)
      : takes_logits_(takes_logits), one_(at::ones({}, at::TensorOptions().dtype(at::kFloat))) {}

  at::Tensor forward(const at::Tensor& output, const at::Tensor& target) override {
    logs_ = takes_logits_ ? at::log_softmax(output, 1) : output;
    target_ = target;
    at::Tensor loss;
    std::tie(loss, total_weight_) = at::nll_loss_forward(logs_, target, {}, at::Reduction::Mean, no_class);
    return loss;
  }
  at::Tensor backward() override {
    const at::Tensor by_logs =
        at::nll_loss_backward(one_, logs_, target_, {}, at::Reduction::Mean, no_class, total_weight_);
    return takes_logits_ ? at::_log_softmax_backward_data(by_logs, logs_, 1, at::kFloat) : by_logs;
  }

 private:
  bool takes_logits_;
  at::Tensor one_, logs_, target_, total_weight_;
};

class DirectMse : public DirectLoss {
 public:
  at::Tensor forward(const at::Tensor& output, const at::Tensor& target) override {
    output_ = output;
    target_ = target;
    return at::mse_loss(output, target);
  }
  at::Tensor backward() override {
    return at::mse_loss_backward(one_, output_, target_, at::Reduction::Mean);
  }

 private:
  at::Tensor one_ = at::ones({}, at::TensorOptions().dtype(at::kFloat));
  at::Tensor output_, target_;
};

struct LossMaker {
  std::unique_ptr<DirectLoss> operator()(const CrossEntropy&) const {
    return std::make_unique<DirectNll>(true);
  }
  std::unique_ptr<DirectLoss> operator()(const Nll&) const { return std::make_unique<DirectNll>(false); }
  std::unique_ptr<DirectLoss> operator()(const Mse&) const { return std::make_unique<DirectMse>(); }
  /// Autograd's formula for it is no kernel but a sum of products, and another one in each LibTorch.
  std::unique_ptr<DirectLoss> operator()(const BceWithLogits&) const { return nullptr; }
};

}  // namespace

std::optional<DirectStep> DirectStep::of(const std::vector<Layer>& layers, const Model& model,
                                         const Loss& loss) {
  DirectStep step;
  step.loss_ = std::visit(LossMaker{}, static_cast<const Loss::variant&>(loss));
  if (step.loss_ == nullptr) return std::nullopt;
  step.first_learning_ = layers.size();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const ModelLayer& module = model.layers()[i];
    step.layers_.push_back(direct_layer(layers[i], module));
    if (step.layers_.back() == nullptr) return std::nullopt;
    if (step.first_learning_ == layers.size() && !module.parameters().empty()) step.first_learning_ = i;
  }
  return step;
}

// Below autograd: the kernels alone, without a graph or counts of versions.
at::Tensor DirectStep::forward(const at::Tensor& input) {
  const at::AutoDispatchBelowADInplaceOrView kernels_only;
  at::Tensor value = input;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    value = layers_[i]->forward(value);
    if (watch_ != nullptr) watch_->forward_ended(i);
  }
  return value;
}

at::Tensor DirectStep::loss(const at::Tensor& output, const at::Tensor& target) {
  const at::AutoDispatchBelowADInplaceOrView kernels_only;
  return loss_->forward(output, target);
}

void DirectStep::backward() {
  const at::AutoDispatchBelowADInplaceOrView kernels_only;
  at::Tensor gradient = loss_->backward();
  if (watch_ != nullptr) watch_->loss_backward_ended();
  for (std::size_t i = layers_.size(); i-- > first_learning_;) {
    gradient = layers_[i]->backward(gradient, i > first_learning_);
    if (watch_ != nullptr) watch_->backward_ended(i);
  }
}

}  // namespace bunsen
