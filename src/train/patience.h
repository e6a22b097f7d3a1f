// patience.h - when a run has waited long enough for a better epoch.
#pragma once

#include <cstdint>

#include "spec/training.h"

namespace bunsen {

/// Watches a metric from epoch to epoch. NaN is never better.
class Patience {
 public:
  Patience(const EarlyStopping& rule, bool is_large_good);

  struct Verdict {
    bool is_best = false;  ///< better than every epoch before it, be it by less than min_delta
    bool is_over = false;  ///< for `patience` epochs nothing was better by more than min_delta
  };
  Verdict see(double metric);

 private:
  EarlyStopping rule_;
  double sign_;            ///< turns the metric so that small is good
  double best_, to_beat_;  ///< turned
  std::int64_t waited_ = 0;
};

}  // namespace bunsen
