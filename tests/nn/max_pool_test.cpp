#include "nn/max_pool.h"

#include <cstring>
#include <limits>
#include <tuple>

#include "torch_doctest.h"

using namespace bunsen;

namespace {

bool has_same_bits(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.contiguous(), y = b.contiguous();
  return x.sizes() == y.sizes() && std::memcmp(x.data_ptr(), y.data_ptr(), x.nbytes()) == 0;
}

MaxPool2d pool(Size2 size, Size2 stride, Size2 padding) {
  MaxPool2d layer;
  layer.kernel_size = size;
  layer.stride = stride;
  layer.padding = padding;
  return layer;
}

std::vector<std::int64_t> list(const Size2& size) { return {size.height, size.width}; }

/// Numbers with many equal ones, zeros of both signs, infinities and NaN among them.
at::Tensor difficult(at::IntArrayRef sizes) {
  at::Tensor out = at::randint(-3, 3, sizes, at::kFloat);
  const at::Tensor kind = at::rand(sizes);
  out = at::where(kind < 0.05, at::full_like(out, std::numeric_limits<float>::quiet_NaN()), out);
  out = at::where((kind > 0.1) & (kind < 0.3), at::full_like(out, -std::numeric_limits<float>::infinity()),
                  out);
  return at::where(kind > 0.9, at::full_like(out, -0.0f), out).contiguous();
}

void check(const MaxPool2d& layer, const at::Tensor& input) {
  CAPTURE(input.sizes());
  CAPTURE(layer.kernel_size.width);
  CAPTURE(layer.stride->width);
  CAPTURE(layer.padding.width);
  const auto size = list(layer.kernel_size), stride = list(*layer.stride), padding = list(layer.padding);
  const auto [output, indices] = at::max_pool2d_with_indices(input, size, stride, padding);
  at::Tensor chosen;
  REQUIRE(is_for_max_pool(input));
  CHECK(has_same_bits(output, max_pool(layer, input, &chosen)));
  CHECK(has_same_bits(output, max_pool(layer, input)));
  CHECK(at::equal(indices, chosen.to(at::kLong)));
  const at::Tensor gradient = difficult(output.sizes());
  CHECK(has_same_bits(
      at::max_pool2d_with_indices_backward(gradient, input, size, stride, padding, {1, 1}, false, indices),
      max_pool_backward(layer, input.sizes(), gradient, chosen)));
}

}  // namespace

TEST_CASE("max pooling has the bits of PyTorch's kernel, forward and backward") {
  torch::manual_seed(1);
  for (const std::int64_t height : {1, 2, 5, 14, 28}) {
    for (const std::int64_t width : {2, 7, 33}) {
      for (const std::int64_t size : {1, 2, 3, 5}) {
        for (const std::int64_t stride : {1, 2, 3, 4}) {
          for (const std::int64_t padding : {std::int64_t{0}, size / 2}) {
            if (size > height + 2 * padding || size > width + 2 * padding) continue;
            check(pool({size, size}, {stride, stride}, {padding, padding}), difficult({2, 3, height, width}));
          }
        }
      }
    }
  }
}

TEST_CASE("max pooling has the bits of PyTorch's kernel with windows that are not square") {
  torch::manual_seed(2);
  check(pool({2, 5}, {3, 1}, {1, 2}), difficult({3, 2, 9, 11}));
  check(pool({4, 1}, {1, 4}, {0, 0}), difficult({1, 1, 9, 11}));
  check(pool({3, 2}, {2, 2}, {1, 0}), difficult({100, 8, 28, 28}));
}

TEST_CASE("max pooling has the same bits on several threads") {
  torch::manual_seed(3);
  const int before = at::get_num_threads();
  const at::Tensor input = difficult({64, 8, 28, 28});
  at::set_num_threads(2);
  check(pool({2, 2}, {2, 2}, {0, 0}), input);
  at::set_num_threads(before);
}

TEST_CASE("what max pooling does not take is told beforehand") {
  CHECK_FALSE(is_for_max_pool(at::zeros({2, 3, 4, 4}, at::kDouble)));
  CHECK_FALSE(is_for_max_pool(at::zeros({3, 4, 4})));
  CHECK_FALSE(is_for_max_pool(at::zeros({2, 3, 4, 4}).transpose(2, 3)));
}
