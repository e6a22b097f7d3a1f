#include <torch/torch.h>

#include "nn/layers/build.h"

namespace bunsen {

void build(const Linear& layer, const Shape& in, ModuleSink& out) {
  out.push(torch::nn::Linear(torch::nn::LinearOptions(in.features(), layer.out_features).bias(layer.bias)));
}

void build(const Flatten&, const Shape&, ModuleSink& out) { out.push(torch::nn::Flatten()); }

}  // namespace bunsen
