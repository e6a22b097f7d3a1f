// points.h - which points a method makes of an experiment's axes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sweep/axes.h"
#include "sweep/experiment_spec.h"

namespace bunsen {

/// What there is to choose from.
struct Space {
  std::vector<AxisGroup> groups;        ///< those of a `when` last
  std::vector<NamedValues> conditions;  ///< what AxisGroup::when counts in
  std::vector<NamedValues> excluded;
  std::vector<NamedValues> included;
  Node base;           ///< the config's tree as written: which component it chooses
  Place method_place;  ///< where the file says how points are chosen
};

struct Points {
  std::vector<Point> points;      ///< each once; included ones first
  std::int64_t left_out = 0;      ///< by `exclude`
  std::int64_t chosen_later = 0;  ///< how many more are chosen while the sweep runs
  /// Points that stand for those: each value and end of each axis is in one of them.
  std::vector<Point> probes;
};

/// Mistakes in what `if`, `exclude` and `include` name: no such axis, no such value, axes of a point that are
/// missing. What hangs on a path of `broken` is not told.
void tell_misnamed(const Space& space, const std::vector<std::string>& broken, Diagnostics& problems);

/// The grid has all combinations, the first group varying slowest. `random` and `sobol` draw a share for each
/// group and point, by seed and the point's number alone, so that a larger number of trials adds points; what
/// is excluded or was drawn before is drawn anew. Axes that exist nowhere, too many points, or none at all
/// are mistakes.
Points make_points(const Space& space, const Method& method, Diagnostics& problems);

}  // namespace bunsen
