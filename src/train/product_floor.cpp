#include "train/product_floor.h"

#include <ATen/ATen.h>

#include <chrono>

namespace bunsen {
namespace {

using FloorClock = std::chrono::steady_clock;

constexpr double most_seconds = 0.5;
constexpr std::size_t warm_up_steps = 3, fewest_steps = 5, most_steps = 400;

double floor_seconds_since(FloorClock::time_point start) {
  return std::chrono::duration<double>(FloorClock::now() - start).count();
}

at::Tensor filled(std::int64_t rows, std::int64_t columns) { return at::full({rows, columns}, 0.5f); }

struct LayerProducts {
  std::size_t layer = 0;
  bool wants_input = false;
  at::Tensor input, weight, gradient, output, by_weight, by_input;
  double seconds = 0;

  void multiply() {
    const FloorClock::time_point start = FloorClock::now();
    at::mm_out(output, input, weight.t());
    at::mm_out(by_weight, gradient.t(), input);
    if (wants_input) at::mm_out(by_input, gradient, weight);
    seconds += floor_seconds_since(start);
  }
};

std::vector<LayerProducts> products_of(const Model& model, std::int64_t batch) {
  std::vector<LayerProducts> found;
  bool learns_before = false;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const std::vector<NamedTensor> parameters = model.layers()[i].parameters();
    if (model.layers()[i].type == "linear") {
      const std::int64_t outputs = parameters.front().tensor.size(0);
      const std::int64_t inputs = parameters.front().tensor.size(1);
      found.push_back({i, learns_before, filled(batch, inputs), filled(outputs, inputs),
                       filled(batch, outputs), filled(batch, outputs), filled(outputs, inputs),
                       filled(batch, inputs), 0});
    }
    learns_before = learns_before || !parameters.empty();
  }
  return found;
}

}  // namespace

std::vector<std::optional<double>> product_seconds(const Model& model, std::int64_t batch_size) {
  const at::NoGradGuard no_gradients;
  std::vector<LayerProducts> products = products_of(model, batch_size);
  const auto multiply = [&products] {
    for (LayerProducts& layer : products) layer.multiply();
  };
  for (std::size_t step = 0; step < warm_up_steps; ++step) multiply();
  for (LayerProducts& layer : products) layer.seconds = 0;
  const FloorClock::time_point start = FloorClock::now();
  std::size_t steps = 0;
  for (; steps < most_steps && (steps < fewest_steps || floor_seconds_since(start) < most_seconds); ++steps)
    multiply();
  std::vector<std::optional<double>> seconds(model.layers().size());
  for (const LayerProducts& layer : products)
    seconds[layer.layer] = layer.seconds / static_cast<double>(steps);
  return seconds;
}

}  // namespace bunsen
