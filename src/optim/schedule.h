// schedule.h - learning rates from epoch to epoch, by the recursions of Python's torch.optim.lr_scheduler.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "spec/schedules/all.h"

namespace bunsen {

/// The learning rates of an optimizer's groups. Each value is found from the one before it, in double, as
/// PyTorch finds it, and is the same number; the closed formulas are not.
class LearningRates {
 public:
  /// `base`: the rates that the optimizer was made with. `rest`: the epochs that `t_max: rest` means.
  /// `is_large_good`: of the metric that reduce_on_plateau watches.
  LearningRates(const std::optional<Schedule>& schedule, std::vector<double> base, std::int64_t rest,
                bool is_large_good);

  /// Those of the present epoch, at first of the first one.
  const std::vector<double>& rates() const { return rates_; }
  /// Goes on to the next epoch, as scheduler.step(); `metric` is what reduce_on_plateau watches.
  void epoch_ended(double metric);

 private:
  struct Plateau {
    std::int64_t bad_epochs = 0;
    std::int64_t cooldown = 0;
    double best = 0;
  };

  bool is_better(const PlateauSchedule& schedule, double metric) const;
  void reduce_on_plateau(const PlateauSchedule& schedule, double metric);

  std::optional<Schedule> schedule_;
  std::vector<double> base_;
  std::vector<double> rates_;
  std::int64_t rest_;
  bool is_large_good_;
  std::int64_t ended_ = 0;  ///< epochs
  Plateau plateau_;
};

}  // namespace bunsen
