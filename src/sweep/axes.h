// axes.h - the values that an experiment's axes take, and at which points an axis exists.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "config/node.h"
#include "spec/fields.h"
#include "sweep/samplers/domain.h"

namespace bunsen {

/// One thing that varies: a path into the config (`optimizer.adam.lr`) and where the experiment names it.
struct Axis {
  std::string path;
  Place place;
  std::string shown = {};  ///< what messages call it: `together.0.epochs`; `axes.` and the path when empty

  std::string name() const { return shown.empty() ? "axes." + path : shown; }
};

/// Axes that move together, row by row; an axis of its own is a group of one.
struct AxisGroup {
  std::vector<Axis> axes;
  std::vector<std::vector<Node>> rows;  ///< one value for each axis, null where the row has none
  /// The rows' indices, or, where there are no rows, the numbers that the only axis takes.
  Domain domain = {};
  std::optional<std::size_t> when = {};  ///< exists only where that condition of the experiment holds

  bool is_drawn() const { return rows.empty(); }
};

/// Values that the file names for axes: of an `if`, an `exclude` or an `include`.
struct NamedValue {
  Axis axis;
  Node value;
};
using NamedValues = std::vector<NamedValue>;

/// Path -> value of each axis that exists at this point, in the axes' order.
using Point = std::vector<std::pair<std::string, Node>>;

/// `vars.depth = 2, batch.size = 100`.
std::string to_text(const Point& point);
Node to_node(const Point& point);
bool same_point(const Point& left, const Point& right);
/// The same text for the same point, to find it by.
std::string key_of(const Point& point);

/// A value as it stands in a table: scalars bare, maps and lists as one line of JSON.
std::string value_text(const Node& value);

/// Does a value written in `if` or `exclude` mean this value of an axis? Numbers by what they are, a
/// component's bare name with any fields, a list by any of its items.
bool means_value(const Node& written, const Node& value);

/// The keys of `{log: [1e-4, 1e-1], steps: 4}`.
const FieldTable& values_table();

/// What an axis can be: values in order, or numbers that a method draws.
struct AxisValues {
  std::vector<Node> listed;
  Domain domain;  ///< the list's indices, or, where it is empty, the numbers
};

/// The values of one axis, called `full_path` (`axes.epochs`) in messages: a list as written, `{log: [a, b],
/// steps: n}` and `{linear: [a, b], steps: n}`, rounded to six significant digits, end points exact, `{range:
/// [a, b], step: n}` and `{choice: [...]}`. `may_draw`: between two ends no steps are needed, and numbers are
/// drawn. Mistakes go to `problems`; nothing is returned then.
std::optional<AxisValues> axis_values(const std::string& full_path, const Place& key_place,
                                      const Node& written, bool may_draw, Diagnostics& problems);

/// Does the value at `chooser`, a path or a variable's (`vars.o`), decide whether there is a `path`?
bool decides(const std::string& chooser, const std::string& path, const Node& base);

/// Tells each name that no type has, in paths and values; an axis below the one that was meant would seem to
/// exist nowhere. False if there is one.
bool tell_unknown_names(const AxisGroup& group, const Node& base, Diagnostics& problems);

/// At which points an axis is there. Axes are numbered through all groups. One whose path passes through a
/// component that another axis chooses (`optimizer.adam.lr` beside `optimizer`, or beside `vars.o` where the
/// base says `optimizer: $o`) exists only where that one is chosen, and one of a `when` only where that
/// holds.
class Existence {
 public:
  /// `groups` must outlive this.
  Existence(const std::vector<AxisGroup>& groups, const std::vector<NamedValues>& conditions,
            const Node& base);

  std::size_t axis_count() const { return axes_.size(); }
  const Axis& axis(std::size_t index) const { return *axes_[index].axis; }
  /// The number of a group's first axis.
  std::size_t first_of(std::size_t group) const { return first_[group]; }
  bool may_be_absent(std::size_t axis) const {
    return axes_[axis].when.has_value() || !axes_[axis].rules.empty();
  }
  std::vector<std::size_t> with_path(const std::string& path) const;

  /// One value for each axis; nullptr where there is none, or it is not known.
  using Values = std::vector<const Node*>;
  /// By what the values of the first `settled` axes say; a later one rules nothing out.
  bool exists(std::size_t axis, const Values& values, std::size_t settled) const {
    return exists(axis, {values, settled, 0});
  }
  bool exists(std::size_t axis, const Values& values) const { return exists(axis, values, axes_.size()); }
  /// The values of the axes that exist.
  Point point(const Values& values) const;

 private:
  /// `needed`: the component that `chooser` must name.
  struct Rule {
    std::size_t chooser = 0;
    std::string needed;
  };
  struct Entry {
    const Axis* axis = nullptr;
    std::optional<std::size_t> when;
    std::vector<Rule> rules;
  };
  struct Wish {
    std::vector<std::size_t> axes;
    Node value;
  };
  /// What an answer hangs on; `depth` ends circles of axes that hang on one another.
  struct Case {
    const Values& values;
    std::size_t settled = 0;
    std::size_t depth = 0;

    Case deeper() const { return {values, settled, depth + 1}; }
  };
  bool exists(std::size_t axis, const Case& at) const;
  bool holds(const Wish& wish, const Case& at) const;

  std::vector<Entry> axes_;
  std::vector<std::size_t> first_;
  std::vector<std::vector<Wish>> conditions_;
};

}  // namespace bunsen
