// stopping.h - does a sweep begin another trial, or has it had enough: its budget, and its answer to
// failures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sweep/sweep_record.h"

namespace bunsen {

/// How far a sweep has come.
struct SweepTally {
  std::int64_t begun = 0;           ///< trials that have ended or are on their way, earlier commands' too
  std::int64_t failed = 0;          ///< failed and diverged, in this command
  double seconds = 0;               ///< earlier commands' too
  std::optional<double> best_mean;  ///< of the best point whose seeds are all done
};

/// Why no further trial begins: `the budget of 200 trials is spent`. Nothing: it goes on.
std::optional<std::string> reason_to_stop(const Budget& budget, const Failures& failures,
                                          const std::optional<Goal>& goal, const SweepTally& tally);

}  // namespace bunsen
