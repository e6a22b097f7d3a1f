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
#include "optim/clip.h"
#include "optim/loss.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "train/best_epoch.h"
#include "train/evaluate.h"
#include "train/patience.h"
#include "train/product_floor.h"
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

/// What reduce_on_plateau watches, if that is the schedule.
std::optional<Aim> plateau_aim(const TrainingSpec& spec) {
  const PlateauSchedule* plateau = spec.schedule ? std::get_if<PlateauSchedule>(&*spec.schedule) : nullptr;
  return plateau == nullptr ? std::nullopt : aim_of(spec, plateau->metric);
}

std::optional<Aim> stopping_aim(const TrainingSpec& spec) {
  return spec.early_stopping ? aim_of(spec, spec.early_stopping->metric) : std::nullopt;
}

/// The metric's value in an epoch; NaN, which is never better, where there is none.
double watched_value(const EpochRecord& epoch, const std::optional<Aim>& aim) {
  return aim ? metric_at(epoch, aim->metric).value_or(std::nan("")) : std::nan("");
}

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
  ActivationValues evaluate_parts(EpochRecord& record);
  Metrics metrics_of(double loss, std::int64_t correct, std::int64_t samples) const;
  void note_gradients();
  void add_probes(EpochRecord& record, const ActivationValues& activations) const;
  bool wants_another_epoch();
  void restore_best_state();
  void finish();
  at::Tensor forward(const at::Tensor& input);
  void backward(const at::Tensor& loss);
  void lap(Phase phase) {
    if (profiler_) profiler_->lap(phase);
  }
  void tell_profile();

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
  std::vector<NamedTensor> parameters_;
  std::unique_ptr<Stepper> optimizer_;
  std::optional<Aim> plateau_aim_, stopping_aim_;
  LearningRates rates_;
  std::optional<Patience> patience_;
  std::vector<at::Tensor> best_state_;  ///< copies of the best epoch's, while they may be wanted
  std::optional<std::int64_t> best_state_epoch_;
  std::optional<BatchSource> training_;
  std::optional<EvaluatedPart> validation_;
  std::optional<EvaluatedPart> test_;
  std::int64_t steps_per_epoch_ = 0;
  std::vector<std::int64_t> chosen_;                   ///< this step's samples
  std::vector<std::optional<double>> gradient_norms_;  ///< by layer, of the epoch's last step
  PartResult last_test_;
  Clock::time_point epoch_start_;
  std::optional<Profiler> profiler_;      ///< if someone wants one
  std::optional<ProductFloor> products_;  ///< beside it
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
      model_(seeded_model(spec, plan)),
      plateau_aim_(plateau_aim(spec)),
      stopping_aim_(stopping_aim(spec)),
      rates_(spec.schedule, {}, 0, false) {
  record_.weights.initial_sha256 = weights_sha256(model_.state());
  model_.to(device);
  if (device.is_cpu()) direct_ = DirectStep::of(spec.layers, model_, spec.loss);
  parameters_ = model_.parameters();
  optimizer_ = make_optimizer(spec.optimizer, parameters_);
  rates_ = LearningRates(spec.schedule, optimizer_->learning_rates(), rest_of_epochs(spec),
                         plateau_aim_ && plateau_aim_->is_large_good);
  optimizer_->set_learning_rates(rates_.rates());
  if (stopping_aim_) patience_.emplace(*spec.early_stopping, stopping_aim_->is_large_good);

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
  if (observer_.wants_profile() && device_.is_cpu()) {
    profiler_.emplace(model_.layers().size());
    products_.emplace(model_, spec_.batch.size);
    if (direct_) direct_->watch(&*profiler_);
  }

  record_.status = RunState::completed;
  for (std::int64_t epoch = 1; epoch <= spec_.epochs; ++epoch) {
    if (!run_epoch(epoch)) break;
  }
  finish();
  if (profiler_) tell_profile();
}

/// False: the run has ended in this epoch.
bool Loop::run_epoch(std::int64_t epoch) {
  epoch_start_ = Clock::now();
  if (profiler_) profiler_->epoch_begins();
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
  const bool goes_on = wants_another_epoch();
  if (profiler_) {
    profiler_->epoch_ended();
    products_->measure();  // between the epochs, so that a busy neighbour slows both
  }
  return goes_on;
}

/// False: the loss is not finite, and the step was not taken.
bool Loop::run_step(std::span<const std::int64_t> positions, StepResult& step, EpochTally& tally) {
  chosen_.clear();
  for (const std::int64_t position : positions)
    chosen_.push_back(split_.train[static_cast<std::size_t>(position)]);
  const TensorBatch batch = training_->gather(chosen_);
  lap(Phase::data);
  if (!direct_) optimizer_->zero_grad();
  lap(Phase::optimizer);
  const at::Tensor output = forward(batch.input);
  const at::Tensor loss =
      direct_ ? direct_->loss(output, batch.target) : loss_value(spec_.loss, output, batch.target);
  lap(Phase::loss);
  step.loss = tally.add_loss(loss);
  if (tally.first_bad_step()) return false;
  tally.add_answers(output, batch.target);
  lap(Phase::metrics);
  backward(loss);
  if (step.step == step.steps_per_epoch && spec_.runtime.probes) note_gradients();
  lap(Phase::probes);
  if (spec_.clip) clip_gradients(*spec_.clip, parameters_);
  optimizer_->step();
  lap(Phase::optimizer);
  observer_.stepped(step);
  lap(Phase::rest);
  return true;
}

at::Tensor Loop::forward(const at::Tensor& input) {
  if (direct_) return direct_->forward(input);
  if (!profiler_) return model_.forward(input);
  return model_.forward(input, [this](std::size_t layer, const at::Tensor& output) {
    profiler_->forward_ended(layer);
    // A hook that returns nothing leaves the gradient as it is.
    if (output.requires_grad())
      output.register_hook([this, layer](const at::Tensor&) { profiler_->gradient_reached(layer); });
  });
}

