#include "sweep/points.h"

#include <algorithm>
#include <unordered_map>

#include "base/number_text.h"
#include "base/spelling.h"
#include "base/text.h"
#include "sweep/samplers/unit_points.h"

namespace bunsen {
namespace {

constexpr std::size_t most_points = 1'000'000;

/// The group that an axis of the space is in.
const AxisGroup& group_of(const Space& space, const Existence& existence, std::size_t axis) {
  std::size_t group = 0;
  while (group + 1 < space.groups.size() && existence.first_of(group + 1) <= axis) ++group;
  return space.groups[group];
}

// --- what if, exclude and include name
// -------------------------------------------------------------------------------

bool is_at_or_below(const std::string& path, const std::string& beginning) {
  return path == beginning || (path.starts_with(beginning) && path[beginning.size()] == '.');
}

class Naming {
 public:
  Naming(const Space& space, const std::vector<std::string>& broken, Diagnostics& problems)
      : space_(space),
        broken_(broken),
        problems_(problems),
        existence_(space.groups, space.conditions, space.base) {}

  void check() {
    for (std::size_t index = 0; index < space_.conditions.size(); ++index) {
      for (const NamedValue& named : space_.conditions[index]) {
        if (is_axis(named)) check_condition(named, index);
      }
    }
    for (const NamedValues& excluded : space_.excluded) {
      for (const NamedValue& named : excluded) {
        if (is_axis(named)) check_value(named);
      }
    }
    for (const NamedValues& included : space_.included) check_included(included);
  }

 private:
  bool is_broken(const std::string& path) const {
    return std::any_of(broken_.begin(), broken_.end(), [&path](const std::string& each) {
      return is_at_or_below(path, each) || is_at_or_below(each, path);
    });
  }

  bool is_axis(const NamedValue& named) {
    if (is_broken(named.axis.path)) return false;
    if (!existence_.with_path(named.axis.path).empty()) return true;
    std::vector<std::string> known;
    for (std::size_t axis = 0; axis < existence_.axis_count(); ++axis)
      known.push_back(existence_.axis(axis).path);
    const std::optional<std::string> meant = closest(named.axis.path, known);
    problems_.error(Code::experiment, named.axis.place, named.axis.name(),
                    "no axis is called '" + named.axis.path + "'",
                    meant ? "did you mean '" + *meant + "'?" : known_words(known), {}, meant.value_or(""));
    return false;
  }

  /// A condition may hang on axes outside of every `when`, and on those of an earlier one.
  void check_condition(const NamedValue& named, std::size_t condition) {
    for (const std::size_t axis : existence_.with_path(named.axis.path)) {
      const std::optional<std::size_t> when = group_of(space_, existence_, axis).when;
      if (when && *when >= condition) {
        problems_.error(Code::experiment, named.axis.place, named.axis.name(),
                        "'" + named.axis.path + "' is itself an axis of this `when` or of a later one",
                        "move the `when` that has it before this one");
        return;
      }
    }
    check_value(named);
  }

  void check_value(const NamedValue& named) {
    std::vector<std::string> known;
    std::string drawn;
    for (const std::size_t axis : existence_.with_path(named.axis.path)) {
      const AxisGroup& group = group_of(space_, existence_, axis);
      if (group.is_drawn()) {
        if (group.domain.kind == Domain::Kind::whole && is_in(group.domain, named.value)) return;
        drawn = number_text(group.domain.low) + " to " + number_text(group.domain.high);
        continue;
      }
      const std::size_t column = column_of(axis);
      for (const std::vector<Node>& row : group.rows) {
        if (means_value(named.value, row[column])) return;
        const std::string text = value_text(row[column]);
        if (std::find(known.begin(), known.end(), text) == known.end()) known.push_back(text);
      }
    }
    if (!drawn.empty()) {
      problems_.error(Code::experiment, named.value.place, named.axis.name(),
                      "the axis's numbers are drawn from " + drawn + ", and none is sure to be this one",
                      "give the axis a list of values or `steps`, or leave this out");
      return;
    }
    problems_.error(Code::experiment, named.value.place, named.axis.name(),
                    "the axis never has the value " + value_text(named.value), known_words(known));
  }

  static bool is_in(const Domain& domain, const Node& value) {
    if (value.is_list())
      return std::any_of(value.items.begin(), value.items.end(),
                         [&domain](const Node& item) { return is_in(domain, item); });
    const std::optional<std::int64_t> number = value.as_integer();
    return number && domain.has(static_cast<double>(*number));
  }

