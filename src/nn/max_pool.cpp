#include "nn/max_pool.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <limits>

#include "nn/kernels.h"

namespace bunsen {
namespace {

// A thread is worth starting for so many numbers, as ATen thinks of its own kernels.
constexpr std::int64_t numbers_worth_a_thread = 32768;

kernels::Pooling pooling_of(const MaxPool2d& layer, at::IntArrayRef input_sizes) {
  const Shape out = layer.infer(Shape{{input_sizes[1], input_sizes[2], input_sizes[3]}});
  const Size2 stride = layer.stride.value_or(layer.kernel_size);
  return {{input_sizes[2], out.sizes[1], layer.kernel_size.height, stride.height, layer.padding.height},
          {input_sizes[3], out.sizes[2], layer.kernel_size.width, stride.width, layer.padding.width}};
}

/// Calls `work(first plane, planes)` on as many threads as are worth it.
template <class Work>
void over_planes(const kernels::Pooling& pooling, std::int64_t planes, const Work& work) {
  const std::int64_t grain = 1 + numbers_worth_a_thread / (pooling.rows.in * pooling.columns.in);
  at::parallel_for(0, planes, grain, [&](std::int64_t begin, std::int64_t end) { work(begin, end - begin); });
}

}  // namespace

bool is_for_max_pool(const at::Tensor& input) {
  return input.device().is_cpu() && input.scalar_type() == at::kFloat && input.dim() == 4 &&
         input.is_contiguous() && input.size(2) * input.size(3) <= std::numeric_limits<std::int32_t>::max();
}

at::Tensor max_pool(const MaxPool2d& layer, const at::Tensor& input, at::Tensor* chosen) {
  const kernels::Pooling pooling = pooling_of(layer, input.sizes());
  const std::int64_t planes = input.size(0) * input.size(1);
  const std::int64_t in = pooling.rows.in * pooling.columns.in, out = pooling.rows.out * pooling.columns.out;
  at::Tensor output =
      at::empty({input.size(0), input.size(1), pooling.rows.out, pooling.columns.out}, input.options());
  if (chosen != nullptr) *chosen = at::empty(output.sizes(), output.options().dtype(at::kInt));
  const float* from = input.data_ptr<float>();
  float* to = output.data_ptr<float>();
  std::int32_t* places = chosen != nullptr ? chosen->data_ptr<std::int32_t>() : nullptr;
  over_planes(pooling, planes, [&](std::int64_t first, std::int64_t count) {
    kernels::max_pool(pooling, count, from + first * in, to + first * out,
                      places != nullptr ? places + first * out : nullptr);
  });
  return output;
}

at::Tensor max_pool_backward(const MaxPool2d& layer, at::IntArrayRef input_sizes, const at::Tensor& by_output,
                             const at::Tensor& chosen) {
  const kernels::Pooling pooling = pooling_of(layer, input_sizes);
  const at::Tensor gradient = by_output.contiguous();
  at::Tensor by_input = at::empty(input_sizes, gradient.options());
  const std::int64_t in = pooling.rows.in * pooling.columns.in, out = pooling.rows.out * pooling.columns.out;
  const float* from = gradient.data_ptr<float>();
  float* to = by_input.data_ptr<float>();
  const std::int32_t* places = chosen.data_ptr<std::int32_t>();
  over_planes(pooling, input_sizes[0] * input_sizes[1], [&](std::int64_t first, std::int64_t count) {
    kernels::max_pool_backward(pooling, count, from + first * out, places + first * out, to + first * in);
  });
  return by_input;
}

}  // namespace bunsen
