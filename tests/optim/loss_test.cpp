#include "optim/loss.h"

#include <cmath>

#include "torch_doctest.h"

using namespace bunsen;

namespace {

const std::vector<double> logits{0.5, -1.2, 3.0, 0.1, 0.7, -0.4};

at::Tensor output_of(std::int64_t columns) {
  return at::tensor(logits).to(at::kFloat).view({-1, columns}).requires_grad_();
}

double value_of(const Loss& loss, const at::Tensor& output, const at::Tensor& target) {
  const at::Tensor value = loss_value(loss, output, target);
  CHECK(value.dim() == 0);
  CHECK(value.requires_grad());
  return value.item<double>();
}

}  // namespace

TEST_CASE("cross_entropy is the mean of minus the log of the target's softmax") {
  const at::Tensor target = at::tensor({2, 0}, at::kLong);
  double want = 0;
  for (std::size_t row = 0; row < 2; ++row) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) sum += std::exp(logits[3 * row + k]);
    want -= (logits[3 * row + (row == 0 ? 2 : 0)] - std::log(sum)) / 2;
  }
  CHECK(value_of(CrossEntropy{}, output_of(3), target) == doctest::Approx(want).epsilon(1e-6));
}

TEST_CASE("nll after log_softmax is cross_entropy") {
  const at::Tensor target = at::tensor({1, 2}, at::kLong);
  const double want = value_of(CrossEntropy{}, output_of(3), target);
  CHECK(value_of(Nll{}, at::log_softmax(output_of(3), 1), target) == doctest::Approx(want).epsilon(1e-6));
}

TEST_CASE("mse is the mean of squares") {
  double want = 0;
  for (const double value : logits) want += (value - 1) * (value - 1) / 6;
  CHECK(value_of(Mse{}, output_of(1), at::ones({6, 1})) == doctest::Approx(want).epsilon(1e-6));
}

TEST_CASE("bce_with_logits is the mean of the log-losses of a sigmoid") {
  const std::vector<double> targets{0, 1, 1, 0, 1, 0};
  double want = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const double probability = 1 / (1 + std::exp(-logits[i]));
    want -= (targets[i] * std::log(probability) + (1 - targets[i]) * std::log(1 - probability)) / 6;
  }
  const at::Tensor target = at::tensor(targets).to(at::kFloat).view({6, 1});
  CHECK(value_of(BceWithLogits{}, output_of(1), target) == doctest::Approx(want).epsilon(1e-6));
}

TEST_CASE("a loss's gradient is that of the mean") {
  const at::Tensor output = output_of(1);
  loss_value(Mse{}, output, at::zeros({6, 1})).backward();
  CHECK(at::allclose(output.grad(), output.detach() / 3));
}
