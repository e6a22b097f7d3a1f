// all.h - the closed list of schedules: how the learning rate goes from epoch to epoch. Each is a scheduler
// of torch.optim.lr_scheduler whose step() is called once behind every epoch.
#pragma once

#include <variant>

#include "spec/fields.h"

namespace bunsen {

/// Times gamma every few epochs.
struct StepSchedule {
  std::int64_t step_size = 1;
  double gamma = 0.1;

  static constexpr std::string_view name = "step";
  static constexpr std::string_view doc = "Times `gamma` every `step_size` epochs (StepLR).";
  static constexpr std::string_view formula = "lr = gamma lr behind each step_size-th epoch";
  static constexpr std::string_view example = "step: {step_size: 30, gamma: 0.1}";
  static void describe(Fields<StepSchedule>& field) {
    field.main("step_size", &StepSchedule::step_size).required().at_least(1).doc("Epochs between two steps.");
    field("gamma", &StepSchedule::gamma).at_least(0).doc("Factor of the learning rate.");
  }
};

/// Times gamma behind the epochs that are named.
struct MultiStepSchedule {
  std::vector<std::int64_t> milestones;
  double gamma = 0.1;

  static constexpr std::string_view name = "multi_step";
  static constexpr std::string_view doc = "Times `gamma` behind the epochs in `milestones` (MultiStepLR).";
  static constexpr std::string_view formula =
      "lr = gamma lr behind each epoch in milestones; gamma^k lr behind one that stands there k times";
  static constexpr std::string_view example = "multi_step: {milestones: [30, 80], gamma: 0.1}";
  static void describe(Fields<MultiStepSchedule>& field) {
    field.main("milestones", &MultiStepSchedule::milestones)
        .required()
        .at_least(1)
        .doc("How many epochs are over at each step.");
    field("gamma", &MultiStepSchedule::gamma).at_least(0).doc("Factor of the learning rate.");
  }
};

/// Times gamma behind every epoch.
struct ExponentialSchedule {
  double gamma = 0;

  static constexpr std::string_view name = "exponential";
  static constexpr std::string_view doc = "Times `gamma` behind every epoch (ExponentialLR).";
  static constexpr std::string_view formula = "lr = gamma lr behind each epoch";
  static constexpr std::string_view example = "exponential: 0.95";
  static void describe(Fields<ExponentialSchedule>& field) {
    field.main("gamma", &ExponentialSchedule::gamma)
        .required()
        .at_least(0)
        .doc("Factor of the learning rate.");
  }
};

/// Half a wave of the cosine (Loshchilov and Hutter 2017).
struct CosineSchedule {
  std::optional<std::int64_t> t_max;
  double eta_min = 0;

  static constexpr std::string_view name = "cosine";
  static constexpr std::string_view doc =
      "Half a wave of the cosine, from the learning rate to `eta_min` (CosineAnnealingLR; Loshchilov and "
      "Hutter 2017).";
  static constexpr std::string_view formula =
      "lr = eta_min + (lr0 - eta_min) (1 + cos(pi t / t_max)) / 2, t the epochs that are over;\n"
      "found epoch by epoch from the present lr, as PyTorch does, so that the last bits are the same";
  static constexpr std::string_view example = "cosine";
  static void describe(Fields<CosineSchedule>& field) {
    field.main("t_max", &CosineSchedule::t_max)
        .absent("rest")
        .at_least(1)
        .doc(
            "Epochs to the smallest rate; `rest`: all epochs of the run, behind a warm-up all that are "
            "left.");
    field("eta_min", &CosineSchedule::eta_min).at_least(0).doc("Smallest learning rate.");
  }
};

/// A straight line between two factors of the learning rate.
struct LinearSchedule {
  double start_factor = 1.0 / 3;
  double end_factor = 1;
  std::int64_t total_iters = 5;