  std::size_t column_of(std::size_t axis) const {
    std::size_t first = 0;
    for (std::size_t group = 0; group < space_.groups.size() && existence_.first_of(group) <= axis; ++group)
      first = existence_.first_of(group);
    return axis - first;
  }

  void check_included(const NamedValues& included) {
    Existence::Values values(existence_.axis_count(), nullptr);
    bool is_known = true;
    for (const NamedValue& named : included) {
      is_known &= is_axis(named);
      for (const std::size_t axis : existence_.with_path(named.axis.path)) values[axis] = &named.value;
    }
    if (!is_known) return;
    std::vector<std::string> missing;
    for (std::size_t axis = 0; axis < existence_.axis_count(); ++axis) {
      if (values[axis] != nullptr || has_path(included, existence_.axis(axis).path)) continue;
      if (is_there(axis, values) && !is_broken(existence_.axis(axis).path))
        missing.push_back(existence_.axis(axis).path);
    }
    if (!missing.empty() && !included.empty()) {
      problems_.error(Code::experiment, included[0].axis.place, name_of_list(included[0].axis),
                      "this point has no value for " + join(missing, ", "),
                      "name every axis that exists at the point");
    }
    for (const NamedValue& named : included) tell_if_absent(named, values);
  }

  /// An axis that hangs on one that the point does not name is not missed beside it.
  bool is_there(std::size_t axis, const Existence::Values& values) const {
    Existence::Values known = values;
    static const Node nothing;
    for (const Node*& value : known) {
      if (value == nullptr) value = &nothing;
    }
    return existence_.exists(axis, known);
  }

  void tell_if_absent(const NamedValue& named, const Existence::Values& values) {
    const std::vector<std::size_t> axes = existence_.with_path(named.axis.path);
    const auto exists = [&](std::size_t axis) { return existence_.exists(axis, values); };
    if (std::any_of(axes.begin(), axes.end(), exists)) return;
    problems_.error(Code::experiment, named.axis.place, named.axis.name(),
                    "this point has no axis '" + named.axis.path + "': its other values rule it out",
                    "leave it out");
  }

  static bool has_path(const NamedValues& names, const std::string& path) {
    return std::any_of(names.begin(), names.end(),
                       [&path](const NamedValue& named) { return named.axis.path == path; });
  }

  /// `include.0` of `include.0.epochs`.
  static std::string name_of_list(const Axis& axis) {
    return axis.name().substr(0, axis.name().size() - axis.path.size() - 1);
  }

  const Space& space_;
  const std::vector<std::string>& broken_;
  Diagnostics& problems_;
  Existence existence_;
};

// --- points
// ----------------------------------------------------------------------------------------------------------

class PointMaker {
 public:
  PointMaker(const Space& space, Diagnostics& problems)
      : space_(space),
        problems_(problems),
        existence_(space.groups, space.conditions, space.base),
        values_(existence_.axis_count(), nullptr),
        drawn_(existence_.axis_count()),
        is_used_(existence_.axis_count(), false) {
    for (const NamedValues& excluded : space.excluded) {
      std::vector<std::pair<std::vector<std::size_t>, const Node*>>& pattern = excluded_.emplace_back();
      for (const NamedValue& named : excluded)
        pattern.emplace_back(existence_.with_path(named.axis.path), &named.value);
    }
    for (std::size_t axis = 0; axis < existence_.axis_count(); ++axis)
      may_be_double_ |= existence_.with_path(existence_.axis(axis).path).size() > 1;
  }

  void add_included() {
    for (const NamedValues& included : space_.included) {
      std::fill(values_.begin(), values_.end(), nullptr);
      for (const NamedValue& named : included) {
        for (const std::size_t axis : existence_.with_path(named.axis.path)) values_[axis] = &named.value;
      }
      take(existence_.point(values_));
    }
    std::fill(values_.begin(), values_.end(), nullptr);
  }

  /// False if there are too many.
  bool add_grid(std::size_t group = 0) {
    if (group == space_.groups.size()) {
      add_point();
      return ++visited_ <= most_points;
    }
    const std::size_t first = existence_.first_of(group);
    const std::size_t count = space_.groups[group].axes.size();
    bool may_exist = false;
    for (std::size_t axis = first; axis < first + count; ++axis)
      may_exist |= existence_.exists(axis, values_, first);
    if (!may_exist) {
      for (std::size_t axis = first; axis < first + count; ++axis) values_[axis] = nullptr;
      return add_grid(group + 1);
    }
    for (std::size_t row = 0; row < space_.groups[group].rows.size(); ++row) {
      set_row(group, row);
      if (!add_grid(group + 1)) return false;
    }
    return true;
  }

