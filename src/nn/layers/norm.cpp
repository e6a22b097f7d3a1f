#include <torch/torch.h>

#include "nn/layers/build.h"

namespace bunsen {
namespace {

template <class Norm>
torch::nn::BatchNormOptions norm_options(const Norm& layer, std::int64_t features) {
  return torch::nn::BatchNormOptions(features).eps(layer.eps).momentum(layer.momentum).affine(layer.affine);
}

}  // namespace

void build(const BatchNorm1d& layer, const Shape& in, ModuleSink& out) {
  out.push(torch::nn::BatchNorm1d(norm_options(layer, in.features())));
}

void build(const BatchNorm2d& layer, const Shape& in, ModuleSink& out) {
  out.push(torch::nn::BatchNorm2d(norm_options(layer, in.sizes[0])));
}

void build(const Dropout& layer, const Shape&, ModuleSink& out) { out.push(torch::nn::Dropout(layer.p)); }

}  // namespace bunsen
