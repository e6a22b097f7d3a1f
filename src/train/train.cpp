#include "train/train.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <span>

#include "batches/batch_source.h"
#include "batches/order.h"
#include "direct/direct_step.h"
#include "nn/initialize.h"
#include "optim/loss.h"
#include "optim/optimizer.h"
#include "train/best_epoch.h"
#include "train/evaluate.h"
#include "train/weights.h"

namespace bunsen {
namespace {

constexpr std::int64_t most_confusion_classes = 100;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Model seeded_model(const TrainingSpec& spec, const Plan& plan) {
  torch::manual_seed(static_cast<std::uint64_t>(spec.seed));
  Model model = build_model(spec.layers, plan);
  initialize(model, spec.init, spec.seed);
  return model;
}

std::vector<at::Tensor> tensors_of(const std::vector<NamedTensor>& named) {
  std::vector<at::Tensor> tensors;
  for (const NamedTensor& parameter : named) tensors.push_back(parameter.tensor);
  return tensors;
}

/// Euclidean length of all the gradients of a layer's parameters together; nothing for a layer without
/// parameters.
std::optional<double> gradient_norm(const ModelLayer& layer) {
  std::optional<double> squares;
  for (const NamedTensor& parameter : layer.parameters()) {
    const at::Tensor& gradient = parameter.tensor.grad();
    if (!gradient.defined()) continue;
    const at::Tensor values = gradient.detach().cpu().contiguous();
    const float* value = values.data_ptr<float>();
    double sum = 0;
    for (std::int64_t i = 0; i < values.numel(); ++i)
      sum += static_cast<double>(value[i]) * static_cast<double>(value[i]);
    squares = squares.value_or(0) + sum;
  }
  if (!squares) return std::nullopt;
  return std::sqrt(*squares);
}

/// The steps of one epoch: their losses and right answers, however late these are read.
class EpochTally {
 public:
  EpochTally(const Loss& loss, std::int64_t steps, at::Device device)
      : loss_(loss), steps_(steps), is_read_late_(!device.is_cpu()) {}

  /// The batch's loss, or NaN where it is read later.
  double add_loss(const at::Tensor& value) {
    if (!is_read_late_) return add(static_cast<double>(*value.data_ptr<float>()));
    late_losses_.push_back(value.detach());
    return std::nan("");
  }
  void add_answers(const at::Tensor& output, const at::Tensor& target) {
    samples_ += output.size(0);
    if (!is_read_late_) {
      correct_ += count_correct(loss_, output, target);
    } else if (!std::holds_alternative<Mse>(loss_)) {
      const at::Tensor right = (predicted_classes(loss_, output) == target.flatten().to(at::kLong)).sum();
      late_correct_ = late_correct_.defined() ? late_correct_ + right : right;
    }
  }
  /// Reads what is left to be read.
  void settle() {
    if (!late_losses_.empty()) {
      const at::Tensor losses = torch::stack(late_losses_).cpu();
      for (std::int64_t i = 0; i < losses.numel(); ++i) add(static_cast<double>(losses[i].item<float>()));
      late_losses_.clear();
    }
    if (late_correct_.defined()) correct_ = late_correct_.item<std::int64_t>();
  }

  /// First step, from 1, whose loss was not finite.
  std::optional<std::int64_t> first_bad_step() const { return first_bad_step_; }
  double mean_loss() const { return mean_loss_; }
  std::int64_t correct() const { return correct_; }
  std::int64_t samples() const { return samples_; }

 private:
  double add(double loss) {
    ++read_;
    if (!std::isfinite(loss) && !first_bad_step_) first_bad_step_ = read_;
    mean_loss_ += loss / static_cast<double>(steps_);
    return loss;
  }

  const Loss& loss_;
  std::int64_t steps_;
  bool is_read_late_;
  std::int64_t read_ = 0;
  double mean_loss_ = 0;
  std::int64_t correct_ = 0;
  std::int64_t samples_ = 0;
  std::optional<std::int64_t> first_bad_step_;
  std::vector<at::Tensor> late_losses_;
  at::Tensor late_correct_;
};

/// A part that is evaluated each epoch.
struct EvaluatedPart {
  BatchSource source;
  std::vector<std::int64_t> samples;
};

/// Everything that lives as long as one training.
class Loop {
 public:
  Loop(const TrainingSpec& spec, const Plan& plan, const LoadedData& data, at::Device device,
       TrainingObserver& observer, Trained& trained);
  void run();

 private:
  bool run_epoch(std::int64_t epoch);
  bool run_step(std::span<const std::int64_t> positions, StepResult& step, EpochTally& tally);
  void diverge(std::int64_t epoch, std::int64_t step);
  void finish_epoch(std::int64_t epoch, const EpochTally& tally);
  void evaluate_parts(EpochRecord& record);
  Metrics metrics_of(double loss, std::int64_t correct, std::int64_t samples) const;
  void add_probe(EpochRecord& record, std::size_t layer, std::string name, double value) const;
  void finish();