  void draw(const Method& method) {
    const auto* random = std::get_if<RandomMethod>(&method);
    const auto* sobol = std::get_if<SobolMethod>(&method);
    const std::int64_t trials = random != nullptr ? random->trials : sobol->trials;
    const std::int64_t seed = random != nullptr ? random->seed : sobol->seed;
    const auto dimensions = static_cast<std::int64_t>(space_.groups.size());
    std::int64_t made = 0;
    std::int64_t in_vain = 0;
    // With so many draws in vain it is all but sure that there is no other point.
    for (std::int64_t index = 0; made < trials && in_vain < 1000 + 20 * made; ++index) {
      set_shares(random != nullptr ? random_point(seed, index, dimensions)
                                   : shifted_sobol_point(seed, index, dimensions));
      const bool is_new = add_point();
      made += is_new ? 1 : 0;
      in_vain = is_new ? 0 : in_vain + 1;
    }
    if (made == trials) return;
    problems_.warning(Code::suspicious, space_.method_place, "method",
                      "only " + count_of(made, "different point") + " found, and " + std::to_string(trials) +
                          " were asked for",
                      "ask for fewer, or give the axes more values");
  }

  /// For each value and each end of an axis a point that has it, if one is found among some.
  std::vector<Point> probes(std::int64_t seed) {
    std::vector<Point> found;
    std::unordered_map<std::string, bool> seen;
    std::int64_t index = 0;
    if (space_.groups.empty()) found.emplace_back();
    for (std::size_t group = 0; group < space_.groups.size(); ++group) {
      const std::size_t rows = space_.groups[group].is_drawn() ? 2 : space_.groups[group].rows.size();
      for (std::size_t row = 0; row < std::min<std::size_t>(rows, 1000); ++row) {
        for (int patience = 32; patience > 0; --patience) {
          set_shares(random_point(seed, index++, static_cast<std::int64_t>(space_.groups.size())));
          set_row(group, row);
          if (!existence_.exists(existence_.first_of(group), values_) || is_excluded()) continue;
          Point point = existence_.point(values_);
          note_used();
          tell_double(point);
          if (seen.emplace(key_of(point), true).second) found.push_back(std::move(point));
          break;
        }
      }
    }
    return found;
  }

  /// In a grid that is a mistake; among points that were drawn it may be bad luck.
  void tell_unused_axes(bool is_drawn) {
    for (std::size_t axis = 0; axis < existence_.axis_count(); ++axis) {
      if (is_used_[axis]) continue;
      const Axis& unused = existence_.axis(axis);
      const bool has_condition = group_of(space_, existence_, axis).when.has_value();
      const std::string why = has_condition ? "what its `if` says holds nowhere"
                                            : "no value of another axis chooses what its path passes through";
      const std::string hint = "add that value to the other axis, or leave this axis out";
      if (is_drawn) {
        problems_.warning(Code::suspicious, unused.place, unused.name(),
                          "no point that was drawn has this axis",
                          "ask for more points, or make what it hangs on likelier");
      } else {
        problems_.error(Code::experiment, unused.place, unused.name(), "no point has this axis: " + why,
                        hint);
      }
    }
  }

  /// Is it clear before they are made that there are too many?
  bool has_too_many() const {
    std::size_t count = 1;
    for (std::size_t group = 0; group < space_.groups.size(); ++group) {
      bool may_be_absent = false;
      for (std::size_t axis = 0; axis < space_.groups[group].axes.size(); ++axis)
        may_be_absent |= existence_.may_be_absent(existence_.first_of(group) + axis);
      if (!may_be_absent) count *= space_.groups[group].rows.size();
      if (count > most_points) return true;
    }
    return false;
  }

  Points take_points() { return std::move(made_); }

 private:
  /// Row by row; of an axis between two ends the ends.
  void set_row(std::size_t group, std::size_t row) {
    const AxisGroup& from = space_.groups[group];
    const std::size_t first = existence_.first_of(group);
    if (from.is_drawn()) return set_number(first, row == 0 ? from.domain.low : from.domain.high);
    for (std::size_t column = 0; column < from.axes.size(); ++column) {
      const Node& value = from.rows[row][column];
      values_[first + column] = value.is_null() ? nullptr : &value;
    }
  }

  void set_number(std::size_t axis, double number) {
    drawn_[axis] = Node::number(number);
    drawn_[axis].place = existence_.axis(axis).place;
    values_[axis] = &drawn_[axis];
  }

