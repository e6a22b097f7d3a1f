// tpe.h - the point to try next, by the tree-structured Parzen estimator, from those tried so far.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sweep/samplers/domain.h"

namespace bunsen {

/// Defaults are those of Optuna 5 (docs/search_methods.md).
struct TpeOptions {
  std::int64_t seed = 0;
  bool is_maximized = false;         ///< the higher the score, the better
  std::int64_t startup_points = 10;  ///< until so many are finished or pruned, points are drawn at random
  std::int64_t candidates = 24;      ///< values drawn, of which the most promising is tried
  bool is_joint = true;              ///< axes that all points have are chosen together, else each by itself
};

/// A point that was tried: its seeds together. Points that failed are left out, or have a score of NaN.
struct Observation {
  enum class State : std::uint8_t { finished, pruned, running };
  /// One for each domain; nothing where the point does not have the axis. A value out of its domain counts as
  /// nothing.
  std::vector<std::optional<double>> values;
  State state = State::finished;
  double score = 0;  ///< finished: the objective; pruned: what was told last; running: not looked at
  std::int64_t last_step = 0;  ///< pruned: when it was told; 0 if nothing was
};

/// A value for each domain; those of axes that the point does not have are to be left out. The observations
/// stand in the order in which their points were suggested. The same arguments give the same values:
/// `index`, the point's own from 0, decides what is drawn.
std::vector<double> suggest(const TpeOptions& options, const std::vector<Domain>& domains,
                            const std::vector<Observation>& observations, std::int64_t index);

}  // namespace bunsen
