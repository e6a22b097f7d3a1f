#include "sweep/axes.h"

#include <algorithm>
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
#include "sweep/any_value.h"

namespace bunsen {
namespace {

constexpr std::int64_t most_values = 100'000;

/// `{log: [1e-4, 1e-1], steps: 4}`.
struct Values {
  std::vector<double> log;
  std::vector<double> linear;
  std::vector<std::int64_t> range;
  std::vector<Node> choice;
  std::optional<std::int64_t> steps;
  std::int64_t step = 1;

  static constexpr std::string_view doc =
      "Values of an axis that are not listed one by one. `steps` is needed where the method draws no values; "
      "with it only these values are taken.";
  static constexpr std::string_view example = "{log: [1e-4, 1e-1], steps: 4}";
  static void describe(Fields<Values>& field) {
    field("log", &Values::log)
        .above(0)
        .doc(
            "Both ends; the values between them are the same factor apart, rounded to six significant "
            "digits.");
    field("linear", &Values::linear)
        .doc("Both ends; the values between them are equally far apart, rounded to six significant digits.");
    field("range", &Values::range).doc("The first and the last of integers.");
    field("choice", &Values::choice).doc("A list, as if it were written alone.");
    field("steps", &Values::steps)
        .absent("none")
        .at_least(2)
        .at_most(100000)
        .doc("Of `log` and `linear`: number of values, both ends included.");
    field("step", &Values::step).at_least(1).doc("Of `range`: how far one integer is from the next.");
  }
  std::vector<Contradiction> contradictions() const {
    const int kinds = static_cast<int>(!log.empty()) + static_cast<int>(!linear.empty()) +
                      static_cast<int>(!range.empty()) + static_cast<int>(!choice.empty());
    if (kinds != 1) {
      return {{"", "needs one of `log`, `linear`, `range` and `choice`",
               "write {log: [1e-4, 1e-1], steps: 4} or {range: [1, 4]}"}};
    }
    if (steps && log.empty() && linear.empty())
      return {{"steps", "only `log` and `linear` have steps", "leave it out"}};
    if (step != 1 && range.empty()) return {{"step", "only a `range` has a step", "did you mean `steps`?"}};
    if (!choice.empty()) return {};
    return range.empty() ? wrong_ends() : wrong_range();
  }
  std::vector<Contradiction> wrong_ends() const {
    const std::string name = log.empty() ? "linear" : "log";
    const std::vector<double>& ends = log.empty() ? linear : log;
    if (ends.size() != 2)
      return {{name, "needs both ends, two numbers", "write " + name + ": [first, last]"}};
    if (!std::isfinite(ends[0]) || !std::isfinite(ends[1]) || !std::isfinite(ends[1] - ends[0]))
      return {{name, "both ends must be finite", "write two numbers"}};
    return {};
  }
  std::vector<Contradiction> wrong_range() const {
    constexpr std::int64_t farthest = std::int64_t{1} << 53;
    if (range.size() != 2)
      return {{"range", "needs the first and the last integer", "write range: [first, last]"}};
    if (range[0] > range[1])
      return {{"range", "the first integer lies above the last", "write the smaller one first"}};
    if (range[0] < -farthest || range[1] > farthest)
      return {{"range", "the integers are larger than 2^53", "write smaller ones"}};
    return {};
  }

