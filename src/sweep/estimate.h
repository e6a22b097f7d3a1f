// estimate.h - about how long trials take and how much memory they need, before they run.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "spec/plan.h"

namespace bunsen {

/// About how many seconds a training takes on one thread. A sample costs its multiply-adds three times in
/// training (forward, and twice as much backward) and once in evaluation, at 30 billion a second; a step and
/// a batch of evaluation cost 20 microseconds and 5 for each layer; the process 30 milliseconds. Right within
/// a factor of three for networks of linear layers, less so for small convolutions. Nothing where the data is
/// not known.
std::optional<double> rough_seconds(const TrainingSpec& spec, const Plan& plan);

/// A trial's rough seconds, and what it took if it is done.
struct TrialTime {
  std::optional<double> rough;
  std::optional<double> taken;
  bool is_to_train = false;
};

struct TimeEstimate {
  double seconds = 0;            ///< until all are trained, `jobs` at a time
  std::int64_t measured_on = 0;  ///< finished trials that the rule was corrected by
};

/// The rough seconds of what is to be trained, corrected by what finished trials took beside their own.
/// Nothing where the seconds of one are not known.
std::optional<TimeEstimate> time_of(const std::vector<TrialTime>& trials, std::int64_t jobs);

}  // namespace bunsen
