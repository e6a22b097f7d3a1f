#include "train/evaluate.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "optim/loss.h"

namespace bunsen {
namespace {

bool is_classification(const Loss& loss) { return !std::holds_alternative<Mse>(loss); }

/// Index of the first largest value; NaN counts as the largest, as in LibTorch's argmax.
std::int64_t largest_of(const float* row, std::int64_t size) {
  std::int64_t best = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    if (std::isnan(row[i])) return i;
    if (row[i] > row[best]) best = i;
  }
  return best;
}

void count_confusion(std::vector<std::vector<std::int64_t>>& matrix, const at::Tensor& predicted,
                     const DataPart& part, std::span<const std::int64_t> samples) {
  const at::Tensor on_cpu = predicted.cpu();
  const std::int64_t* guess = on_cpu.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto truth = static_cast<std::size_t>(part.classes[static_cast<std::size_t>(samples[i])]);
    ++matrix.at(truth).at(static_cast<std::size_t>(guess[i]));
  }
}

}  // namespace

TargetForm target_form(const Loss& loss) {
  const bool compares_classes =
      std::holds_alternative<CrossEntropy>(loss) || std::holds_alternative<Nll>(loss);
  return compares_classes ? TargetForm::classes : TargetForm::numbers;
}

at::Tensor predicted_classes(const Loss& loss, const at::Tensor& output) {
  if (std::holds_alternative<BceWithLogits>(loss)) return (output.detach() > 0).flatten().to(at::kLong);
  return output.detach().argmax(1);
}

std::int64_t count_correct(const Loss& loss, const at::Tensor& output, const at::Tensor& target) {
  if (!is_classification(loss)) return 0;
  const bool compares_classes = target_form(loss) == TargetForm::classes;
  if (!compares_classes || !output.device().is_cpu() || !output.is_contiguous()) {
    return (predicted_classes(loss, output) == target.flatten().to(at::kLong)).sum().item<std::int64_t>();
  }
  // Three small kernels a step are a tenth of a small model's time, so rows on the CPU are read directly.
  const float* row = output.data_ptr<float>();
  const std::int64_t* truth = target.data_ptr<std::int64_t>();
  const std::int64_t classes = output.size(1);
  std::int64_t correct = 0;
  for (std::int64_t i = 0; i < output.size(0); ++i, row += classes) {
    if (largest_of(row, classes) == truth[i]) ++correct;
  }
  return correct;
}

PartResult evaluate(Model& model, const Loss& loss, BatchSource& source,
                    const std::vector<std::int64_t>& samples, const PassOptions& options) {
  const at::NoGradGuard no_gradients;
  model.train(false);
  std::optional<ActivationProbes> probes;
  if (options.wants_activations) probes.emplace(model);
  const auto see = [&](std::size_t layer, const at::Tensor& value) {
    if (options.profiler != nullptr) options.profiler->lap(Phase::evaluation);
    probes->see(layer, value);
    if (options.profiler != nullptr) options.profiler->lap(Phase::probes);
  };
  PartResult result;
  const auto classes = static_cast<std::size_t>(options.confusion_classes);
  result.confusion_matrix.assign(classes, std::vector<std::int64_t>(classes, 0));

  double sum = 0;
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const std::span<const std::int64_t> all(samples);
  for (std::size_t at = 0; at < all.size(); at += batch_size) {
    const std::span<const std::int64_t> chosen = all.subspan(at, std::min(batch_size, all.size() - at));
    const TensorBatch batch = source.gather(chosen);
    const at::Tensor output = probes ? model.forward(batch.input, see) : model.forward(batch.input);
    const double mean = static_cast<double>(loss_value(loss, output, batch.target).item<float>());
    sum += mean * static_cast<double>(chosen.size());
    result.correct += count_correct(loss, output, batch.target);
    if (classes > 0)
      count_confusion(result.confusion_matrix, predicted_classes(loss, output), source.part(), chosen);
  }
  result.samples = static_cast<std::int64_t>(samples.size());
  result.loss = sum / static_cast<double>(samples.size());
  if (probes) result.activations = probes->values();
  model.train(true);
  return result;
}

}  // namespace bunsen
