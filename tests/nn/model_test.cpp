#include "nn/model.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <random>

#include "config/json.h"
#include "nn/stacks.h"
#include "torch_doctest.h"

using namespace bunsen;
using bunsen::test::plan_of;

namespace {

constexpr std::int64_t batch_size = 4;

at::Tensor batch_of(const Shape& sample) {
  std::vector<std::int64_t> sizes = sample.sizes;
  sizes.insert(sizes.begin(), batch_size);
  return at::randn(sizes);
}

/// `linear: {out_features: 4}` as JSON: words quoted, the outer braces added.
std::string as_json(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto is_word = [&](std::size_t at) {
      return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_');
    };
    if (!std::isalpha(static_cast<unsigned char>(text[i]))) {
      out += text[i++];
      continue;
    }
    std::size_t end = i;
    while (is_word(end)) ++end;
    const std::string word = text.substr(i, end - i);
    out += word == "true" || word == "false" ? word : '"' + word + '"';
    i = end;
  }
  return text.find(':') == std::string::npos ? out : "{" + out + "}";
}

Layer layer_from(const std::string& text) {
  Layer layer;
  Diagnostics problems;
  SpecReader reader{problems};
  const Node node = read_json(as_json(text), text);
  const bool is_good = read_value(reader, Field{}, type_ops<Layer>(), node, "layers.0", &layer);
  REQUIRE_MESSAGE(is_good, text);
  return layer;
}

/// The law: what the plan says is what the modules do.
void check_plan_against_modules(const std::vector<Layer>& layers, const Plan& plan) {
  Model model = build_model(layers, plan);
  std::size_t seen = 0;
  at::Tensor input = batch_of(plan.sample);
  model.forward(input, [&](std::size_t i, const at::Tensor& output) {
    CHECK(i == seen++);
    CHECK(output.sizes().slice(1).vec() == plan.layers[i].out.sizes);
    const std::size_t new_bytes = output.is_alias_of(input) ? 0 : output.nbytes();
    CHECK(new_bytes == static_cast<std::size_t>(plan.layers[i].activation_bytes));
    input = output;
  });
  CHECK(seen == layers.size());
  REQUIRE(model.layers().size() == plan.layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::vector<NamedTensor> real = model.layers()[i].parameters();
    const LayerPlan& planned = plan.layers[i];
    REQUIRE(real.size() == planned.parameters.size());
    std::int64_t count = 0;
    for (std::size_t p = 0; p < real.size(); ++p) {
      CHECK(real[p].name == planned.parameters[p].name);
      CHECK(real[p].tensor.sizes().vec() == planned.parameters[p].sizes);
      count += real[p].tensor.numel();
    }
    CHECK(count == planned.parameter_count);
  }
}

std::vector<std::string> names_of_tensors(const std::vector<NamedTensor>& tensors) {
  std::vector<std::string> out;
  for (const NamedTensor& item : tensors) out.push_back(item.name);
  return out;
}

/// Layers with random settings; whether they fit their input is for the plan to say.
class RandomLayers {
 public:
  explicit RandomLayers(unsigned seed) : random_(seed) {}

  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  Layer layer() {
    switch (pick(0, 16)) {
      case 0:
      case 1:
        return Linear{pick(1, 20), maybe()};
      case 2:
      case 3:
        return Conv2d{2 * pick(1, 4), size(1, 4), size(1, 3), size(0, 2), size(1, 2), pick(1, 2), maybe()};
      case 4:
        return MaxPool2d{size(2, 3), stride(), size(0, 1)};
      case 5:
        return AvgPool2d{size(2, 3), stride(), size(0, 1)};
      case 6:
        return Flatten{};
      case 7:
        return BatchNorm1d{1e-5, 0.1, maybe()};
      case 8:
        return BatchNorm2d{1e-3, 0.2, maybe()};
      case 9:
        return Dropout{0.3 * static_cast<double>(pick(0, 2))};
      case 10:
        return Gelu{maybe() ? GeluApproximation::tanh : GeluApproximation::none};
      default:
        return function();
    }
  }

  /// One layer, or a `repeat` of some.
  Layer layer_or_repeat() {
    if (pick(0, 7) != 0) return layer();
    Repeat repeat;
    repeat.times = pick(0, 3);
    const std::int64_t length = pick(1, 3);
    while (std::ssize(repeat.layers) < length) repeat.layers.push_back(layer());
    return repeat;
  }

 private:
  bool maybe() { return pick(0, 1) == 1; }
  Size2 size(std::int64_t low, std::int64_t high) {
    const std::int64_t height = pick(low, high);
    return {height, pick(low, high)};
  }
  std::optional<Size2> stride() { return maybe() ? std::optional(size(1, 2)) : std::nullopt; }
  Layer function() {
    switch (pick(0, 5)) {
      case 0:
        return LeakyRelu{0.2};
      case 1:
        return Relu{};
      case 2:
        return Sigmoid{};
      case 3:
        return Tanh{};
      case 4:
        return Softmax{};
      default:
        return LogSoftmax{};
    }
  }

  std::mt19937 random_;
};

struct Stack {
  std::vector<Layer> written;  ///< with `repeat`
  std::vector<Layer> expanded;
  Plan plan;
};

/// Up to 12 tries for a layer that fits behind those that are there; at least one does.
Stack random_stack(RandomLayers& random, const Shape& sample) {
  Stack stack;
  while (stack.expanded.empty()) {
    for (int tries = 0; tries < 12; ++tries) {
      stack.written.push_back(random.layer_or_repeat());
      const std::vector<Layer> expanded = expand(stack.written);
      try {
        stack.plan = plan_of(expanded, sample);
        stack.expanded = expanded;
      } catch (const ShapeError&) {
        stack.written.pop_back();
      }
    }
  }
  return stack;
}

}  // namespace

