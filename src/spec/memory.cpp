#include "spec/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <variant>

#include "base/byte_text.h"
#include "base/saturating.h"
#include "spec/data_header.h"
#include "spec/plan.h"
#include "spec/training.h"

namespace bunsen {
namespace {

constexpr std::int64_t float_bytes = 4;
constexpr std::int64_t index_bytes = 8;
constexpr std::int64_t mebi = 1 << 20;

/// Sizes in bytes for one sample; what a layer keeps is decided by its type.
struct LayerMemory {
  Kept keeps = Kept::nothing;
  std::int64_t in = 0;         ///< 0: the batch, which is counted elsewhere
  std::int64_t out = 0;        ///< 0: the input by another name
  std::int64_t evaluated = 0;  ///< the same in evaluation
  std::int64_t kept = 0;       ///< beside the input or the output
  std::int64_t workspace = 0;  ///< for the length of its forward or backward pass
};

template <class T>
LayerMemory memory_of(const T& layer, const LayerPlan& planned) {
  LayerMemory out;
  if constexpr (!std::is_same_v<T, Repeat>) out.keeps = T::keeps;  // expand() has removed `repeat`
  out.out = saturating_product(planned.out.elements(), float_bytes);
  if constexpr (requires { layer.is_view(); }) {
    if (layer.is_view()) out.out = 0;
  }
  out.evaluated = std::is_same_v<T, Dropout> ? 0 : out.out;
  if constexpr (requires { layer.kept_bytes(planned.in, planned.out); })
    out.kept = layer.kept_bytes(planned.in, planned.out);
  if constexpr (requires { layer.workspace_bytes(planned.in, planned.out); })
    out.workspace = layer.workspace_bytes(planned.in, planned.out);
  return out;
}

std::vector<LayerMemory> layer_memories(const TrainingSpec& spec, const Plan& plan) {
  std::vector<LayerMemory> out;
  std::int64_t input = 0;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    out.push_back(std::visit([&](const auto& layer) { return memory_of(layer, plan.layers[i]); },
                             static_cast<const Layer::variant&>(spec.layers[i])));
    out.back().in = input;
    if (out.back().out > 0) input = out.back().out;
  }
  return out;
}

/// A training step's needs for one sample.
struct StepMemory {
  std::int64_t kept = 0;     ///< by the forward pass for the backward pass
  std::int64_t largest = 0;  ///< at the largest moment, that included
};

/// The largest moment is one of the backward pass: what is kept of the layers up to this one, the gradients
/// by its input and its output, its workspace.
StepMemory step_memory(const std::vector<LayerMemory>& layers) {
  StepMemory step;
  bool is_input_kept = false;
  for (const LayerMemory& layer : layers) {
    step.kept = saturating_sum(step.kept, layer.kept);
    if (layer.keeps == Kept::input && !is_input_kept) step.kept = saturating_sum(step.kept, layer.in);
    is_input_kept = is_input_kept || layer.keeps == Kept::input;
    if (layer.out == 0) continue;
    is_input_kept = layer.keeps == Kept::output;
    if (is_input_kept) step.kept = saturating_sum(step.kept, layer.out);
    const std::int64_t passing = saturating_sum(saturating_sum(layer.in, layer.out), layer.workspace);
    step.largest = std::max(step.largest, saturating_sum(step.kept, passing));
  }
  return step;
}

/// A sample's needs in evaluation: a layer's input, its output and its workspace.
std::int64_t evaluation_memory(const std::vector<LayerMemory>& layers) {
  std::int64_t largest = 0;
  for (const LayerMemory& layer : layers) {
    if (layer.evaluated == 0) continue;
    const std::int64_t passing = saturating_sum(layer.in, layer.evaluated);
    largest = std::max(largest, saturating_sum(passing, layer.workspace));
  }
  return largest;
}

/// For some parameter at least.
template <class T>
bool has_momentum(const T& optimizer) {
  return optimizer.momentum != 0 ||
         std::any_of(optimizer.groups.begin(), optimizer.groups.end(),
                     [](const auto& group) { return group.second.momentum.value_or(0) != 0; });
}

/// Tensors that an optimizer keeps for each parameter.
std::int64_t states_of(const Sgd& sgd) { return has_momentum(sgd) ? 1 : 0; }
std::int64_t states_of(const Adam& adam) { return adam.amsgrad ? 3 : 2; }
std::int64_t states_of(const AdamW& adamw) { return adamw.amsgrad ? 3 : 2; }
std::int64_t states_of(const RmsProp& rmsprop) {
  return 1 + (rmsprop.centered ? 1 : 0) + (has_momentum(rmsprop) ? 1 : 0);
}
std::int64_t states_of(const Adagrad&) { return 1; }

/// Value, gradient, state, and the value of the best epoch that early stopping may put back.
std::int64_t bytes_a_parameter(const TrainingSpec& spec) {
  const std::int64_t states = std::visit([](const auto& kind) { return states_of(kind); },
                                         static_cast<const Optimizer::variant&>(spec.optimizer));
  const bool has_copy = spec.early_stopping && spec.early_stopping->restore_best;
  return float_bytes * (2 + states + (has_copy ? 1 : 0));
}

/// Labels are 64-bit class indices, or numbers.
std::optional<std::int64_t> data_bytes(const DataHeader& data) {
  if (!data.train_samples || !data.test_samples) return std::nullopt;
  const std::int64_t sample = saturating_product(data.sample.elements(), data.is_image ? 1 : float_bytes);
  const std::int64_t label = data.is_regression ? float_bytes : index_bytes;
  return saturating_product(saturating_sum(*data.train_samples, *data.test_samples),
                            saturating_sum(sample, label));
}

/// The layer for which `size` is largest; the list is not empty.
template <class Size>
std::size_t largest_layer(const Plan& plan, Size size) {
  std::size_t largest = 0;
  for (std::size_t i = 1; i < plan.layers.size(); ++i) {
    if (size(plan.layers[i]) > size(plan.layers[largest])) largest = i;
  }
  return largest;
}

/// Place, path and hint of what takes most.
Diagnostic largest_part(const TrainingSpec& spec, const Plan& plan, const SpecReader& reader) {
  const MemoryPlan& memory = plan.memory;
  const std::int64_t step = saturating_sum(memory.batches, memory.step);
  const std::int64_t data = memory.data.value_or(0);
  const std::int64_t most = std::max({memory.parameters, step, memory.evaluation, data});
  Diagnostic told;
  if (most == data || plan.layers.empty()) {
    told.place = reader.place_of("dataset");
    told.path = "dataset";
    told.hint = fmt::format("the decoded samples alone are {}; take fewer", byte_text(data));
    return told;
  }
  const auto by_parameters = [](const LayerPlan& layer) { return layer.parameter_count; };
  const auto by_output = [](const LayerPlan& layer) { return layer.out.elements(); };
  const bool is_parameters = most == memory.parameters;
  const std::size_t index =
      is_parameters ? largest_layer(plan, by_parameters) : largest_layer(plan, by_output);
  told.place = spec.layers[index].place;
  told.path = fmt::format("{}.{}", spec.layers[index].path, plan.layers[index].type);
  if (is_parameters) {
    const std::int64_t bytes =
        saturating_product(plan.layers[index].parameter_count, bytes_a_parameter(spec));
    told.hint =
        fmt::format("its parameters, their gradients and the optimizer's state alone are {}; make it smaller",
                    byte_text(bytes));
  } else if (most == step) {
    told.hint = fmt::format("a batch of {} alone takes {}; make `batch.size` smaller", spec.batch.size,
                            byte_text(step));
  } else {
    told.hint = fmt::format("evaluating {} samples at a time alone takes {}; make `test.batch_size` smaller",
                            spec.test.batch_size, byte_text(memory.evaluation));
  }
  return told;
}

/// Its own, and what a child changes of the LibTorch that it was forked with.
std::int64_t memory_of_each(const MemoryPlan& memory) {
  constexpr std::int64_t changed_libtorch_bytes = 16 * mebi;
  return saturating_sum(memory.own(), changed_libtorch_bytes);
}

}  // namespace

