// sweep_tables.h - a sweep's trials and points as tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/memory.h"
#include "sweep/estimate.h"
#include "sweep/sweep_record.h"

namespace bunsen {

/// What `--plan` says beside the trials.
struct SweepPlan {
  std::vector<InvalidPoint> invalid;
  std::int64_t jobs = 1;
  std::size_t to_train = 0;  ///< trials, those that are chosen later too
  std::optional<TimeEstimate> time;
  MemoryPlan memory;  ///< of the trial that needs most

  /// Of all that run at the same time; without the data, if they are unknown.
  std::int64_t memory_bytes() const;
};

/// A row a trial: its values, seed, run id and whether it is done; then a row a point that can't be.
std::string trials_table(const SweepRecord& record, const std::vector<InvalidPoint>& invalid);

/// `to train: about 3m 20s, 2 at a time, and about 240 MiB`.
std::string plan_text(const SweepPlan& plan);
Node to_node(const SweepPlan& plan);

/// A row a point, the best first: its values, and the objective's mean over seeds. Without an objective:
/// nothing.
std::string outcome_table(const SweepRecord& record);

/// `0.8712`; losses with more digits.
std::string objective_text(const Goal& goal, double value);

}  // namespace bunsen