  const std::vector<double>& ends() const { return log.empty() ? linear : log; }
  double value(std::int64_t index) const {
    if (index == 0) return ends()[0];
    if (index == *steps - 1) return ends()[1];
    const double share = static_cast<double>(index) / static_cast<double>(*steps - 1);
    const double exact = log.empty() ? ends()[0] + (ends()[1] - ends()[0]) * share
                                     : ends()[0] * std::pow(ends()[1] / ends()[0], share);
    return round_significant(exact, 6);
  }
  std::int64_t count_in_range() const { return (range[1] - range[0]) / step + 1; }
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

/// The step of an axis's path that should name a component and names none is told.
bool tell_unknown_step(const Axis& axis, const Node& base, Diagnostics& problems) {
  if (!tell_unknown_first_step(axis.path, axis.place, axis.name(), field_table<TrainingSpec>(), base,
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
    problems.error(Code::override_path, place, axis.name(),
                   "unknown " + std::string(family->name) + " '" + step + "'", advice.hint, {},
                   advice.replacement);
    return false;
  }
  return true;
}

/// A value that should name a component and names none.
bool tell_unknown_name(const Axis& axis, const Family& family, const Node& value, Diagnostics& problems) {
  if (value.is_null()) return true;
  const std::string name = name_of_component(value);
  if (name.starts_with('$') || name == "none" || family.find(name) != nullptr) return true;
  const std::string family_name(family.name);
  if (name.empty()) {
    problems.error(Code::wrong_kind, value.place.known() ? value.place : axis.place, axis.name(),
                   "each value must be one " + family_name, known_words(family.names()), value.used_at);
    return false;
  }
  const NameAdvice advice = name_advice(family, name, value.is_map() ? value.items.data() : nullptr);
  problems.error(Code::unknown_name, value.is_map() ? value.keys[0].place : value.place, axis.name(),
                 "unknown " + family_name + " '" + name + "'", advice.hint, value.used_at,
                 advice.replacement);
  return false;
}

bool has_nothing(const std::vector<Node>& items, const std::string& full_path, Diagnostics& problems) {
  for (const Node& item : items) {
    if (!item.is_null()) continue;
    problems.error(Code::wrong_kind, item.place, full_path, "nothing is written here",
                   "write a value, or leave the item out");
    return true;
  }
  return false;
}

/// Is the map meant to say values, and not to be one?
bool is_generator(const Node& written) {
  std::vector<std::string> known;
  for (const Field& field : values_table().fields) known.emplace_back(field.name);
  return std::any_of(written.keys.begin(), written.keys.end(),
                     [&known](const Key& key) { return closest(key.text, known).has_value(); });
}

AxisValues listed_values(std::vector<Node> listed, bool is_ordered) {
  const auto count = static_cast<std::int64_t>(listed.size());
  return {std::move(listed), is_ordered ? whole_domain(0, count - 1) : choice_domain(count)};
}

std::optional<AxisValues> values_of_range(const Values& values, const std::string& full_path,
                                          const Node& written, bool may_draw, Diagnostics& problems) {
  if (may_draw && values.step == 1) return AxisValues{{}, whole_domain(values.range[0], values.range[1])};
  const std::int64_t count = values.count_in_range();
  if (count > most_values) {
    problems.error(
        Code::experiment, written.place, full_path,
        "this range has " + std::to_string(count) + " values, more than " + std::to_string(most_values),
        "write a larger `step`");
    return std::nullopt;
  }
  std::vector<Node> listed;
  for (std::int64_t index = 0; index < count; ++index)
    listed.push_back(Node::number(values.range[0] + index * values.step));
  return listed_values(std::move(listed), true);
}

std::optional<AxisValues> values_between(const Values& values, const std::string& full_path,
                                         const Node& written, bool may_draw, Diagnostics& problems) {
  if (!values.range.empty()) return values_of_range(values, full_path, written, may_draw, problems);
  if (values.steps) {
    std::vector<Node> listed;
    for (std::int64_t index = 0; index < *values.steps; ++index)
      listed.push_back(Node::number(values.value(index)));
    return listed_values(std::move(listed), true);
  }
  if (!may_draw) {
    problems.error(Code::missing_key, written.place, full_path, "'steps' is missing",
                   "add `steps: 5`; only methods that draw values (random, sobol, tpe) need none");
    return std::nullopt;
  }
  const double low = std::min(values.ends()[0], values.ends()[1]);
  const double high = std::max(values.ends()[0], values.ends()[1]);
  return AxisValues{{}, values.log.empty() ? linear_domain(low, high) : log_domain(low, high)};
}

}  // namespace

const FieldTable& values_table() { return field_table<Values>(); }

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

std::string key_of(const Point& point) {
  std::string key;
  for (const auto& [path, value] : point) {
    key += path;
    key += '=';
    key += value.is_scalar() && !value.quoted ? value.text : json_line(value);
    key += '\n';
  }
  return key;
}

bool same_point(const Point& left, const Point& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.same_as(b.second);
  });
}

bool means_value(const Node& written, const Node& value) {
  if (written.same_as(value)) return true;
  if (written.is_list())
    return std::any_of(written.items.begin(), written.items.end(),
                       [&value](const Node& item) { return means_value(item, value); });
  if (!written.is_scalar()) return false;
  const std::optional<double> number = written.quoted ? std::nullopt : written.as_number();
  if (number) return !value.quoted && value.is_scalar() && value.as_number() == number;
  return value.is_scalar() ? value.text == written.text
                           : value.is_map() && name_of_component(value) == written.text;
}

bool decides(const std::string& chooser, const std::string& path, const Node& base) {
  return !places_decided(path, chooser, base).empty();
}

std::optional<AxisValues> axis_values(const std::string& full_path, const Place& key_place,
                                      const Node& written, bool may_draw, Diagnostics& problems) {
  if (written.is_list() && !written.items.empty()) {
    if (has_nothing(written.items, full_path, problems)) return std::nullopt;
    return listed_values(written.items, false);
  }
  if (!written.is_map() || !is_generator(written)) {
    problems.error(Code::experiment, written.place.known() ? written.place : key_place, full_path,
                   written.is_list() ? "this axis has no values" : "an axis needs a list of values",
                   "write [first, second] or {log: [1e-4, 1e-1], steps: 4}");
    return std::nullopt;
  }
  Values values;
  SpecReader reader{problems};
  if (const Node* choice = written.find("choice")) {
    if (!choice->is_list() || choice->items.empty()) {
      problems.error(Code::experiment, choice->place, full_path + ".choice",
                     "a choice needs a list of values", "write {choice: [first, second]}");
      return std::nullopt;
    }
    if (has_nothing(choice->items, full_path + ".choice", problems)) return std::nullopt;
  }
  if (!read_table(reader, field_table<Values>(), written, full_path, &values)) return std::nullopt;
  if (!values.choice.empty()) return listed_values(std::move(values.choice), false);
  std::optional<AxisValues> made = values_between(values, full_path, written, may_draw, problems);
  if (!made) return std::nullopt;
  for (Node& value : made->listed) value.place = written.place;
  return made;
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

Existence::Existence(const std::vector<AxisGroup>& groups, const std::vector<NamedValues>& conditions,
                     const Node& base) {
  for (const AxisGroup& group : groups) {
    first_.push_back(axes_.size());
    for (const Axis& axis : group.axes) axes_.push_back({&axis, group.when, {}});
  }
  for (Entry& entry : axes_) {
    for (std::size_t other = 0; other < axes_.size(); ++other) {
      const std::string& path = entry.axis->path;
      if (axes_[other].axis == entry.axis) continue;
      for (const std::string& place : places_decided(path, axes_[other].axis->path, base)) {
        if (family_at(place) == nullptr) continue;
        const std::string rest = path.substr(place.size() + 1);
        entry.rules.push_back({other, rest.substr(0, rest.find('.'))});
      }
    }
  }
  for (const NamedValues& condition : conditions) {
    std::vector<Wish>& wishes = conditions_.emplace_back();
    for (const NamedValue& named : condition) wishes.push_back({with_path(named.axis.path), named.value});
  }
}

std::vector<std::size_t> Existence::with_path(const std::string& path) const {
  std::vector<std::size_t> found;
  for (std::size_t index = 0; index < axes_.size(); ++index) {
    if (axes_[index].axis->path == path) found.push_back(index);
  }
  return found;
}

bool Existence::holds(const Wish& wish, const Case& at) const {
  return std::any_of(wish.axes.begin(), wish.axes.end(), [&](std::size_t axis) {
    return at.values[axis] != nullptr && means_value(wish.value, *at.values[axis]) &&
           exists(axis, at.deeper());
  });
}

bool Existence::exists(std::size_t axis, const Case& at) const {
  const Entry& entry = axes_[axis];
  if (at.depth > axes_.size()) return true;
  for (const Rule& rule : entry.rules) {
    if (rule.chooser >= at.settled || at.values[rule.chooser] == nullptr) continue;
    // A chooser that is not there itself leaves what the base says.
    if (name_of_component(*at.values[rule.chooser]) != rule.needed && exists(rule.chooser, at.deeper()))
      return false;
  }
  if (!entry.when) return true;
  const std::vector<Wish>& wishes = conditions_[*entry.when];
  return std::all_of(wishes.begin(), wishes.end(), [&](const Wish& wish) { return holds(wish, at); });
}

Point Existence::point(const Values& values) const {
  Point point;
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    if (values[axis] != nullptr && exists(axis, values))
      point.emplace_back(axes_[axis].axis->path, *values[axis]);
  }
  return point;
}

}  // namespace bunsen
