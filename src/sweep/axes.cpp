#include "sweep/axes.h"

#include <cmath>
#include <optional>
#include <string_view>

#include "base/number_text.h"
#include "base/spelling.h"
#include "base/text.h"
#include "config/json.h"
#include "spec/key_advice.h"
#include "spec/merge.h"
#include "spec/training.h"

namespace bunsen {
namespace {

constexpr std::size_t most_points = 1'000'000;

/// `{log: [1e-4, 1e-1], steps: 4}`.
struct Steps {
  std::vector<double> log;
  std::vector<double> linear;
  std::int64_t steps = 0;

  static constexpr std::string_view doc = "Values between two ends, rounded to six significant digits.";
  static constexpr std::string_view example = "{log: [1e-4, 1e-1], steps: 4}";
  static void describe(Fields<Steps>& field) {
    field("log", &Steps::log).above(0).doc("Both ends; the values between them are the same factor apart.");
    field("linear", &Steps::linear).doc("Both ends; the values between them are equally far apart.");
    field("steps", &Steps::steps)
        .required()
        .at_least(2)
        .at_most(100000)
        .doc("Number of values, both ends included.");
  }
  std::vector<Contradiction> contradictions() const {
    if (log.empty() == linear.empty()) {
      return {{"", "needs one of `log` and `linear`", "write {log: [1e-4, 1e-1], steps: 4}"}};
    }
    const std::string name = log.empty() ? "linear" : "log";
    if ((log.empty() ? linear : log).size() == 2) return {};
    return {{name, "needs both ends, two numbers", "write " + name + ": [first, last]"}};
  }
  double value(std::int64_t index) const {
    const std::vector<double>& ends = log.empty() ? linear : log;
    if (index == 0) return ends[0];
    if (index == steps - 1) return ends[1];
    const double share = static_cast<double>(index) / static_cast<double>(steps - 1);
    const double exact =
        log.empty() ? ends[0] + (ends[1] - ends[0]) * share : ends[0] * std::pow(ends[1] / ends[0], share);
    return round_significant(exact, 6);
  }
};

std::string name_of_component(const Node& value) {
  if (value.is_scalar()) return value.text;
  return value.is_map() && value.keys.size() == 1 ? value.keys[0].text : "";
}

/// The family of the component that stands where `path` (without variables) leads; nullptr if none does.
const Family* family_at(const std::string& path) {
  const std::vector<std::string> parts = split(path, '.');
  const FieldTable* table = &field_table<TrainingSpec>();
  const TypeOps* ops = nullptr;
  for (const std::string& part : parts) {
    while (ops != nullptr && ops->form == Form::optional) ops = ops->element();
    if (ops != nullptr && (ops->form == Form::list || ops->form == Form::map)) {
      ops = ops->element();
      continue;
    }
    if (ops != nullptr && ops->form == Form::component) {
      const Alternative* chosen = ops->family().find(part);
      if (chosen == nullptr) return nullptr;
      table = &chosen->table();
      ops = nullptr;
      continue;
    }
    if (ops != nullptr && ops->form == Form::table) table = &ops->table();
    if (ops != nullptr && ops->form == Form::scalar) return nullptr;
    const Field* field = table->find(part);
    if (field == nullptr) return nullptr;
    ops = field->ops;
  }
  while (ops != nullptr && ops->form == Form::optional) ops = ops->element();
  return ops != nullptr && ops->form == Form::component ? &ops->family() : nullptr;
}

bool begins_with_path(const std::string& path, const std::string& beginning) {
  return path.size() > beginning.size() && path.starts_with(beginning) && path[beginning.size()] == '.';
}

/// Places on the way to `path` that the axis `chooser` decides: itself, or where the base uses the variable
/// it sets.
std::vector<std::string> places_decided(const std::string& path, const std::string& chooser,
                                        const Node& base) {
  if (!chooser.starts_with("vars.")) {
    return begins_with_path(path, chooser) ? std::vector<std::string>{chooser} : std::vector<std::string>{};
  }
  const std::string variable = chooser.substr(5);
  std::vector<std::string> found;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
    const std::string place = path.substr(0, dot);
    const Node* node = base.at_path(place);
    if (node == nullptr || !node->is_scalar()) continue;
    if (node->text == "$" + variable || node->text == "${" + variable + "}") found.push_back(place);
  }
  return found;
}

/// Does `value` of the axis `chooser` rule the axis `path` out?
bool rules_out(const std::string& path, const std::string& chooser, const Node& value, const Node& base) {
  for (const std::string& place : places_decided(path, chooser, base)) {
    if (family_at(place) == nullptr) continue;
    const std::string rest = path.substr(place.size() + 1);
    if (name_of_component(value) != rest.substr(0, rest.find('.'))) return true;
  }
  return false;
}

Point only_what_exists(const Point& all, const Node& base) {
  Point point;
  for (const auto& axis : all) {
    bool exists = true;
    for (const auto& other : all) {
      if (&other != &axis && rules_out(axis.first, other.first, other.second, base)) exists = false;
    }
    if (exists) point.push_back(axis);
  }
  return point;
}

std::string key_of(const Point& point) {
  std::string key;
  for (const auto& [path, value] : point) key += path + "=" + json_line(value) + "\n";
  return key;
}

/// The step of an axis's path that should name a component and names none is told.
bool tell_unknown_step(const Axis& axis, const Node& base, Diagnostics& problems) {
  if (!tell_unknown_first_step(axis.path, axis.place, "axes." + axis.path, field_table<TrainingSpec>(), base,
                               problems))
    return false;
  for (std::size_t dot = axis.path.find('.'); dot != std::string::npos; dot = axis.path.find('.', dot + 1)) {
    const Family* family = family_at(axis.path.substr(0, dot));
    if (family == nullptr) continue;
    const std::string step = axis.path.substr(dot + 1, axis.path.find('.', dot + 1) - dot - 1);
    if (family->find(step) != nullptr) continue;
    Place place = axis.place;
    if (place.length == axis.path.size()) {
      place.offset += static_cast<std::uint32_t>(dot + 1);
      place.length = static_cast<std::uint32_t>(step.size());
    }
    static const Node some_fields = Node::map();
    const NameAdvice advice = name_advice(*family, step, &some_fields);
    problems.error(Code::override_path, place, "axes." + axis.path,
                   "unknown " + std::string(family->name) + " '" + step + "'", advice.hint, {},
                   advice.replacement);
    return false;
  }
  return true;
}

/// A value that should name a component and names none.
bool tell_unknown_name(const Axis& axis, const Family& family, const Node& value, Diagnostics& problems) {
  const std::string name = name_of_component(value);
  if (name.starts_with('$') || name == "none" || family.find(name) != nullptr) return true;
  const std::string family_name(family.name);
  if (name.empty()) {
    problems.error(Code::wrong_kind, value.place.known() ? value.place : axis.place, "axes." + axis.path,
                   "each value must be one " + family_name, known_words(family.names()), value.used_at);
    return false;
  }
  const NameAdvice advice = name_advice(family, name, value.is_map() ? value.items.data() : nullptr);
  problems.error(Code::unknown_name, value.is_map() ? value.keys[0].place : value.place, "axes." + axis.path,
                 "unknown " + family_name + " '" + name + "'", advice.hint, value.used_at,
                 advice.replacement);
  return false;
}

void tell_unused_axes(const std::vector<AxisGroup>& groups, const std::unordered_map<std::string, bool>& used,
                      Diagnostics& problems) {
  for (const AxisGroup& group : groups) {
    for (const Axis& axis : group.axes) {
      if (used.contains(axis.path)) continue;
      problems.error(Code::experiment, axis.place, "axes." + axis.path,
                     "no point has this axis: no value of another axis chooses what its path passes through",
                     "add that value to the other axis, or leave this axis out");
    }
  }
}

}  // namespace

