// axes.h - the values that an experiment's axes take, and at which points an axis exists.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "config/node.h"
#include "spec/fields.h"

namespace bunsen {

/// One thing that varies: a path into the config (`optimizer.adam.lr`) and where the experiment names it.
struct Axis {
  std::string path;
  Place place;
};

/// Axes that move together, row by row; an axis of its own is a group of one.
struct AxisGroup {
  std::vector<Axis> axes;
  std::vector<std::vector<Node>> rows;  ///< one value for each axis
};

/// Path -> value of each axis that exists at this point, in the axes' order.
using Point = std::vector<std::pair<std::string, Node>>;

/// `vars.depth = 2, batch.size = 100`.
std::string to_text(const Point& point);
Node to_node(const Point& point);
bool same_point(const Point& left, const Point& right);

/// A value as it stands in a table: scalars bare, maps and lists as one line of JSON.
std::string value_text(const Node& value);

/// The keys of `{log: [1e-4, 1e-1], steps: 4}`.
const FieldTable& steps_table();

/// The values of one axis, called `full_path` (`axes.epochs`) in messages: a list as written, or `{log: [a,
/// b], steps: n}` and `{linear: [a, b], steps: n}`, rounded to six significant digits, end points exact.
/// Mistakes go to `problems`; an empty list is returned then.
std::vector<Node> axis_values(const std::string& full_path, const Place& key_place, const Node& written,
                              Diagnostics& problems);

/// Does the value at `chooser`, a path or a variable's (`vars.o`), decide whether there is a `path`?
bool decides(const std::string& chooser, const std::string& path, const Node& base);

/// Tells each name that no type has, in paths and values; an axis below the one that was meant would seem to
/// exist nowhere. False if there is one.
bool tell_unknown_names(const AxisGroup& group, const Node& base, Diagnostics& problems);

/// All points of the grid, the first group varying slowest; equal points once. An axis whose path passes
/// through a component that another axis chooses (`optimizer.adam.lr` beside `optimizer`, or beside `vars.o`
/// where the base says `optimizer: $o`) exists only where that one is chosen. An axis that exists nowhere is
/// a mistake.
std::vector<Point> grid_points(const std::vector<AxisGroup>& groups, const Node& base, Diagnostics& problems);

}  // namespace bunsen