TEST_CASE("every layer's shape and parameters are those of its module") {
  for (const Alternative& alternative : family<Layer>().alternatives) {
    if (alternative.name == Repeat::name) continue;
    CAPTURE(alternative.name);
    const std::vector<Layer> layers{layer_from(std::string(alternative.example))};
    int accepted = 0;
    for (const Shape& sample : {Shape{{12}}, Shape{{4, 9, 8}}}) {
      Plan plan;
      try {
        plan = plan_of(layers, sample);
      } catch (const ShapeError&) {
        continue;
      }
      ++accepted;
      CHECK(plan.layers[0].type == alternative.name);
      check_plan_against_modules(layers, plan);
    }
    CHECK(accepted > 0);
  }
}

TEST_CASE("1,000 random stacks have the shapes, parameters and activations that the plan says") {
  RandomLayers random(7);
  std::map<std::string_view, int> drawn;
  std::size_t deepest = 0;
  for (int built = 0; built < 1000; ++built) {
    const Shape sample = built % 3 == 0 ? Shape{{random.pick(1, 15)}} : Shape{{2, 13, random.pick(6, 12)}};
    const Stack stack = random_stack(random, sample);
    check_plan_against_modules(stack.expanded, stack.plan);
    deepest = std::max(deepest, stack.expanded.size());
    for (const std::vector<Layer>* layers : {&stack.written, &stack.expanded})
      for (const Layer& layer : *layers) ++drawn[family<Layer>().alternatives[layer.index()].name];
  }
  CHECK(deepest >= 12);
  for (const Alternative& alternative : family<Layer>().alternatives) {
    CAPTURE(alternative.name);
    CHECK(drawn[alternative.name] >= 50);
  }
}

TEST_CASE("tensors have the names and the order of a Python state_dict") {
  Layer hidden = Linear{5};
  hidden.name = "hidden2";
  const std::vector<Layer> layers{Conv2d{2, {3, 3}}, BatchNorm2d{}, Relu{},
                                  Flatten{},         hidden,        Linear{3, false}};
  const Model model = build_model(layers, plan_of(layers, Shape{{1, 6, 6}}));
  CHECK(names_of_tensors(model.parameters()) == std::vector<std::string>{"0.weight", "0.bias", "1.weight",
                                                                         "1.bias", "hidden2.weight",
                                                                         "hidden2.bias", "5.weight"});
  CHECK(names_of_tensors(model.buffers()) ==
        std::vector<std::string>{"1.running_mean", "1.running_var", "1.num_batches_tracked"});
  CHECK(names_of_tensors(model.state()) ==
        std::vector<std::string>{"0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean",
                                 "1.running_var", "1.num_batches_tracked", "hidden2.weight", "hidden2.bias",
                                 "5.weight"});
}

TEST_CASE("modules draw their defaults from the global generator in the order of the layers") {
  const std::vector<Layer> layers{Linear{4}, Relu{}, Linear{6}};
  const Plan plan = plan_of(layers, Shape{{6}});
  torch::manual_seed(777);
  const Model model = build_model(layers, plan);
  torch::manual_seed(777);
  const torch::nn::Linear first(6, 4);
  const torch::nn::Linear second(4, 6);
  const std::vector<NamedTensor> parameters = model.parameters();
  CHECK(parameters[0].tensor.equal(first->weight));
  CHECK(parameters[1].tensor.equal(first->bias));
  CHECK(parameters[2].tensor.equal(second->weight));
  CHECK(parameters[3].tensor.equal(second->bias));
  // torch.manual_seed(777); torch.nn.Linear(6, 4)
  CHECK(parameters[0].tensor[0][0].item<float>() == doctest::Approx(-0.34136471152305603));
  CHECK(parameters[1].tensor[0].item<float>() == doctest::Approx(0.3601733446121216));
}

TEST_CASE("dropout and batch normalization follow the model's mode") {
  const std::vector<Layer> layers{BatchNorm1d{}, Dropout{0.5}};
  Model model = build_model(layers, plan_of(layers, Shape{{50}}));
  const at::Tensor batch = batch_of(Shape{{50}});
  CHECK((model.forward(batch) == 0).sum().item<std::int64_t>() > 0);
  model.train(false);
  const at::Tensor tracked = model.buffers()[2].tensor.clone();
  CHECK(model.forward(batch).equal(model.forward(batch)));
  CHECK(model.buffers()[2].tensor.equal(tracked));
  model.train();
  model.forward(batch);
  CHECK(model.buffers()[2].tensor.item<std::int64_t>() == tracked.item<std::int64_t>() + 1);
}

TEST_CASE("a probe sees the output that the next layer gets, and forward gives the last one") {
  const std::vector<Layer> layers{Linear{3}, Tanh{}, Softmax{}};
  const Model model = build_model(layers, plan_of(layers, Shape{{5}}));
  const at::Tensor batch = batch_of(Shape{{5}});
  std::vector<at::Tensor> outputs;
  model.forward(batch, [&](std::size_t, const at::Tensor& output) { outputs.push_back(output); });
  CHECK(outputs.at(1).equal(outputs.at(0).tanh()));
  CHECK(outputs.at(2).equal(model.forward(batch)));
  CHECK(at::allclose(outputs.at(2).sum(1), at::ones({batch_size})));
}
