#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bunsen {
namespace {

constexpr double pi = std::numbers::pi;

/// One group's rate on its way: what each schedule makes of it behind `t` of its epochs.
struct Course {
  double base;  ///< in which the schedule began
  double rate;  ///< of the epoch before
  std::int64_t t;
  std::int64_t rest;

  double operator()(const StepSchedule& step) const {
    return t % step.step_size != 0 ? rate : rate * step.gamma;
  }
  double operator()(const MultiStepSchedule& steps) const {
    const auto here = std::count(steps.milestones.begin(), steps.milestones.end(), t);
    return here == 0 ? rate : rate * std::pow(steps.gamma, static_cast<double>(here));
  }
  double operator()(const ExponentialSchedule& exponential) const { return rate * exponential.gamma; }
  double operator()(const CosineSchedule& cosine) const {
    const std::int64_t half = cosine.t_max.value_or(rest);
    const double lowest = cosine.eta_min, width = static_cast<double>(half), now = static_cast<double>(t);
    if ((t - 1 - half) % (2 * half) == 0)  // the ratio below would be x / 0
      return rate + (base - lowest) * (1 - std::cos(pi / width)) / 2;
    return (1 + std::cos(pi * now / width)) / (1 + std::cos(pi * (now - 1) / width)) * (rate - lowest) +
           lowest;
  }
  double operator()(const LinearSchedule& linear) const {
    if (t > linear.total_iters) return rate;
    const double rise = linear.end_factor - linear.start_factor;
    return rate * (1.0 + rise / (static_cast<double>(linear.total_iters) * linear.start_factor +
                                 static_cast<double>(t - 1) * rise));
  }
};

LinearSchedule rise_of(const WarmupSchedule& warmup) { return {warmup.start_factor, 1, warmup.epochs}; }

/// SequentialLR begins a later schedule by its closed formula, whose value at 0 this is.
double first_rate(const LaterSchedule& schedule, double base) {
  if (const auto* cosine = std::get_if<CosineSchedule>(&schedule))
    return cosine->eta_min + (base - cosine->eta_min) * (1 + std::cos(0.0)) / 2;
  if (const auto* linear = std::get_if<LinearSchedule>(&schedule)) return base * linear->start_factor;
  return base;
}

/// One group's rate in the first epoch.
struct Start {
  double base;

  double operator()(const LinearSchedule& linear) const { return base * linear.start_factor; }
  double operator()(const WarmupSchedule& warmup) const { return base * warmup.start_factor; }
  template <class Other>
  double operator()(const Other&) const {
    return base;
  }
};

/// One group's rate in the next epoch.
struct Next {
  const Course& course;

  double operator()(const WarmupSchedule& warmup) const {
    if (course.t < warmup.epochs || !warmup.then) return course(rise_of(warmup));
    if (course.t == warmup.epochs) return first_rate(*warmup.then, course.base);
    const Course later{course.base, course.rate, course.t - warmup.epochs, course.rest};
    return std::visit(later, static_cast<const LaterSchedule::variant&>(*warmup.then));
  }
  double operator()(const PlateauSchedule&) const { return course.rate; }
  template <class Other>
  double operator()(const Other& schedule) const {
    return course(schedule);
  }
};

}  // namespace

LearningRates::LearningRates(const std::optional<Schedule>& schedule, std::vector<double> base,
                             std::int64_t rest, bool is_large_good)
    : schedule_(schedule), base_(std::move(base)), rates_(base_), rest_(rest), is_large_good_(is_large_good) {
  plateau_.best = (is_large_good ? -1 : 1) * std::numeric_limits<double>::infinity();
  if (!schedule_) return;
  for (double& rate : rates_)
    rate = std::visit(Start{rate}, static_cast<const Schedule::variant&>(*schedule_));
}

void LearningRates::epoch_ended(double metric) {
  if (!schedule_) return;
  ++ended_;
  if (const auto* plateau = std::get_if<PlateauSchedule>(&*schedule_))
    return reduce_on_plateau(*plateau, metric);
  for (std::size_t i = 0; i < rates_.size(); ++i) {
    const Course course{base_[i], rates_[i], ended_, rest_};
    rates_[i] = std::visit(Next{course}, static_cast<const Schedule::variant&>(*schedule_));
  }
}

bool LearningRates::is_better(const PlateauSchedule& schedule, double metric) const {
  const bool is_relative = schedule.threshold_mode == ThresholdMode::rel;
  const double best = plateau_.best;
  if (is_large_good_)
    return metric > (is_relative ? best * (schedule.threshold + 1) : best + schedule.threshold);
  return metric < (is_relative ? best * (1 - schedule.threshold) : best - schedule.threshold);
}

void LearningRates::reduce_on_plateau(const PlateauSchedule& schedule, double metric) {
  if (is_better(schedule, metric)) {
    plateau_.best = metric;
    plateau_.bad_epochs = 0;
  } else {
    ++plateau_.bad_epochs;
  }
  if (plateau_.cooldown > 0) {
    --plateau_.cooldown;
    plateau_.bad_epochs = 0;
  }
  if (plateau_.bad_epochs <= schedule.patience) return;
  for (double& rate : rates_) {
    const double lower = std::max(rate * schedule.factor, schedule.min_lr);
    if (rate - lower > schedule.eps) rate = lower;
  }
  plateau_.cooldown = schedule.cooldown;
  plateau_.bad_epochs = 0;
}

}  // namespace bunsen
