// memory.h - how much memory a training will take, and whether a machine has it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/diagnostics.h"
#include "spec/shape.h"

namespace bunsen {

struct DataHeader;
struct Plan;
struct SpecReader;
struct TrainingSpec;

/// Estimate of a training process's peak resident set size on the CPU, part by part, in bytes. Sums stop at
/// INT64_MAX.
struct MemoryPlan {
  std::int64_t libtorch = 0;         ///< a process that has trained next to nothing
  std::optional<std::int64_t> data;  ///< decoded samples and labels; unknown until a table is read
  std::int64_t parameters = 0;       ///< values, gradients, the optimizer's state, buffers
  std::int64_t batches = 0;          ///< samples on their way into the model, and their order
  std::int64_t step = 0;  ///< at the largest moment of a training step: activations, gradients, workspace
  std::int64_t kept = 0;  ///< of `step`: activations that the backward pass needs again
  std::int64_t evaluation = 0;  ///< at the largest moment of an evaluation

  /// What this training has for itself: all but LibTorch and the data, which a worker's trainings share.
  std::int64_t own() const;
  std::int64_t total() const;  ///< without the data, if they are unknown
};

/// `plan` has its layers and samples.
MemoryPlan plan_memory(const TrainingSpec& spec, const Plan& plan, const DataHeader& data);

/// What so many trainings like this one take in one worker: LibTorch and the data are there once.
std::int64_t memory_of_trainings(const MemoryPlan& memory, std::int64_t count);
/// How many trainings like this one a worker can have at a time in `bytes` (0: unknown). At least 1, at most
/// `most`.
std::int64_t trainings_that_fit(const MemoryPlan& memory, std::int64_t bytes, std::int64_t most);

/// What a training must fit into.
struct MemoryLimit {
  std::int64_t bytes = 0;  ///< 0: unknown, so everything fits
  /// A warning where the config is only looked at: it may be meant for another machine.
  Severity severity = Severity::warning;
};

/// Tells that a training on the CPU does not fit, at the layer (or the data set) that takes most, and what
/// would help.
void check_memory(const TrainingSpec& spec, const Plan& plan, const MemoryLimit& limit,
                  const SpecReader& reader, Diagnostics& problems);

}  // namespace bunsen
