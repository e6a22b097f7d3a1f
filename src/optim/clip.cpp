#include "optim/clip.h"

#include <torch/torch.h>

namespace bunsen {
namespace {

struct Clipper {
  std::vector<at::Tensor>& gradients;

  void operator()(const ClipNorm& clip) const {
    std::vector<at::Tensor> norms;
    norms.reserve(gradients.size());
    for (const at::Tensor& gradient : gradients)
      norms.push_back(at::linalg_vector_norm(gradient, clip.norm_type));
    const at::Tensor total = at::linalg_vector_norm(at::stack(norms), clip.norm_type);
    // Python's `max_norm / tensor` is a reciprocal times max_norm, which rounds twice.
    const at::Tensor factor = (total + 1e-6).reciprocal_().mul_(clip.max_norm).clamp_max_(1.0);
    // A factor of 1 changes no bit; on a GPU it is not waited for.
    if (factor.device().is_cpu() && *factor.data_ptr<float>() == 1) return;
    for (at::Tensor& gradient : gradients) gradient.mul_(factor);
  }
  void operator()(const ClipValue& clip) const {
    for (at::Tensor& gradient : gradients) gradient.clamp_(-clip.clip_value, clip.clip_value);
  }
};

}  // namespace

void clip_gradients(const Clip& clip, const std::vector<NamedTensor>& parameters) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters.size());
  for (const NamedTensor& parameter : parameters) {
    if (parameter.tensor.grad().defined()) gradients.push_back(parameter.tensor.grad());
  }
  if (gradients.empty()) return;
  std::visit(Clipper{gradients}, static_cast<const Clip::variant&>(clip));
}

}  // namespace bunsen
