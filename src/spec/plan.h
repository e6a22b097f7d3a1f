// plan.h - what a config will build: shapes, parameters, work and memory, before anything is built.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "spec/data_header.h"
#include "spec/memory.h"
#include "spec/training.h"

namespace bunsen {

struct LayerPlan {
  std::string name;       ///< the layer's own, or its index in the expanded list
  std::string_view type;  ///< `linear`
  Shape in, out;
  std::vector<Parameter> parameters;
  std::int64_t parameter_count = 0;
  std::int64_t macs = 0;              ///< multiply-adds of one sample's forward pass
  std::int64_t activation_bytes = 0;  ///< of its output for a training batch; 0: the input by another name
};

struct Plan {
  Shape sample;
  std::vector<LayerPlan> layers;  ///< the expanded list, in order
  std::int64_t parameter_count = 0;
  std::int64_t macs = 0;
  std::int64_t activation_bytes = 0;
  std::optional<std::int64_t> train_samples;  ///< what is left of them when `validation` is held out
  std::optional<std::int64_t> validation_samples;
  std::optional<std::int64_t> test_samples;
  std::optional<std::int64_t> steps_per_epoch;
  MemoryPlan memory;
};

/// Most layers that a config may have once `repeat` is written out.
constexpr std::int64_t most_layers = 10000;
/// How many layers expand() would give, at most `most_layers` + 1.
std::int64_t expanded_count(const std::vector<Layer>& layers);

/// Layers with `repeat` written out; names inside a repeat get `_1`, `_2` ...
std::vector<Layer> expand(const std::vector<Layer>& layers);

/// What `init` says about a layer's parameter (`weight` or `bias`), or nullptr: the last matching rule of
/// `layers`, else the overall one, which is for linear and convolution layers.
const Initializer* initializer_of(const Init& init, std::string_view layer, std::string_view type,
                                  std::string_view parameter);

/// Epochs that a schedule's `t_max: rest` means.
std::int64_t rest_of_epochs(const TrainingSpec& spec);

/// The transform of the training part when none is written: `scale` for images, `none` for tables.
Transform default_transform(const Dataset& dataset);

/// Infers every shape and checks layers, loss, init and batches against one another and the data. Tells every
/// mistake; a plan is returned only when there was none. `reader` gives places for paths
/// (SpecReader::origins).
std::optional<Plan> make_plan(const TrainingSpec& spec, const DataHeader& data, const SpecReader& reader,
                              Diagnostics& problems);

/// Threads that `threads: auto` means: one for each 5e7 multiply-adds a step, at most the cores; a
/// fixed rule and never a measurement, since the number decides the last bits.
std::int64_t automatic_threads(const Plan& plan, std::int64_t batch_size, std::int64_t cores);

}  // namespace bunsen
