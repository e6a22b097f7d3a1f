#include <torch/torch.h>

#include "nn/layers/build.h"

namespace bunsen {

void build(const Relu&, const Shape&, ModuleSink& out) { out.push(torch::nn::ReLU()); }

void build(const LeakyRelu& layer, const Shape&, ModuleSink& out) {
  out.push(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(layer.negative_slope)));
}

void build(const Sigmoid&, const Shape&, ModuleSink& out) { out.push(torch::nn::Sigmoid()); }

void build(const Tanh&, const Shape&, ModuleSink& out) { out.push(torch::nn::Tanh()); }

void build(const Gelu& layer, const Shape&, ModuleSink& out) {
  const char* approximate = layer.approximate == GeluApproximation::tanh ? "tanh" : "none";
  out.push(torch::nn::GELU(torch::nn::GELUOptions().approximate(approximate)));
}

void build(const Softmax&, const Shape&, ModuleSink& out) { out.push(torch::nn::Softmax(1)); }

void build(const LogSoftmax&, const Shape&, ModuleSink& out) { out.push(torch::nn::LogSoftmax(1)); }

}  // namespace bunsen
