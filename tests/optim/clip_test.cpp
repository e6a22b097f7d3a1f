#include "optim/clip.h"

#include <cmath>

#include "torch_doctest.h"

using namespace bunsen;

namespace {

/// Parameters with gradients of about that size; the last has none.
std::vector<NamedTensor> with_gradients(double size) {
  torch::manual_seed(3);
  std::vector<NamedTensor> out;
  for (const auto& sizes : std::vector<std::vector<std::int64_t>>{{30, 17}, {30}, {3, 30}, {3}, {5}})
    out.push_back({std::to_string(out.size()) + ".weight", at::zeros(sizes)});
  for (std::size_t i = 0; i + 1 < out.size(); ++i)
    out[i].tensor.mutable_grad() = at::randn_like(out[i].tensor) * size;
  return out;
}

double norm_of(const std::vector<NamedTensor>& parameters, double p) {
  double sum = 0;
  for (const NamedTensor& parameter : parameters) {
    if (parameter.tensor.grad().defined())
      sum += parameter.tensor.grad().to(at::kDouble).abs().pow(p).sum().item<double>();
  }
  return std::pow(sum, 1 / p);
}

}  // namespace

TEST_CASE("large gradients are scaled to the norm, all by one factor") {
  for (const double p : {2.0, 1.0, 3.0}) {
    CAPTURE(p);
    const std::vector<NamedTensor> before = with_gradients(2), after = with_gradients(2);
    clip_gradients(ClipNorm{0.7, p}, after);
    CHECK(norm_of(after, p) == doctest::Approx(0.7).epsilon(1e-5));
    const double factor = 0.7 / (norm_of(before, p) + 1e-6);
    for (std::size_t i = 0; i + 1 < before.size(); ++i)
      CHECK(at::allclose(before[i].tensor.grad() * factor, after[i].tensor.grad(), 1e-5, 1e-8));
    CHECK_FALSE(after.back().tensor.grad().defined());
  }
}

TEST_CASE("small gradients stay as they are, to the last bit") {
  const std::vector<NamedTensor> before = with_gradients(1e-3), after = with_gradients(1e-3);
  clip_gradients(ClipNorm{1, 2}, after);
  clip_gradients(ClipValue{0.5}, after);
  for (std::size_t i = 0; i + 1 < before.size(); ++i)
    CHECK(at::equal(before[i].tensor.grad(), after[i].tensor.grad()));
}

TEST_CASE("clipping by value cuts each number off and leaves the others") {
  const std::vector<NamedTensor> before = with_gradients(2), after = with_gradients(2);
  clip_gradients(ClipValue{0.5}, after);
  for (std::size_t i = 0; i + 1 < before.size(); ++i) {
    const at::Tensor& was = before[i].tensor.grad();
    const at::Tensor& is = after[i].tensor.grad();
    CHECK(at::equal(is.sign(), was.sign()));
    CHECK(at::equal(is.abs(), was.abs().minimum(at::full({}, 0.5f))));
  }
}

TEST_CASE("a model without gradients has nothing to clip") {
  const std::vector<NamedTensor> none{{"0.weight", at::zeros({3})}};
  clip_gradients(ClipNorm{1, 2}, none);
  CHECK_FALSE(none[0].tensor.grad().defined());
}
