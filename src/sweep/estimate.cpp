#include "sweep/estimate.h"

#include <algorithm>

namespace bunsen {
namespace {

constexpr double macs_per_second = 3e10;
constexpr double seconds_per_batch = 20e-6;
constexpr double seconds_per_layer = 5e-6;
constexpr double seconds_per_process = 30e-3;

}  // namespace

std::optional<double> rough_seconds(const TrainingSpec& spec, const Plan& plan) {
  if (!plan.train_samples || !plan.steps_per_epoch) return std::nullopt;
  const auto macs = static_cast<double>(plan.macs);
  const auto trained = static_cast<double>(*plan.train_samples);
  const auto evaluated =
      static_cast<double>(plan.validation_samples.value_or(0) + plan.test_samples.value_or(0));
  const double batches =
      static_cast<double>(*plan.steps_per_epoch) + evaluated / static_cast<double>(spec.test.batch_size);
  const double a_batch = seconds_per_batch + seconds_per_layer * static_cast<double>(plan.layers.size());
  const double an_epoch = (3 * trained + evaluated) * macs / macs_per_second + batches * a_batch;
  return seconds_per_process + static_cast<double>(spec.epochs) * an_epoch;
}

std::optional<TimeEstimate> time_of(const std::vector<TrialTime>& trials, std::int64_t jobs) {
  TimeEstimate estimate;
  double rough_of_done = 0;
  double taken = 0;
  for (const TrialTime& trial : trials) {
    if (trial.is_to_train && !trial.rough) return std::nullopt;
    if (trial.is_to_train) estimate.seconds += *trial.rough;
    if (!trial.taken || !trial.rough) continue;
    rough_of_done += *trial.rough;
    taken += *trial.taken;
    ++estimate.measured_on;
  }
  if (rough_of_done > 0) estimate.seconds *= taken / rough_of_done;
  estimate.seconds /= static_cast<double>(std::max<std::int64_t>(1, jobs));
  return estimate;
}

}  // namespace bunsen