  static constexpr std::string_view name = "linear";
  static constexpr std::string_view doc =
      "A straight line from `start_factor` to `end_factor` times the learning rate (LinearLR).";
  static constexpr std::string_view formula =
      "lr = lr0 (start_factor + (end_factor - start_factor) min(t, total_iters) / total_iters),\n"
      "t the epochs that are over; found epoch by epoch from the present lr, as PyTorch does";
  static constexpr std::string_view example = "linear: {start_factor: 1, end_factor: 0.1, total_iters: 20}";
  static void describe(Fields<LinearSchedule>& field) {
    field("start_factor", &LinearSchedule::start_factor)
        .above(0)
        .at_most(1)
        .doc("Factor of the learning rate in the first epoch.");
    field("end_factor", &LinearSchedule::end_factor)
        .at_least(0)
        .at_most(1)
        .doc("Factor at the end of the line.");
    field("total_iters", &LinearSchedule::total_iters).at_least(1).doc("Epochs of the line.");
  }
};

/// What may follow a warm-up.
struct LaterSchedule
    : std::variant<StepSchedule, MultiStepSchedule, ExponentialSchedule, CosineSchedule, LinearSchedule> {
  using variant::variant;
  static constexpr std::string_view family_name = "later_schedule";
};

/// A rising line, and then another schedule as if it began there.
struct WarmupSchedule {
  std::int64_t epochs = 1;
  double start_factor = 1.0 / 3;
  std::optional<LaterSchedule> then;

  static constexpr std::string_view name = "warmup";
  static constexpr std::string_view doc =
      "A line from `start_factor` times the learning rate up to it, then `then`, as if it began there "
      "(SequentialLR of LinearLR and another one).";
  static constexpr std::string_view formula =
      "in the first `epochs` epochs lr = lr0 (start_factor + (1 - start_factor) t / epochs), t the epochs "
      "that are over;\nafter them `then` with its t from 0, or lr0";
  static constexpr std::string_view example = "warmup: {epochs: 5, then: cosine}";
  static void describe(Fields<WarmupSchedule>& field) {
    field.main("epochs", &WarmupSchedule::epochs).required().at_least(1).doc("Epochs of the warm-up.");
    field("start_factor", &WarmupSchedule::start_factor)
        .above(0)
        .at_most(1)
        .doc("Factor of the learning rate in the first epoch.");
    field("then", &WarmupSchedule::then).absent("none").doc("The schedule behind the warm-up.");
  }
};

enum class ThresholdMode : std::uint8_t { rel, abs };
inline constexpr std::array<std::string_view, 2> names_of(ThresholdMode) { return {"rel", "abs"}; }

/// Times factor when a metric gets no better.
struct PlateauSchedule {
  std::optional<std::string> metric;
  double factor = 0.1;
  std::int64_t patience = 10;
  double threshold = 1e-4;
  ThresholdMode threshold_mode = ThresholdMode::rel;
  std::int64_t cooldown = 0;
  double min_lr = 0;
  double eps = 1e-8;

  static constexpr std::string_view name = "reduce_on_plateau";
  static constexpr std::string_view doc =
      "Times `factor` when a metric has got no better for more than `patience` epochs (ReduceLROnPlateau).";
  static constexpr std::string_view formula =
      "better than the best so far: a loss below best (1 - threshold), an accuracy above best (1 + "
      "threshold);\nwith `threshold_mode: abs` below best - threshold, above best + threshold\n"
      "lr = max(factor lr, min_lr) behind more than `patience` epochs that are no better, if it falls by "
      "more "
      "than eps;\nthen `cooldown` epochs are not counted";
  static constexpr std::string_view example = "reduce_on_plateau: {factor: 0.5, patience: 3}";
  static void describe(Fields<PlateauSchedule>& field) {
    field("metric", &PlateauSchedule::metric)
        .doc("What is watched: `validation.loss`; the objective's metric when left out.");
    field("factor", &PlateauSchedule::factor).at_least(0).below(1).doc("Factor of the learning rate.");
    field("patience", &PlateauSchedule::patience)
        .at_least(0)
        .doc("Epochs in a row that may be no better before the rate falls.");
    field("threshold", &PlateauSchedule::threshold).at_least(0).doc("How much better counts as better.");
    field("threshold_mode", &PlateauSchedule::threshold_mode)
        .doc("`rel`: `threshold` is a share of the best value; `abs`: a difference.");
    field("cooldown", &PlateauSchedule::cooldown)
        .at_least(0)
        .doc("Epochs behind a fall in which nothing is counted.");
    field("min_lr", &PlateauSchedule::min_lr).at_least(0).doc("The rate falls no lower.");
    field("eps", &PlateauSchedule::eps).at_least(0).doc("A smaller fall is left out.");
  }
  std::vector<Contradiction> contradictions() const;
};

struct Schedule : std::variant<StepSchedule, MultiStepSchedule, ExponentialSchedule, CosineSchedule,
                               LinearSchedule, WarmupSchedule, PlateauSchedule> {
  using variant::variant;
  static constexpr std::string_view family_name = "schedule";
};

}  // namespace bunsen