std::int64_t MemoryPlan::own() const {
  // One after another, so they take each other's room; but tensors of other sizes leave holes in it.
  const std::int64_t holes = std::min(step, evaluation) / 4;
  const std::int64_t passing = std::max(step, evaluation);
  return saturating_sum(saturating_sum(parameters, batches), saturating_sum(passing, holes));
}

std::int64_t MemoryPlan::total() const {
  return saturating_sum(saturating_sum(libtorch, data.value_or(0)), own());
}

MemoryPlan plan_memory(const TrainingSpec& spec, const Plan& plan, const DataHeader& data) {
  // Measured, of LibTorch 2.13.0: a child that has trained a model of six parameters, and what the first
  // convolution brings (oneDNN's code, and kernels that it makes at run time).
  constexpr std::int64_t libtorch_bytes = 84 * mebi;
  constexpr std::int64_t convolution_bytes = 15 * mebi;
  const std::vector<LayerMemory> layers = layer_memories(spec, plan);
  const std::int64_t step = std::min(spec.batch.size, plan.train_samples.value_or(spec.batch.size));
  const std::int64_t pass = spec.test.batch_size;
  const std::int64_t validation = std::min(pass, plan.validation_samples.value_or(pass));
  const std::int64_t test = std::min(pass, plan.test_samples.value_or(pass));
  const std::int64_t sample = saturating_product(data.sample.elements(), float_bytes);

  MemoryPlan memory;
  const bool has_convolution = std::any_of(spec.layers.begin(), spec.layers.end(), [](const Layer& layer) {
    return std::holds_alternative<Conv2d>(layer);
  });
  memory.libtorch = libtorch_bytes + (has_convolution ? convolution_bytes : 0);
  memory.data = data_bytes(data);
  memory.parameters = saturating_product(plan.parameter_count, bytes_a_parameter(spec));
  memory.batches = saturating_product(saturating_sum(step, saturating_sum(validation, test)), sample);
  // Which samples, in which order, and how that was drawn.
  memory.batches =
      saturating_sum(memory.batches, saturating_product(plan.train_samples.value_or(0), 4 * index_bytes));
  const StepMemory moment = step_memory(layers);
  memory.kept = saturating_product(moment.kept, step);
  memory.step = saturating_product(moment.largest, step);
  memory.evaluation = saturating_product(evaluation_memory(layers), std::max(validation, test));
  return memory;
}

