// trials.h - an experiment -> the trials that it asks for, all checked before any of them runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "spec/memory.h"
#include "sweep/estimate.h"
#include "sweep/experiment.h"

namespace bunsen {

/// What varies, and what it became.
struct Trial {
  Point point;
  std::int64_t seed = 0;
  std::string id;
  TrainingSpec spec;     ///< layers expanded; its name is the experiment's
  std::size_t data = 0;  ///< trials on the same data set have the same
};

struct TrialCost {
  std::optional<double> rough_seconds;  ///< of estimate.h
  MemoryPlan memory;
};

/// A trial that stands for those that are chosen later.
struct Probe {
  Trial trial;
  TrialCost cost;
};

/// A point that no trial can be made of.
struct InvalidPoint {
  Point point;
  std::string reason;  ///< its first mistake
};

struct Trials {
  std::vector<Trial> trials;         ///< a point's seeds stand together
  std::vector<TrialCost> costs;      ///< one a point, in the points' order
  std::vector<std::size_t> cost_of;  ///< trial -> index into `costs`
  std::int64_t merged = 0;           ///< trials left out because an earlier one is the same run
  std::vector<std::pair<std::size_t, Point>> doubles;  ///< of those: the earlier trial, the other point
  std::int64_t left_out = 0;                           ///< points that `exclude` names
  std::int64_t chosen_later = 0;                       ///< points that are chosen while the sweep runs
  std::vector<Probe> probes;                           ///< stand for those
  std::vector<InvalidPoint> invalid;                   ///< their mistakes were told
};

/// What an objective asks for, settled: `validation.accuracy`, upwards.
struct Goal {
  std::string metric;
  bool is_maximized = true;
  ObjectiveAt at = ObjectiveAt::last;
};

/// Where data sets are searched, whether an absent one is an error or a warning, and what a trial must fit
/// into.
struct DataQuestion {
  DataPlaces places;
  bool must_exist = false;
  MemoryLimit memory = {};
};

/// Resolves and plans every trial: the base, `set`, `command_line`, then the point's values and the seed. A
/// mistake is told once, with how many trials have it and at which values, if it is not of all. Reads headers
/// of data only. The sound trials are returned beside mistakes, if there are points at all.
std::optional<Trials> plan_trials(const Experiment& experiment, const std::vector<Override>& command_line,
                                  const DataQuestion& data, Diagnostics& problems);

/// The same, but nothing is returned if there are errors, those told before included.
std::optional<Trials> make_trials(const Experiment& experiment, const std::vector<Override>& command_line,
                                  const DataQuestion& data, Diagnostics& problems);

/// A trial's config with all that its record tells: document, origins, variables.
Resolved whole_config(const Experiment& experiment, const std::vector<Override>& command_line,
                      const Trial& trial);

/// The experiment's objective, else its base's, else the default; nothing when no trial holds out a
/// validation part.
std::optional<Goal> goal_of(const Experiment& experiment, const Trials& trials);

}  // namespace bunsen
