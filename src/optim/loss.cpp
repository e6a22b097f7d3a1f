#include "optim/loss.h"

#include <torch/torch.h>

namespace bunsen {
namespace {

struct Value {
  const at::Tensor& output;
  const at::Tensor& target;

  at::Tensor operator()(const CrossEntropy&) const { return at::cross_entropy_loss(output, target); }
  at::Tensor operator()(const Nll&) const { return at::nll_loss(output, target); }
  at::Tensor operator()(const Mse&) const { return at::mse_loss(output, target); }
  at::Tensor operator()(const BceWithLogits&) const {
    return at::binary_cross_entropy_with_logits(output, target);
  }
};

}  // namespace

at::Tensor loss_value(const Loss& loss, const at::Tensor& output, const at::Tensor& target) {
  return std::visit(Value{output, target}, static_cast<const Loss::variant&>(loss));
}

}  // namespace bunsen
