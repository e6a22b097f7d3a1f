#include "train/product_floor.h"

#include <ATen/ATen.h>

#include <chrono>

namespace bunsen {
namespace {

using FloorClock = std::chrono::steady_clock;

constexpr double most_seconds = 0.2;
constexpr int warm_up_steps = 3, most_steps = 200;

double floor_seconds_since(FloorClock::time_point start) {
  return std::chrono::duration<double>(FloorClock::now() - start).count();
}

at::Tensor filled(std::int64_t rows, std::int64_t columns) { return at::full({rows, columns}, 0.5f); }

}  // namespace

ProductFloor::ProductFloor(const Model& model, std::int64_t batch_size) : layers_(model.layers().size()) {
  bool learns_before = false;
  for (std::size_t i = 0; i < layers_; ++i) {
    const std::vector<NamedTensor> parameters = model.layers()[i].parameters();
    if (model.layers()[i].type == "linear") {
      const std::int64_t outputs = parameters.front().tensor.size(0);
      const std::int64_t inputs = parameters.front().tensor.size(1);
      Products& products = products_.emplace_back();
      products.layer = i;
      products.wants_input = learns_before;
      products.input = filled(batch_size, inputs);
      products.weight = filled(outputs, inputs);
      products.gradient = filled(batch_size, outputs);
      products.output = filled(batch_size, outputs);
      products.by_weight = filled(outputs, inputs);
      products.by_input = filled(batch_size, inputs);
    }
    learns_before = learns_before || !parameters.empty();
  }
}

void ProductFloor::multiply() {
  for (Products& layer : products_) {
    const FloorClock::time_point start = FloorClock::now();
    at::mm_out(layer.output, layer.input, layer.weight.t());
    at::mm_out(layer.by_weight, layer.gradient.t(), layer.input);
    if (layer.wants_input) at::mm_out(layer.by_input, layer.gradient, layer.weight);
    layer.seconds += floor_seconds_since(start);
  }
}

void ProductFloor::measure() {
  if (steps_ == 0) {
    for (int step = 0; step < warm_up_steps; ++step) multiply();
    for (Products& layer : products_) layer.seconds = 0;
  }
  const FloorClock::time_point start = FloorClock::now();
  for (int step = 0; step < most_steps; ++step) {
    if (floor_seconds_since(start) > most_seconds) return;
    multiply();
    ++steps_;
  }
}

std::vector<std::optional<double>> ProductFloor::seconds() const {
  std::vector<std::optional<double>> seconds(layers_);
  if (steps_ == 0) return seconds;
  for (const Products& layer : products_) seconds[layer.layer] = layer.seconds / static_cast<double>(steps_);
  return seconds;
}

}  // namespace bunsen
