// evaluate.h - how well a model does on a part: loss, accuracy, confusion, and its layers' activations.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "batches/batch_source.h"
#include "nn/model.h"
#include "results/run_record.h"
#include "spec/losses/all.h"
#include "train/activation_probes.h"
#include "train/profile.h"

namespace bunsen {

/// Which form of target a loss compares with.
TargetForm target_form(const Loss& loss);

/// The class that each row of a classifier's output names, [N] int64 on the output's device: the largest
/// value, or, from one logit, 1 where it is above 0.
at::Tensor predicted_classes(const Loss& loss, const at::Tensor& output);

/// How many rows of `output` name the class in `target` (as TargetForm says); of a regression: 0.
std::int64_t count_correct(const Loss& loss, const at::Tensor& output, const at::Tensor& target);

/// What one pass over a part found.
struct PartResult {
  double loss = 0;           ///< mean over the samples
  std::int64_t correct = 0;  ///< of a classification
  std::int64_t samples = 0;
  std::vector<std::vector<std::int64_t>> confusion_matrix;  ///< empty unless asked for
  /// What ActivationProbes saw, by the layer's index; empty unless asked for.
  ActivationValues activations;
};

/// What to find out beside loss and correct answers.
struct PassOptions {
  std::int64_t batch_size = 0;
  std::int64_t confusion_classes = 0;  ///< 0: no matrix
  bool wants_activations = false;
  Profiler* profiler = nullptr;  ///< told which time is the probes'
};

/// One pass over `samples` in order, in evaluation mode and without gradients; leaves the model in training
/// mode. Draws nothing. The loss is the sum in double of each batch's mean times its size, divided by the
/// number of samples.
PartResult evaluate(Model& model, const Loss& loss, BatchSource& source,
                    const std::vector<std::int64_t>& samples, const PassOptions& options);

}  // namespace bunsen