const FieldTable& steps_table() { return field_table<Steps>(); }

std::string value_text(const Node& value) { return value.is_scalar() ? value.text : json_line(value); }

std::string to_text(const Point& point) {
  std::string text;
  for (const auto& [path, value] : point) {
    if (!text.empty()) text += ", ";
    text += path + " = " + value_text(value);
  }
  return text;
}

Node to_node(const Point& point) {
  Node node = Node::map();
  for (const auto& [path, value] : point) node.set(path, value);
  return node;
}

bool same_point(const Point& left, const Point& right) { return key_of(left) == key_of(right); }

bool decides(const std::string& chooser, const std::string& path, const Node& base) {
  return !places_decided(path, chooser, base).empty();
}

std::vector<Node> axis_values(const std::string& full_path, const Place& key_place, const Node& written,
                              Diagnostics& problems) {
  if (written.is_list() && !written.items.empty()) {
    for (const Node& item : written.items) {
      if (!item.is_null()) continue;
      problems.error(Code::wrong_kind, item.place, full_path, "nothing is written here",
                     "write a value, or leave the item out");
      return {};
    }
    return written.items;
  }
  const bool is_generator =
      written.find("log") != nullptr || written.find("linear") != nullptr || written.find("steps") != nullptr;
  if (!is_generator) {
    problems.error(Code::experiment, written.place.known() ? written.place : key_place, full_path,
                   written.is_list() ? "this axis has no values" : "an axis needs a list of values",
                   "write [first, second] or {log: [1e-4, 1e-1], steps: 4}");
    return {};
  }
  Steps steps;
  SpecReader reader{problems};
  if (!read_table(reader, field_table<Steps>(), written, full_path, &steps)) return {};
  std::vector<Node> values;
  for (std::int64_t index = 0; index < steps.steps; ++index) {
    values.push_back(Node::number(steps.value(index)));
    values.back().place = written.place;
  }
  return values;
}