std::int64_t memory_of_trainings(const MemoryPlan& memory, std::int64_t count) {
  const std::int64_t shared = saturating_sum(memory.libtorch, memory.data.value_or(0));
  return saturating_sum(shared, saturating_product(count, memory_of_each(memory)));
}

std::int64_t trainings_that_fit(const MemoryPlan& memory, std::int64_t bytes, std::int64_t most) {
  if (bytes <= 0) return most;
  const std::int64_t left = std::max<std::int64_t>(bytes - memory_of_trainings(memory, 0), 0);
  return std::clamp<std::int64_t>(left / memory_of_each(memory), 1, std::max<std::int64_t>(most, 1));
}

void check_memory(const TrainingSpec& spec, const Plan& plan, const MemoryLimit& limit,
                  const SpecReader& reader, Diagnostics& problems) {
  const std::int64_t needed = plan.memory.total();
  if (limit.bytes <= 0 || needed <= limit.bytes || spec.runtime.device != Device::cpu) return;
  Diagnostic told = largest_part(spec, plan, reader);
  told.severity = limit.severity;
  told.code = Code::memory;
  told.message =
      fmt::format("needs about {} of memory, this machine has {}", byte_text(needed), byte_text(limit.bytes));
  problems.add(std::move(told));
}

}  // namespace bunsen
