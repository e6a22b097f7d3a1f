// sweep_record.h - what became of each trial of a sweep, which point is best, and the file sweep.json that
// tells it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/run_record.h"
#include "sweep/trials.h"

namespace bunsen {

struct TrialRecord {
  Point point;
  std::int64_t seed = 0;
  std::string id;
  std::filesystem::path folder;  ///< of its run; perhaps another experiment's or a config's
  RunState state = RunState::queued;
  std::optional<double> objective;  ///< of the epoch that the goal means
  std::string error;                ///< why it failed or diverged
};

/// `stopped`: by its budget or after failures, with trials that have not begun.
enum class SweepState : std::uint8_t { planned, running, finished, interrupted, stopped };

struct SweepRecord {
  std::string name, question;
  std::string file;
  std::optional<Goal> goal;
  SweepState state = SweepState::planned;
  std::vector<TrialRecord> trials;
  std::vector<std::string> warnings;  ///< what to think of when reading it
  std::string stopped_by;             ///< why no further trial began
  double seconds = 0;                 ///< that the sweep ran, all commands together
};

/// A point over its seeds.
struct PointScore {
  Point point;
  double mean = 0;
  std::optional<double> deviation;  ///< sample standard deviation; from two seeds on
  std::int64_t seeds = 0;
};

/// Points whose trials have all completed with a finite objective, the best first; equal ones in the order of
/// trials.
std::vector<PointScore> ranked_points(const SweepRecord& record);

/// What a finished run (its result.json) has reached; nothing where the metric was not measured.
std::optional<double> objective_of(const Goal& goal, const Node& result);

/// Is `left` better than `right` by the goal?
bool is_better(const Goal& goal, double left, double right);

/// The axes of all points, in the order in which they first stand there.
std::vector<std::string> axes_of(const SweepRecord& record);

std::size_t count_of_state(const SweepRecord& record, RunState state);

/// The document of sweep.json: trials in order, paths relative to `sweep_folder`, then the ranked points.
Node to_node(const SweepRecord& record, const std::filesystem::path& sweep_folder);

}  // namespace bunsen