  void set_shares(const std::vector<double>& shares) {
    for (std::size_t group = 0; group < space_.groups.size(); ++group) {
      const double value = value_at(space_.groups[group].domain, shares[group]);
      if (space_.groups[group].is_drawn()) {
        set_number(existence_.first_of(group), value);
      } else {
        set_row(group, static_cast<std::size_t>(value));
      }
    }
  }

  bool is_excluded() const {
    return std::any_of(excluded_.begin(), excluded_.end(), [this](const auto& pattern) {
      return !pattern.empty() && std::all_of(pattern.begin(), pattern.end(), [this](const auto& named) {
        return std::any_of(named.first.begin(), named.first.end(), [&](std::size_t axis) {
          return values_[axis] != nullptr && means_value(*named.second, *values_[axis]) &&
                 existence_.exists(axis, values_);
        });
      });
    });
  }

  void note_used() {
    for (std::size_t axis = 0; axis < values_.size(); ++axis) {
      if (!is_used_[axis] && values_[axis] != nullptr && existence_.exists(axis, values_))
        is_used_[axis] = true;
    }
  }

  /// False if there is such a point already, or none is wanted.
  bool add_point() {
    Point point = existence_.point(values_);
    note_used();
    if (is_excluded()) {
      if (seen_.emplace(key_of(point), false).second) ++made_.left_out;
      return false;
    }
    return take(std::move(point));
  }

  /// Two `when`s that hold at one point may not give the same axis.
  void tell_double(const Point& point) {
    if (!may_be_double_) return;
    for (std::size_t i = 0; i < point.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (point[i].first != point[j].first) continue;
        may_be_double_ = false;
        const Axis& axis = existence_.axis(existence_.with_path(point[i].first).back());
        problems_.error(Code::experiment, axis.place, axis.name(),
                        "two `when`s give this axis at one point: " + to_text(point),
                        "make their `if`s exclude one another");
        return;
      }
    }
  }

  bool take(Point point) {
    tell_double(point);
    if (!seen_.emplace(key_of(point), true).second) return false;
    made_.points.push_back(std::move(point));
    return true;
  }

  const Space& space_;
  Diagnostics& problems_;
  Existence existence_;
  Existence::Values values_;
  std::vector<Node> drawn_;
  std::vector<char> is_used_;
  std::vector<std::vector<std::pair<std::vector<std::size_t>, const Node*>>> excluded_;
  std::unordered_map<std::string, bool> seen_;
  std::size_t visited_ = 0;
  bool may_be_double_ = false;
  Points made_;
};

bool tell_too_many_for_sobol(const Space& space, Diagnostics& problems) {
  const auto most = static_cast<std::size_t>(most_sobol_dimensions);
  if (space.groups.size() <= most) return false;
  problems.error(Code::experiment, space.groups[most].axes[0].place, space.groups[most].axes[0].name(),
                 "sobol spreads at most " + std::to_string(most) + " axes", "take `random`, or fewer axes");
  return true;
}

}  // namespace

void tell_misnamed(const Space& space, const std::vector<std::string>& broken, Diagnostics& problems) {
  Naming(space, broken, problems).check();
}

Points make_points(const Space& space, const Method& method, Diagnostics& problems) {
  if (std::holds_alternative<SobolMethod>(method) && tell_too_many_for_sobol(space, problems)) return {};
  PointMaker maker(space, problems);
  maker.add_included();
  const auto* tpe = std::get_if<TpeMethod>(&method);
  std::vector<Point> probes;
  if (tpe != nullptr) {
    probes = maker.probes(tpe->seed);
  } else if (method.draws_values()) {
    maker.draw(method);
  } else if (maker.has_too_many() || !maker.add_grid()) {
    const Axis& first = space.groups[0].axes[0];
    problems.error(Code::experiment, first.place, first.name(),
                   "the grid has more than " + std::to_string(most_points) + " points",
                   "leave out some values");
    return {};
  }
  maker.tell_unused_axes(method.draws_values());
  Points made = maker.take_points();
  made.probes = std::move(probes);
  if (tpe != nullptr) made.chosen_later = tpe->trials;
  if (made.points.empty() && made.chosen_later == 0 && !space.excluded.empty()) {
    const NamedValues& excluded = space.excluded[0];
    problems.error(Code::experiment, excluded.empty() ? Place{} : excluded[0].axis.place, "exclude",
                   "no point is left", "exclude fewer");
  }
  return made;
}

}  // namespace bunsen
