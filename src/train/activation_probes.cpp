#include "train/activation_probes.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "train/kernels.h"

namespace bunsen {
namespace {

kernels::Sums sums_over(const at::Tensor& output) {
  if (output.device().is_cpu() && output.is_contiguous())
    return kernels::sums_of(output.data_ptr<float>(), static_cast<std::size_t>(output.numel()));
  const at::Tensor values = output.to(at::kDouble);
  return {values.sum().item<double>(), values.square().sum().item<double>()};
}

at::Tensor largest_of_units(const at::Tensor& output) {
  return output.dim() > 2 ? output.flatten(2).amax(2).amax(0) : output.amax(0);
}

}  // namespace

ActivationProbes::ActivationProbes(const Model& model) {
  for (const ModelLayer& layer : model.layers()) {
    Layer& watched = layers_.emplace_back();
    watched.is_watched = layer.type != "flatten" && layer.type != "dropout";
    watched.is_relu = layer.type == "relu";
  }
}

void ActivationProbes::see(std::size_t layer, const at::Tensor& output) {
  Layer& watched = layers_[layer];
  if (!watched.is_watched) return;
  const kernels::Sums sums = sums_over(output);
  watched.count += output.numel();
  watched.sum += sums.values;
  watched.squares += sums.squares;
  if (!watched.is_relu) return;
  const at::Tensor units = largest_of_units(output);
  watched.largest = watched.largest.defined() ? at::maximum(watched.largest, units) : units;
}

ActivationValues ActivationProbes::values() const {
  ActivationValues out;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    if (layer.count == 0) continue;
    const auto count = static_cast<double>(layer.count);
    const double mean = layer.sum / count;
    // Rounding may leave a variance below 0 where all values are alike; NaN stays NaN.
    const double variance = layer.squares / count - mean * mean;
    Metrics& values = out.emplace_back(i, Metrics()).second;
    values.emplace_back("activation_mean", mean);
    values.emplace_back("activation_sd", std::sqrt(variance < 0 ? 0 : variance));
    if (!layer.is_relu) continue;
    const auto dead = static_cast<double>((layer.largest == 0).sum().item<std::int64_t>());
    values.emplace_back("dead_share", dead / static_cast<double>(layer.largest.numel()));
  }
  return out;
}

}  // namespace bunsen
