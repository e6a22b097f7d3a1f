#include "direct/direct_step.h"

#include <random>

#include "nn/stacks.h"
#include "optim/loss.h"
#include "torch_doctest.h"

using namespace bunsen;
using bunsen::test::plan_of;

namespace {

struct Twins {
  Plan plan;
  Model by_autograd, directly;
};

Twins twins_of(const std::vector<Layer>& layers, const Shape& sample) {
  Plan plan = plan_of(layers, sample);
  torch::manual_seed(5);
  Model first = build_model(layers, plan);
  torch::manual_seed(5);
  return {plan, std::move(first), build_model(layers, plan)};
}

void check_equal(const std::vector<NamedTensor>& wanted, const std::vector<NamedTensor>& found,
                 bool gradients) {
  REQUIRE(wanted.size() == found.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(wanted[i].name);
    const at::Tensor a = gradients ? wanted[i].tensor.grad() : wanted[i].tensor;
    const at::Tensor b = gradients ? found[i].tensor.grad() : found[i].tensor;
    REQUIRE(a.defined() == b.defined());
    CHECK(at::equal(a, b));
  }
}

void descend(const Model& model) {
  const at::NoGradGuard no_gradients;
  for (const NamedTensor& parameter : model.parameters())
    parameter.tensor.sub_(parameter.tensor.grad(), 0.05);
}

at::Tensor target_for(const Loss& loss, const at::Tensor& output) {
  if (std::holds_alternative<Mse>(loss)) return at::randn_like(output);
  return at::randint(output.size(1), {output.size(0)}, at::TensorOptions().dtype(at::kLong));
}

/// Three steps of each twin, of batches of different sizes: every bit must be the same.
void check_twins(const std::vector<Layer>& layers, const Shape& sample, const Loss& loss) {
  Twins twins = twins_of(layers, sample);
  std::optional<DirectStep> direct = DirectStep::of(layers, twins.directly, loss);
  REQUIRE(direct);
  for (const std::int64_t count : {7, 7, 4}) {
    std::vector<std::int64_t> batch_sizes = sample.sizes;
    batch_sizes.insert(batch_sizes.begin(), count);
    const at::Tensor batch = at::randn(batch_sizes);
    for (const NamedTensor& parameter : twins.by_autograd.parameters())
      parameter.tensor.mutable_grad().reset();
    torch::manual_seed(static_cast<std::uint64_t>(count));
    const at::Tensor wanted = twins.by_autograd.forward(batch);
    torch::manual_seed(static_cast<std::uint64_t>(count));
    const at::Tensor output = direct->forward(batch);
    REQUIRE(at::equal(wanted, output));
    const at::Tensor target = target_for(loss, output);
    const at::Tensor wanted_loss = loss_value(loss, wanted, target);
    CHECK(at::equal(wanted_loss, direct->loss(output, target)));
    wanted_loss.backward();
    direct->backward();
    check_equal(twins.by_autograd.parameters(), twins.directly.parameters(), true);
    check_equal(twins.by_autograd.buffers(), twins.directly.buffers(), false);
    descend(twins.by_autograd);
    descend(twins.directly);
  }
}

/// One that fits an input [C, H, W] or [features], whichever the type takes.
Layer drawn_layer(std::mt19937& random, bool is_image) {
  const auto below = [&](std::uint32_t most) { return static_cast<std::int64_t>(random() % most); };
  switch (below(is_image ? 12 : 9)) {
    case 0:
      return Relu{};
    case 1:
      return LeakyRelu{0.1};
    case 2:
      return Sigmoid{};
    case 3:
      return Tanh{};
    case 4:
      return Gelu{below(2) == 0 ? GeluApproximation::none : GeluApproximation::tanh};
    case 5:
      return Dropout{0.25 * static_cast<double>(below(5))};
    case 6:
      if (is_image) return BatchNorm2d{1e-5, 0.1, below(2) == 0};
      return BatchNorm1d{1e-5, 0.1, below(2) == 0};
    case 7:
      if (is_image) return Flatten{};
      return Linear{1 + below(40), below(2) == 0};
    case 8:
      if (is_image) return AvgPool2d{{2, 2}, Size2{1, 1}, {1, 0}};
      return below(2) == 0 ? Layer(Softmax{}) : Layer(LogSoftmax{});
    case 9:
      return MaxPool2d{{2, 2}, std::nullopt, {below(2), below(2)}};
    default:
      return Conv2d{2 * (1 + below(4)),
                    {1 + below(3), 1 + below(3)},
                    {1 + below(2), 1},
                    {below(2), 1},
                    {1, 1},
                    1 + below(2),
                    below(2) == 0};
  }
}

std::vector<Layer> drawn_stack(std::mt19937& random) {
  std::vector<Layer> layers;
  bool is_image = true;
  const std::size_t depth = 1 + random() % 6;
  while (layers.size() < depth) {
    layers.push_back(drawn_layer(random, is_image));
    if (std::holds_alternative<Flatten>(layers.back())) is_image = false;
  }
  if (is_image) layers.emplace_back(Flatten{});
  layers.emplace_back(Linear{4});
  return layers;
}

}  // namespace

TEST_CASE("a direct step has autograd's bits, whatever the stack") {
  std::mt19937 random(11);
  int tried = 0;
  for (int drawn = 0; drawn < 300; ++drawn) {
    const std::vector<Layer> layers = drawn_stack(random);
    const Loss loss = drawn % 3 == 0 ? Loss(Mse{}) : drawn % 3 == 1 ? Loss(Nll{}) : Loss(CrossEntropy{});
    try {
      plan_of(layers, Shape{{2, 9, 8}});
    } catch (const ShapeError&) {
      continue;  // a window that has become too large
    }
    std::string text;
    for (const Layer& layer : layers)
      text += std::string(family<Layer>().alternatives[layer.index()].name) + ' ';
    CAPTURE(text);
    CAPTURE(drawn);
    check_twins(layers, Shape{{2, 9, 8}}, loss);
    ++tried;
  }
  CHECK(tried > 200);
}

TEST_CASE("a direct step of the study's two models has autograd's bits") {
  check_twins({Flatten{}, Linear{10}}, Shape{{1, 28, 28}}, CrossEntropy{});
  check_twins({Flatten{}, Linear{256}, Relu{}, Linear{256}, Relu{}, Linear{10}}, Shape{{1, 28, 28}},
              CrossEntropy{});
}

TEST_CASE("a loss without a direct backward leaves the whole stack to autograd") {
  const std::vector<Layer> layers{Flatten{}, Linear{1}};
  const Twins twins = twins_of(layers, Shape{{1, 4, 4}});
  CHECK(!DirectStep::of(layers, twins.directly, BceWithLogits{}));
}
