#include "nn/initialize.h"

#include <cstring>

#include "base/errors.h"
#include "nn/stacks.h"
#include "torch_doctest.h"

using namespace bunsen;
using bunsen::test::plan_of;

namespace {

Model built(const std::vector<Layer>& layers, const Shape& sample, std::int64_t seed = 777) {
  torch::manual_seed(static_cast<std::uint64_t>(seed));
  return build_model(layers, plan_of(layers, sample));
}

at::Tensor find(const Model& model, const std::string& name) {
  for (const NamedTensor& item : model.parameters()) {
    if (item.name == name) return item.tensor;
  }
  FAIL("no parameter ", name);
  return {};
}

void check_begins(const at::Tensor& row, const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(row[static_cast<std::int64_t>(i)].item<double>() == doctest::Approx(values[i]).epsilon(1e-4));
  }
}

void check_ends(const at::Tensor& row, const std::vector<double>& values) {
  check_begins(row.narrow(0, row.size(0) - static_cast<std::int64_t>(values.size()),
                          static_cast<std::int64_t>(values.size())),
               values);
}

Init weights(Initializer initializer) {
  Init init;
  init.weight = std::move(initializer);
  return init;
}

/// An initializer and torch.nn.init's values for it: elements 0, 1, 2 and the last, after manual_seed(777)
/// and the layer's own draws, for Linear(6, 4) and for Conv2d(2, 4, 3). From Python's PyTorch 2.13.0.
struct Golden {
  Initializer initializer;
  std::vector<double> linear, conv;
};

std::vector<Golden> goldens() {
  return {
      {XavierUniform{},
       {-0.5386640, -0.2860202, -0.1903329, -0.5417688},
       {-0.2701791, -0.1665303, -0.0333111, -0.1659074}},
      {XavierNormal{1.4},
       {0.1697587, -0.3315419, -0.5739933, 0.3825629},
       {0.0932700, 0.1939015, -0.1650649, 0.4093749}},
      {KaimingUniform{0, FanMode::fan_in, Nonlinearity::relu},
       {-0.6954123, -0.3692504, -0.2457187, -0.6994206},
       {-0.4679639, -0.2884389, -0.0576964, -0.2873600}},
      {KaimingNormal{0.2, FanMode::fan_out, Nonlinearity::leaky_relu},
       {0.1879997, -0.3671671, -0.6356706, 0.4236704},
       {0.0800097, 0.1663344, -0.1415976, 0.3511738}},
      {KaimingNormal{0, FanMode::fan_in, Nonlinearity::tanh},
       {0.1844854, -0.3603036, -0.6237879, 0.4157507},
       {0.1359904, 0.2827141, -0.2406696, 0.5968807}},
      {Orthogonal{},
       {0.0855491, -0.1670792, -0.2892616, -0.2349429},
       {0.0859618, 0.1787082, -0.1521312, 0.4178266}},
      {Normal{0, 0.05},
       {0.0135569, -0.0264768, -0.0458389, 0.0305513},
       {0.0173088, 0.0359836, -0.0306322, 0.0759706}},
      {Uniform{-0.1, 0.1},
       {-0.0695412, -0.0369250, -0.0245719, -0.0699421},
       {-0.0810537, -0.0499591, -0.0099933, -0.0497722}},
      {Constant{0.25}, {0.25, 0.25, 0.25, 0.25}, {0.25, 0.25, 0.25, 0.25}},
  };
}

/// LibTorch's own initializer, whose draws equal Python's.
void torch_init(const Initializer& initializer, const at::Tensor& tensor) {
  namespace init = torch::nn::init;
  if (std::holds_alternative<XavierUniform>(initializer)) init::xavier_uniform_(tensor);
  if (std::holds_alternative<XavierNormal>(initializer)) init::xavier_normal_(tensor, 1.4);
  if (std::holds_alternative<KaimingUniform>(initializer))
    init::kaiming_uniform_(tensor, 0, torch::kFanIn, torch::kReLU);
  if (std::holds_alternative<Orthogonal>(initializer)) init::orthogonal_(tensor);
  if (std::holds_alternative<Normal>(initializer)) init::normal_(tensor, 0, 0.05);
  if (std::holds_alternative<Uniform>(initializer)) init::uniform_(tensor, -0.1, 0.1);
  if (std::holds_alternative<Constant>(initializer)) init::constant_(tensor, 0.25);
  if (const auto* kaiming = std::get_if<KaimingNormal>(&initializer)) {
    if (kaiming->mode == FanMode::fan_out)
      init::kaiming_normal_(tensor, 0.2, torch::kFanOut, torch::kLeakyReLU);
    if (kaiming->mode == FanMode::fan_in) init::kaiming_normal_(tensor, 0, torch::kFanIn, torch::kTanh);
  }
}

}  // namespace

TEST_CASE("initializers give the values of torch.nn.init") {
  for (const Golden& golden : goldens()) {
    CAPTURE(golden.initializer.index());
    for (const bool is_conv : {false, true}) {
      CAPTURE(is_conv);
      const std::vector<Layer> layers{is_conv ? Layer(Conv2d{4, {3, 3}}) : Layer(Linear{4})};
      const Shape sample = is_conv ? Shape{{2, 5, 5}} : Shape{{6}};
      Model model = built(layers, sample);
      const at::Tensor before = at::detail::getDefaultCPUGenerator().get_state().clone();
      initialize(model, weights(golden.initializer), 777);
      const at::Tensor after = at::detail::getDefaultCPUGenerator().get_state().clone();

      const at::Tensor weight = find(model, "0.weight").detach();
      const std::vector<double>& want = is_conv ? golden.conv : golden.linear;
      check_begins(weight.view(-1), {want.begin(), want.end() - 1});
      check_ends(weight.view(-1), {want.end() - 1, want.end()});

      auto generator = at::detail::getDefaultCPUGenerator();
      generator.set_state(before);
      at::Tensor same = at::empty_like(weight);
      torch_init(golden.initializer, same);
      CHECK(std::memcmp(same.data_ptr(), weight.data_ptr(), weight.nbytes()) == 0);
      CHECK(generator.get_state().equal(after));
    }
  }
}

