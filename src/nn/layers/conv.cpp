#include <torch/torch.h>

#include "nn/layers/build.h"
#include "nn/max_pool.h"

namespace bunsen {
namespace {

torch::ExpandingArray<2> pair(const Size2& size) { return {{size.height, size.width}}; }

template <class Options, class Pool>
Options pool_options(const Pool& layer) {
  return Options(pair(layer.kernel_size))
      .stride(pair(layer.stride.value_or(layer.kernel_size)))
      .padding(pair(layer.padding));
}

}  // namespace

void build(const Conv2d& layer, const Shape& in, ModuleSink& out) {
  out.push(
      torch::nn::Conv2d(torch::nn::Conv2dOptions(in.sizes[0], layer.out_channels, pair(layer.kernel_size))
                            .stride(pair(layer.stride))
                            .padding(pair(layer.padding))
                            .dilation(pair(layer.dilation))
                            .groups(layer.groups)
                            .bias(layer.bias)));
}

void build(const MaxPool2d& layer, const Shape&, ModuleSink& out) {
  out.push(torch::nn::MaxPool2d(pool_options<torch::nn::MaxPool2dOptions>(layer)));
  out.forward = [layer, with_gradient = std::move(out.forward)](const at::Tensor& input) {
    return at::GradMode::is_enabled() || !is_for_max_pool(input) ? with_gradient(input)
                                                                 : max_pool(layer, input);
  };
}

void build(const AvgPool2d& layer, const Shape&, ModuleSink& out) {
  out.push(torch::nn::AvgPool2d(pool_options<torch::nn::AvgPool2dOptions>(layer)));
}

}  // namespace bunsen