bool tell_unknown_names(const AxisGroup& group, const Node& base, Diagnostics& problems) {
  bool good = true;
  for (std::size_t axis = 0; axis < group.axes.size(); ++axis) {
    good &= tell_unknown_step(group.axes[axis], base, problems);
    const Family* family = family_at(group.axes[axis].path);
    for (std::size_t row = 0; family != nullptr && row < group.rows.size(); ++row)
      good &= tell_unknown_name(group.axes[axis], *family, group.rows[row][axis], problems);
  }
  return good;
}

std::vector<Point> grid_points(const std::vector<AxisGroup>& groups, const Node& base,
                               Diagnostics& problems) {
  std::size_t count = 1;
  for (const AxisGroup& group : groups) {
    if (group.rows.empty()) return {};
    count *= group.rows.size();
    if (count <= most_points) continue;
    problems.error(Code::experiment, group.axes[0].place, "axes." + group.axes[0].path,
                   "the grid has more than " + std::to_string(most_points) + " points",
                   "leave out some values");
    return {};
  }
  std::vector<Point> points;
  std::unordered_map<std::string, bool> seen;
  std::unordered_map<std::string, bool> used;
  for (std::size_t index = 0; index < count; ++index) {
    Point all;
    std::size_t block = count;
    for (const AxisGroup& group : groups) {
      block /= group.rows.size();
      const std::vector<Node>& row = group.rows[index / block % group.rows.size()];
      for (std::size_t axis = 0; axis < row.size(); ++axis)
        all.emplace_back(group.axes[axis].path, row[axis]);
    }
    Point point = only_what_exists(all, base);
    for (const auto& [path, value] : point) used.emplace(path, true);
    if (seen.emplace(key_of(point), true).second) points.push_back(std::move(point));
  }
  tell_unused_axes(groups, used, problems);
  return points;
}

}  // namespace bunsen