  const TrainingSpec& spec_;
  const Plan& plan_;
  const LoadedData& data_;
  at::Device device_;
  TrainingObserver& observer_;
  Trained& trained_;
  RunRecord& record_;
  Split split_;
  Model model_;
  std::optional<DirectStep> direct_;  ///< where it can: the same bits in less time
  std::unique_ptr<Stepper> optimizer_;
  std::optional<BatchSource> training_;
  std::optional<EvaluatedPart> validation_;
  std::optional<EvaluatedPart> test_;
  std::int64_t steps_per_epoch_ = 0;
  std::vector<std::int64_t> chosen_;  ///< this step's samples
  PartResult last_test_;
  Clock::time_point epoch_start_;
};

Loop::Loop(const TrainingSpec& spec, const Plan& plan, const LoadedData& data, at::Device device,
           TrainingObserver& observer, Trained& trained)
    : spec_(spec),
      plan_(plan),
      data_(data),
      device_(device),
      observer_(observer),
      trained_(trained),
      record_(trained.record),
      split_(split_samples(data.train.samples, spec.validation, spec.seed)),
      model_(seeded_model(spec, plan)) {
  record_.weights.initial_sha256 = weights_sha256(model_.state());
  model_.to(device);
  if (device.is_cpu()) direct_ = DirectStep::of(spec.layers, model_, spec.loss);
  optimizer_ = make_optimizer(spec.optimizer, tensors_of(model_.parameters()));

  const Transform transform = spec.transform.value_or(default_transform(spec.dataset));
  trained.transform = fit(transform, data, split_.train);
  trained.test_transform =
      spec.test.transform ? fit(*spec.test.transform, data, split_.train) : trained.transform;
  const TargetForm form = target_form(spec.loss);
  training_.emplace(data, data.train, trained.transform, form, spec.batch.size, device);
  if (!split_.validation.empty()) {
    validation_.emplace(
        EvaluatedPart{BatchSource(data, data.train, trained.transform, form, spec.test.batch_size, device),
                      split_.validation});
  }
  if (data.test && data.test->samples > 0) {
    test_.emplace(EvaluatedPart{
        BatchSource(data, *data.test, trained.test_transform, form, spec.test.batch_size, device),
        in_sequence(data.test->samples)});
  }
  const auto samples = static_cast<std::int64_t>(split_.train.size());
  steps_per_epoch_ =
      spec.batch.drop_last ? samples / spec.batch.size : (samples + spec.batch.size - 1) / spec.batch.size;
}

void Loop::run() {
  record_.dataset = identity_of(data_);
  record_.model = model_record(plan_);
  TrainingStart start;
  start.parameters = plan_.parameter_count;
  start.epochs = spec_.epochs;
  start.steps_per_epoch = steps_per_epoch_;
  start.train_samples = static_cast<std::int64_t>(split_.train.size());
  start.validation_samples = static_cast<std::int64_t>(split_.validation.size());
  start.test_samples = test_ ? data_.test->samples : 0;
  if (validation_) {
    record_.validation_samples = start.validation_samples;
  }
  observer_.started(start);

  record_.status = RunState::completed;
  for (std::int64_t epoch = 1; epoch <= spec_.epochs; ++epoch) {
    if (!run_epoch(epoch)) break;
  }
  finish();
}

/// False: the run has ended in this epoch.
bool Loop::run_epoch(std::int64_t epoch) {
  epoch_start_ = Clock::now();
  const std::vector<std::int64_t> order =
      draw_order(static_cast<std::int64_t>(split_.train.size()), spec_.batch.shuffle);
  EpochTally tally(spec_.loss, steps_per_epoch_, device_);
  StepResult step{epoch, 0, steps_per_epoch_, 0};
  for (std::int64_t i = 0; i < steps_per_epoch_; ++i) {
    if (observer_.wants_stop()) {
      record_.status = RunState::interrupted;
      return false;
    }
    const auto first = static_cast<std::size_t>(i * spec_.batch.size);
    const std::size_t count = std::min(static_cast<std::size_t>(spec_.batch.size), order.size() - first);
    step.step = i + 1;
    if (!run_step(std::span(order).subspan(first, count), step, tally)) break;
  }
  tally.settle();
  if (tally.first_bad_step()) {
    diverge(epoch, *tally.first_bad_step());
    return false;
  }
  finish_epoch(epoch, tally);
  return true;
}

/// False: the loss is not finite, and the step was not taken.
bool Loop::run_step(std::span<const std::int64_t> positions, StepResult& step, EpochTally& tally) {
  chosen_.clear();
  for (const std::int64_t position : positions)
    chosen_.push_back(split_.train[static_cast<std::size_t>(position)]);
  const TensorBatch batch = training_->gather(chosen_);
  if (!direct_) optimizer_->zero_grad();
  const at::Tensor output = direct_ ? direct_->forward(batch.input) : model_.forward(batch.input);
  const at::Tensor loss =
      direct_ ? direct_->loss(output, batch.target) : loss_value(spec_.loss, output, batch.target);
  step.loss = tally.add_loss(loss);
  if (tally.first_bad_step()) return false;
  tally.add_answers(output, batch.target);
  if (direct_) {
    direct_->backward();
  } else {
    loss.backward();
  }
  optimizer_->step();
  observer_.stepped(step);
  return true;
}

void Loop::diverge(std::int64_t epoch, std::int64_t step) {
  record_.status = RunState::diverged;
  record_.error = RunError{"the loss is not finite", epoch, step};
}

void Loop::finish_epoch(std::int64_t epoch, const EpochTally& tally) {
  EpochRecord record;
  record.epoch = epoch;
  record.learning_rate = optimizer_->learning_rate();
  record.train = metrics_of(tally.mean_loss(), tally.correct(), tally.samples());
  for (std::size_t i = 0; i < model_.layers().size(); ++i) {
    if (const std::optional<double> norm = gradient_norm(model_.layers()[i]))
      add_probe(record, i, "gradient_norm", *norm);
  }
  evaluate_parts(record);
  record.seconds = seconds_since(epoch_start_);
  record.samples_per_second = static_cast<double>(tally.samples()) / record.seconds;
  record_.epochs.push_back(record);
  observer_.epoch_ended(record);
}

void Loop::evaluate_parts(EpochRecord& record) {
  PassOptions options;
  options.batch_size = spec_.test.batch_size;
  options.wants_dead_shares = true;
  std::vector<std::pair<std::size_t, double>> dead_shares;
  if (validation_) {
    PartResult found = evaluate(model_, spec_.loss, validation_->source, validation_->samples, options);
    record.validation = metrics_of(found.loss, found.correct, found.samples);
    dead_shares = std::move(found.dead_shares);
    options.wants_dead_shares = false;
  }
  if (test_) {
    if (!data_.is_regression && data_.class_count() <= most_confusion_classes) {
      options.confusion_classes = data_.class_count();
    }
    last_test_ = evaluate(model_, spec_.loss, test_->source, test_->samples, options);
    record.test = metrics_of(last_test_.loss, last_test_.correct, last_test_.samples);
    if (!validation_) dead_shares = last_test_.dead_shares;
  }
  for (const auto& [layer, share] : dead_shares) add_probe(record, layer, "dead_share", share);
}

Metrics Loop::metrics_of(double loss, std::int64_t correct, std::int64_t samples) const {
  Metrics metrics{{"loss", loss}};
  if (!std::holds_alternative<Mse>(spec_.loss)) {
    metrics.emplace_back("accuracy", static_cast<double>(correct) / static_cast<double>(samples));
  }
  return metrics;
}

/// Layers stay in the model's order, whichever probe comes first.
void Loop::add_probe(EpochRecord& record, std::size_t layer, std::string name, double value) const {
  const std::string& layer_name = model_.layers()[layer].name;
  auto at = record.layers.begin();
  for (std::size_t i = 0; i < layer && at != record.layers.end(); ++i) {
    if (at->layer == model_.layers()[i].name) ++at;
  }
  if (at == record.layers.end() || at->layer != layer_name)
    at = record.layers.insert(at, LayerProbes{layer_name, {}});
  at->values.emplace_back(std::move(name), value);
}

void Loop::finish() {
  trained_.state = model_.state();
  record_.weights.final_sha256 = weights_sha256(trained_.state);
  record_.best = best_epoch(record_.epochs, spec_.objective);
  if (record_.status == RunState::completed && !record_.epochs.empty()) {
    const EpochRecord& last = record_.epochs.back();
    record_.final = FinalRecord{last.train, last.validation, last.test, last_test_.confusion_matrix};
  }
  double samples = 0;
  record_.timing.training_seconds = 0;
  for (const EpochRecord& epoch : record_.epochs) {
    record_.timing.training_seconds += epoch.seconds;
    samples += epoch.samples_per_second * epoch.seconds;
  }
  if (record_.timing.training_seconds > 0) {
    record_.timing.samples_per_second = samples / record_.timing.training_seconds;
  }
}

}  // namespace

DataHeader header_of(const LoadedData& data) {
  DataHeader header;
  header.sample = data.sample;
  header.is_image = data.is_image;
  header.is_regression = data.is_regression;
  if (!data.is_regression) header.classes = data.class_count();
  header.train_samples = data.train.samples;
  header.test_samples = data.test ? data.test->samples : 0;
  return header;
}

Trained train(const TrainingSpec& spec, const Plan& plan, const LoadedData& data, at::Device device,
              RunRecord record, TrainingObserver& observer) {
  Trained trained;
  trained.record = std::move(record);
  Loop loop(spec, plan, data, device, observer, trained);
  loop.run();
  return trained;
}

}  // namespace bunsen
