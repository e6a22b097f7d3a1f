#include "nn/initialize.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>

#include "base/errors.h"
#include "nn/philox.h"
#include "spec/plan.h"

namespace bunsen {
namespace {

/// Where an initializer's numbers come from: the global CPU generator, or the imitation of a CUDA one.
class Draws {
 public:
  Draws(const Init& init, std::int64_t seed) {
    if (init.generator == GeneratorKind::cpu) return;
    cuda_.emplace(static_cast<std::uint64_t>(seed),
                  CudaGenerator::Device{init.multiprocessors, init.threads_per_multiprocessor});
  }

  void normal(const at::Tensor& tensor, double mean, double std) {
    if (cuda_) return cuda_->normal(values(tensor), mean, std);
    tensor.normal_(mean, std);
  }
  void uniform(const at::Tensor& tensor, double from, double to) {
    if (cuda_) return cuda_->uniform(values(tensor), from, to);
    tensor.uniform_(from, to);
  }

 private:
  static std::span<float> values(const at::Tensor& tensor) {
    return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
  }
  std::optional<CudaGenerator> cuda_;
};

struct Fans {
  double in, out;
};

/// Inputs and outputs of one unit, as torch.nn.init counts them: a convolution's window counts in both.
Fans fans(const at::Tensor& weight) {
  const auto window = weight[0][0].numel();
  return {static_cast<double>(weight.size(1) * window), static_cast<double>(weight.size(0) * window)};
}

/// torch.nn.init.calculate_gain.
double gain_of(Nonlinearity nonlinearity, double negative_slope) {
  switch (nonlinearity) {
    case Nonlinearity::tanh:
      return 5.0 / 3;
    case Nonlinearity::relu:
      return std::sqrt(2.0);
    case Nonlinearity::leaky_relu:
      return std::sqrt(2.0 / (1 + negative_slope * negative_slope));
    case Nonlinearity::linear:
    case Nonlinearity::sigmoid:
      break;
  }
  return 1;
}

double xavier_std(double gain, const at::Tensor& weight) {
  const auto [in, out] = fans(weight);
  return gain * std::sqrt(2.0 / (in + out));
}

template <class Kaiming>
double kaiming_std(const Kaiming& kaiming, const at::Tensor& weight) {
  const auto [in, out] = fans(weight);
  return gain_of(kaiming.nonlinearity, kaiming.a) / std::sqrt(kaiming.mode == FanMode::fan_in ? in : out);
}

/// Fills one tensor; the formulas, in double, are those of torch/nn/init.py.
struct Filler {
  const at::Tensor& tensor;
  Draws& draws;

  void operator()(const Normal& normal) const { draws.normal(tensor, normal.mean, normal.std); }
  void operator()(const Uniform& uniform) const { draws.uniform(tensor, uniform.a, uniform.b); }
  void operator()(const Constant& constant) const { tensor.fill_(constant.val); }
  void operator()(const XavierUniform& xavier) const {
    symmetric(std::sqrt(3.0) * xavier_std(xavier.gain, tensor));
  }
  void operator()(const XavierNormal& xavier) const {
    draws.normal(tensor, 0, xavier_std(xavier.gain, tensor));
  }
  void operator()(const KaimingUniform& kaiming) const {
    symmetric(std::sqrt(3.0) * kaiming_std(kaiming, tensor));
  }
  void operator()(const KaimingNormal& kaiming) const {
    draws.normal(tensor, 0, kaiming_std(kaiming, tensor));
  }
  void operator()(const Orthogonal& orthogonal) const {
    const std::int64_t rows = tensor.size(0), columns = tensor.numel() / rows;
    at::Tensor drawn = at::empty({rows, columns}, tensor.options().requires_grad(false));
    draws.normal(drawn, 0, 1);
    if (rows < columns) drawn.t_();
    auto [q, r] = at::linalg_qr(drawn);
    q.mul_(r.diag().sign());  // makes Q unique: R's diagonal positive
    if (rows < columns) q.t_();
    tensor.view_as(q).copy_(q);
    tensor.mul_(orthogonal.gain);
  }

 private:
  void symmetric(double bound) const { draws.uniform(tensor, -bound, bound); }
};

}  // namespace

void initialize(Model& model, const Init& init, std::int64_t seed) {
  const at::NoGradGuard no_gradients;
  Draws draws(init, seed);
  for (const ModelLayer& layer : model.layers()) {
    for (const auto& [name, tensor] : layer.parameters()) {  // weight first, as modules register them
      const Initializer* initializer = initializer_of(init, layer.name, layer.type, name);
      if (!initializer) continue;
      if (initializer->needs_matrix() && tensor.dim() < 2) {
        throw UserError(
            fmt::format("init: the initializer of {}.{} needs two or more dimensions, and the tensor has {}; "
                        "take `normal`, `uniform` or `constant`",
                        layer.name, name, tensor.dim()));
      }
      std::visit(Filler{tensor, draws}, static_cast<const Initializer::variant&>(*initializer));
    }
  }
}

}  // namespace bunsen