void Loop::backward(const at::Tensor& loss) {
  if (direct_) return direct_->backward();
  loss.backward();
  if (profiler_) profiler_->backward_pass_ended();
}

void Loop::tell_profile() {
  if (direct_) direct_->watch(nullptr);
  Profile profile = profiler_->mean();
  if (!profile.has_epochs()) return;
  profile.is_direct = direct_.has_value();
  profile.steps_per_epoch = steps_per_epoch_;
  const std::vector<std::optional<double>> products = products_->seconds();
  for (std::size_t i = 0; i < products.size(); ++i) {
    if (products[i]) profile.layers[i].products = *products[i] * static_cast<double>(steps_per_epoch_);
  }
  observer_.profiled(profile);
}

void Loop::diverge(std::int64_t epoch, std::int64_t step) {
  record_.status = RunState::diverged;
  record_.error = RunError{"the loss is not finite", epoch, step};
}

void Loop::note_gradients() {
  gradient_norms_.clear();
  for (const ModelLayer& layer : model_.layers()) gradient_norms_.push_back(gradient_norm(layer));
}

void Loop::finish_epoch(std::int64_t epoch, const EpochTally& tally) {
  EpochRecord record;
  record.epoch = epoch;
  record.learning_rate = optimizer_->learning_rates().front();
  record.train = metrics_of(tally.mean_loss(), tally.correct(), tally.samples());
  lap(Phase::metrics);
  const ActivationValues activations = evaluate_parts(record);
  lap(Phase::evaluation);
  if (spec_.runtime.probes) add_probes(record, activations);
  lap(Phase::probes);
  record.seconds = seconds_since(epoch_start_);
  record.samples_per_second = static_cast<double>(tally.samples()) / record.seconds;
  record_.epochs.push_back(record);
  observer_.epoch_ended(record);
  lap(Phase::writing);
}

/// Returns the activations over the first part there is: validation, else test.
ActivationValues Loop::evaluate_parts(EpochRecord& record) {
  PassOptions options;
  options.batch_size = spec_.test.batch_size;
  options.wants_activations = spec_.runtime.probes;
  if (profiler_) options.profiler = &*profiler_;
  ActivationValues activations;
  if (validation_) {
    PartResult found = evaluate(model_, spec_.loss, validation_->source, validation_->samples, options);
    record.validation = metrics_of(found.loss, found.correct, found.samples);
    activations = std::move(found.activations);
    options.wants_activations = false;
  }
  if (test_) {
    if (!data_.is_regression && data_.class_count() <= most_confusion_classes) {
      options.confusion_classes = data_.class_count();
    }
    last_test_ = evaluate(model_, spec_.loss, test_->source, test_->samples, options);
    record.test = metrics_of(last_test_.loss, last_test_.correct, last_test_.samples);
    if (!validation_) activations = last_test_.activations;
  }
  return activations;
}

Metrics Loop::metrics_of(double loss, std::int64_t correct, std::int64_t samples) const {
  Metrics metrics{{"loss", loss}};
  if (!std::holds_alternative<Mse>(spec_.loss)) {
    metrics.emplace_back("accuracy", static_cast<double>(correct) / static_cast<double>(samples));
  }
  return metrics;
}

/// Layers in the model's order; none for a layer of which nothing is known.
void Loop::add_probes(EpochRecord& record, const ActivationValues& activations) const {
  auto activation = activations.begin();
  for (std::size_t i = 0; i < model_.layers().size(); ++i) {
    LayerProbes probes{model_.layers()[i].name, {}};
    if (gradient_norms_[i]) probes.values.emplace_back("gradient_norm", *gradient_norms_[i]);
    if (activation != activations.end() && activation->first == i) {
      probes.values.insert(probes.values.end(), activation->second.begin(), activation->second.end());
      ++activation;
    }
    if (!probes.values.empty()) record.layers.push_back(std::move(probes));
  }
}

/// What follows from the epoch's metrics: the next one's learning rates, the weights to keep, an early end.
bool Loop::wants_another_epoch() {
  const EpochRecord& epoch = record_.epochs.back();
  rates_.epoch_ended(watched_value(epoch, plateau_aim_));
  optimizer_->set_learning_rates(rates_.rates());
  if (!patience_) return true;
  const Patience::Verdict verdict = patience_->see(watched_value(epoch, stopping_aim_));
  if (verdict.is_best) {
    best_state_epoch_ = epoch.epoch;
    best_state_.clear();
    for (const NamedTensor& named : model_.state()) {
      if (spec_.early_stopping->restore_best) best_state_.push_back(named.tensor.detach().clone());
    }
  }
  if (!verdict.is_over || epoch.epoch == spec_.epochs) return true;
  record_.stopped_early = StoppedEarly{epoch.epoch, stopping_aim_->metric, best_state_epoch_};
  return false;
}

void Loop::restore_best_state() {
  const bool is_last =
      record_.status == RunState::completed && best_state_epoch_ == record_.epochs.back().epoch;
  if (best_state_.empty() || is_last) return;
  const at::NoGradGuard no_gradients;
  const std::vector<NamedTensor> state = model_.state();
  for (std::size_t i = 0; i < state.size(); ++i) at::Tensor(state[i].tensor).copy_(best_state_[i]);
  record_.weights.epoch = best_state_epoch_;
}

void Loop::finish() {
  restore_best_state();
  trained_.state = model_.state();
  record_.weights.final_sha256 = weights_sha256(trained_.state);
  record_.best = best_epoch(record_.epochs, aim_of(spec_));
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