TEST_CASE("two hidden layers with normal weights begin as the notebook prints them") {
  const std::vector<Layer> layers{Flatten{}, Linear{256}, Relu{}, Linear{256}, Relu{}, Linear{10}};
  Model model = built(layers, Shape{{1, 28, 28}});
  const at::Tensor bias = find(model, "5.bias").clone();
  initialize(model, weights(Normal{}), 777);
  const at::Tensor last = find(model, "5.weight").detach();
  check_begins(last[0], {-0.6645, 0.6646, 0.7159});
  check_ends(last[0], {-0.3040, -0.8945, -0.7977});
  check_begins(last[9], {-0.1162, -1.2692, 0.8201});
  check_ends(last[9], {-0.8303, -0.5022, 0.0583});
  CHECK(find(model, "5.bias").equal(bias));
}

TEST_CASE("the overall initializers leave batch normalization alone, and `layers` reaches it") {
  const std::vector<Layer> layers{Linear{8}, BatchNorm1d{}, Linear{3}};
  Init init;
  init.weight = Constant{2};
  init.bias = Constant{3};
  Model model = built(layers, Shape{{6}});
  initialize(model, init, 0);
  CHECK(find(model, "0.weight").equal(at::full({8, 6}, 2)));
  CHECK(find(model, "2.bias").equal(at::full({3}, 3)));
  CHECK(find(model, "1.weight").equal(at::ones({8})));
  CHECK(find(model, "1.bias").equal(at::zeros({8})));
  init.layers = {{"1", {Initializer(Constant{0.5}), std::nullopt}}};
  initialize(model, init, 0);
  CHECK(find(model, "1.weight").equal(at::full({8}, 0.5)));
  CHECK(find(model, "1.bias").equal(at::zeros({8})));
}

TEST_CASE("of the patterns that match a layer, the last one that names the parameter wins") {
  std::vector<Layer> layers{Linear{4}, Linear{4}, Linear{4}};
  layers[0].name = "hidden_1";
  layers[1].name = "hidden_2";
  Init init;
  init.weight = Constant{1};
  init.layers = {{"hidden_2", {Initializer(Constant{2}), Initializer(Constant{7})}},
                 {"hidden*", {Initializer(Constant{3}), std::nullopt}},
                 {"2", {std::nullopt, Initializer(Constant{9})}}};
  Model model = built(layers, Shape{{4}});
  initialize(model, init, 0);
  CHECK(find(model, "hidden_1.weight").equal(at::full({4, 4}, 3)));
  CHECK(find(model, "hidden_2.weight").equal(at::full({4, 4}, 3)));
  CHECK(find(model, "hidden_2.bias").equal(at::full({4}, 7)));
  CHECK(find(model, "2.weight").equal(at::full({4, 4}, 1)));
  CHECK(find(model, "2.bias").equal(at::full({4}, 9)));
}

TEST_CASE("weights are drawn before the bias of the same layer, and layers in order") {
  const std::vector<Layer> layers{Linear{4}, Linear{5}};
  Init init;
  init.weight = Normal{};
  init.bias = Uniform{};
  Model model = built(layers, Shape{{6}});
  torch::manual_seed(3);
  initialize(model, init, 3);
  torch::manual_seed(3);
  for (const NamedTensor& item : model.parameters()) {
    at::Tensor drawn = at::empty_like(item.tensor.detach());
    item.name.ends_with("weight") ? drawn.normal_() : drawn.uniform_();
    CHECK(drawn.equal(item.tensor));
  }
}

TEST_CASE("cuda_philox draws the softmax notebook's weight and leaves the CPU generator alone") {
  const std::vector<Layer> layers{Flatten{}, Linear{10}};
  Model model = built(layers, Shape{{1, 28, 28}});
  const at::Tensor before = at::detail::getDefaultCPUGenerator().get_state().clone();
  Init init = weights(Normal{});
  init.generator = GeneratorKind::cuda_philox;
  initialize(model, init, 777);
  CHECK(at::detail::getDefaultCPUGenerator().get_state().equal(before));
  const at::Tensor weight = find(model, "1.weight").detach();
  check_begins(weight[0], {-1.2901, 0.3930, -0.1891});
  check_ends(weight[0], {-0.1626, -0.3275, 0.5608});
  check_begins(weight[9], {0.7678, 0.6624});
}

TEST_CASE(
    "cuda_philox refuses a tensor whose layout depends on the GPU, unless its multiprocessors are given") {
  const std::vector<Layer> layers{Linear{256}};
  Model model = built(layers, Shape{{784}});
  Init init = weights(Normal{});
  init.generator = GeneratorKind::cuda_philox;
  CHECK_THROWS_AS(initialize(model, init, 777), UserError);
  init.multiprocessors = 108;
  initialize(model, init, 777);
  CHECK(find(model, "0.weight").std().item<double>() == doctest::Approx(1).epsilon(0.01));
}
