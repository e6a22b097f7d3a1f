// pruning.h - does a point go on after this epoch, or is it pruned: ASHA and the median rule.
#pragma once

#include <cstdint>
#include <vector>

namespace bunsen {

/// What a point has told so far: a number an epoch, from the first.
struct Curve {
  std::vector<double> scores;
  bool is_finished = false;  ///< trained to its end
};

/// A point's curve: the mean over its seeds of each epoch that all of them have reached, since they live or
/// die together. NaN where a seed's score is NaN. Finished if all are.
Curve mean_curve(const std::vector<Curve>& seeds);

/// A decision and what it was based on.
struct Verdict {
  bool goes_on = true;
  bool was_judged = false;    ///< false: nothing to judge at this epoch, or too few to compare with
  std::int64_t compared = 0;  ///< points that the score was held against, itself included for ASHA
  double score = 0;           ///< the point's
  double bar = 0;             ///< what it had to reach
};

/// Li et al. 2018, 2020, as early stopping.
struct Asha {
  std::int64_t min_epochs = 1;
  std::int64_t reduction = 4;  ///< at least 2
};

/// The epochs after which points are judged: min_epochs, min_epochs * reduction, ... below `epochs`.
std::vector<std::int64_t> asha_rungs(const Asha& asha, std::int64_t epochs);

/// After `epoch` of `epochs`, which the point has reached. At a rung it goes on if its score is in the top
/// 1/reduction of the points that have reached that epoch until now, or the best of fewer than `reduction`.
/// NaN never goes on and does not count among the others.
Verdict judge_asha(const Asha& asha, bool is_maximized, const Curve& point, const std::vector<Curve>& others,
                   std::int64_t epoch, std::int64_t epochs);

/// Golovin et al. 2017, as Optuna's MedianPruner.
struct Median {
  std::int64_t startup_points = 5;  ///< nothing is pruned until so many points are finished
  std::int64_t warmup_epochs = 0;   ///< nothing is pruned after these first epochs
};

/// After `epoch`, which the point has reached. It goes on unless its best score so far is worse than the
/// median of the finished points' scores of that epoch.
Verdict judge_median(const Median& median, bool is_maximized, const Curve& point,
                     const std::vector<Curve>& others, std::int64_t epoch);

}  // namespace bunsen
