// spots.h - where in a config or an experiment a slip can happen: each key, name, variable and value, found
// by walking the document with the tables that read it.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sweep/trials.h"

namespace bunsen::mutation {

enum class SpotKind { key, name, variable, boolean, number, text };

/// A word or value in the text, without its quotes.
struct Spot {
  SpotKind kind = SpotKind::key;
  std::size_t offset = 0;
  std::string word;
  std::vector<std::string> valid;  ///< other words that are right here too
  bool may_be_number = false;      ///< the word stands where else a number does: `validation: none`
  bool may_be_nothing = false;     ///< a short form's value that has a default: `dropout:` alone is right
};

/// A map or list of the document as its tables see it.
struct Level {
  std::vector<std::string> keys;  ///< that may stand in it
  bool is_free = false;           ///< its keys are the user's own
  bool takes_one_text = false;    ///< a list for which one text may stand
};

class SpotFinder {
 public:
  SpotFinder(const Node& root, const std::string& text) : text_(text) {
    if (kind_of(root) == DocumentKind::experiment) {
      experiment(root);
    } else {
      config(root);
    }
  }

  std::vector<Spot> spots;
  std::map<std::size_t, Level> levels;                       ///< by the offset where the collection begins
  std::set<std::pair<const FieldTable*, std::string>> keys;  ///< declared keys that were met
  std::set<std::pair<const Family*, std::string>> types;     ///< types of families that were met

 private:
  using Tables = std::vector<const FieldTable*>;

  static const TypeOps& inner(const TypeOps& ops) {
    return ops.form == Form::optional ? inner(*ops.element()) : ops;
  }
  static std::vector<std::string> names_in(const Tables& tables) {
    std::vector<std::string> names;
    for (const FieldTable* table : tables) {
      for (const Field& field : table->fields) names.emplace_back(field.name);
    }
    return names;
  }

  void add(SpotKind kind, const Place& place, const std::string& word, std::vector<std::string> valid = {}) {
    std::size_t offset = place.offset;
    if (text_.compare(offset, 1, "\"") == 0 || text_.compare(offset, 1, "'") == 0) ++offset;
    if (text_.compare(offset, word.size(), word) != 0 || !seen_.insert(offset).second) return;
    spots.push_back({kind, offset, word, std::move(valid)});
  }

  void config(const Node& root) {
    const Node* declared = root.find("vars");
    const Node* outer = std::exchange(vars_, declared);
    map(root, {&field_table<TrainingSpec>()}, {"vars", "extends"});
    if (declared != nullptr) {
      levels[declared->place.offset].is_free = true;
      // What no key used with a type is a value of its own.
      for (std::size_t i = 0; i < declared->items.size(); ++i) value(declared->items[i], nullptr, nullptr);
    }
    vars_ = outer;
  }

  void map(const Node& node, const Tables& tables, const std::vector<std::string>& more = {}) {
    std::vector<std::string> valid = names_in(tables);
    valid.insert(valid.end(), more.begin(), more.end());
    levels[node.place.offset] = {valid, false, false};
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string& key = node.keys[i].text;
      add(SpotKind::key, node.keys[i].place, key, valid);
      for (const FieldTable* table : tables) {
        const Field* field = table->find(key);
        if (field == nullptr) continue;
        keys.emplace(table, key);
        value(node.items[i], field->ops, field);
      }
    }
  }

  void value(const Node& node, const TypeOps* outer, const Field* field) {
    if (node.is_scalar() && node.text.starts_with('$')) return variable(node, outer, field);
    const std::string absent = field == nullptr ? std::string() : std::string(field->absent_word);
    if (node.is_scalar() && !absent.empty() && node.text == absent && inner(*outer).type_name != "text") {
      add(SpotKind::name, node.place, absent, words_of(inner(*outer)));
      if (!spots.empty()) spots.back().may_be_number = inner(*outer).form != Form::component;
      return;
    }
    if (outer == nullptr) return untyped(node);
    const TypeOps& ops = inner(*outer);
    if (ops.form == Form::component) return component(node, ops.family(), absent);
    if (ops.form == Form::table) return table(node, ops.table());
    if (ops.form == Form::map) {
      levels[node.place.offset].is_free = true;
      for (const Node& item : node.items) value(item, ops.element(), field);
      return;
    }
    if (ops.form == Form::list) {
      levels[node.place.offset].takes_one_text = inner(*ops.element()).type_name == "text";
      if (node.is_scalar()) return scalar(node, *ops.element());
      for (const Node& item : node.items) value(item, ops.element(), field);
      return;
    }
    scalar(node, ops);
  }

  static std::vector<std::string> words_of(const TypeOps& ops) {
    if (ops.form == Form::component) return ops.family().names();
    return {};
  }

  void untyped(const Node& node) {
    if (node.is_scalar()) return;
    for (const Node& item : node.items) untyped(item);
  }

  void scalar(const Node& node, const TypeOps& ops) {
    if (node.is_list()) {
      for (const Node& item : node.items) scalar(item, ops);
      return;
    }
    if (ops.words != nullptr) {
      std::vector<std::string> valid(ops.words()->begin(), ops.words()->end());
      return add(SpotKind::name, node.place, node.text, std::move(valid));
    }
    if (ops.type_name == "text") return add(SpotKind::text, node.place, node.text);
    if (ops.type_name == "true or false") return add(SpotKind::boolean, node.place, node.text);
    if (ops.type_name != "value") add(SpotKind::number, node.place, node.text);
  }

  void table(const Node& node, const FieldTable& table) {
    if (node.is_map()) return map(node, {&table});
    if (const Field* main = table.main_field()) value(node, main->ops, main);
  }

  void component(const Node& node, const Family& family, const std::string& absent) {
    std::vector<std::string> valid = family.names();
    if (!absent.empty()) valid.push_back(absent);
    if (node.is_scalar()) {
      types.emplace(&family, node.text);
      return add(SpotKind::name, node.place, node.text, std::move(valid));
    }
    if (!node.is_map() || node.items.size() != 1) return;
    levels[node.place.offset] = {valid, false, false};
    const std::string& name = node.keys[0].text;
    add(SpotKind::name, node.keys[0].place, name, valid);
    types.emplace(&family, name);
    const Alternative* alternative = family.find(name);
    if (alternative == nullptr) return;
    if (node.items[0].is_map()) {
      Tables tables{&alternative->table()};
      if (family.common != nullptr) tables.push_back(family.common);
      return map(node.items[0], tables);
    }
    const std::size_t before = spots.size();
    table(node.items[0], alternative->table());
    const auto& fields = alternative->table().fields;
    const bool needs_nothing =
        std::none_of(fields.begin(), fields.end(), [](const Field& field) { return field.is_required; });
    if (spots.size() > before) spots[before].may_be_nothing = needs_nothing;
  }

  void variable(const Node& node, const TypeOps* ops, const Field* field) {
    const bool in_braces = node.text.starts_with("${");
    const std::string name = node.text.substr(in_braces ? 2 : 1, node.text.size() - (in_braces ? 3 : 1));
    Place place = node.place;
    if (node.quoted) ++place.offset;
    place.offset += in_braces ? 2 : 1;
    std::vector<std::string> valid;
    if (vars_ != nullptr) {
      for (const Key& key : vars_->keys) valid.push_back(key.text);
    }
    add(SpotKind::variable, place, name, std::move(valid));
    const Node* declared = vars_ == nullptr ? nullptr : vars_->find(name);
    if (declared != nullptr) value(*declared, ops, field);
  }

  void experiment(const Node& root) {
    map(root, {&field_table<ExperimentSpec>()});
    if (const Node* base = root.find("base"); base != nullptr && base->is_map()) config(*base);
    if (const Node* seeds = root.find("seeds")) scalar(*seeds, type_ops<std::int64_t>());
    if (const Node* set = root.find("set")) {
      levels[set->place.offset].is_free = true;
      for (std::size_t i = 0; i < set->items.size(); ++i) {
        const auto [ops, field] = path(set->keys[i]);
        if (ops != nullptr) value(set->items[i], ops, field);
      }
    }
    if (const Node* axes_map = root.find("axes")) axes(*axes_map);
    if (const Node* together = root.find("together")) {
      levels[together->place.offset];
      for (const Node& item : together->items) axes(item);
    }
  }

  void axes(const Node& node) {
    levels[node.place.offset].is_free = true;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const auto [ops, field] = path(node.keys[i]);
      const Node& values = node.items[i];
      levels[values.place.offset];
      if (values.is_list()) {
        for (const Node& item : values.items) axis_value(item, ops, field);
        continue;
      }
      const std::vector<std::string> valid{"log", "linear", "steps"};
      levels[values.place.offset].keys = valid;
      for (std::size_t k = 0; k < values.items.size(); ++k) {
        add(SpotKind::key, values.keys[k].place, values.keys[k].text, valid);
        levels[values.items[k].place.offset];
        scalar(values.items[k], type_ops<double>());
      }
    }
  }

  void axis_value(const Node& item, const TypeOps* ops, const Field* field) {
    if (ops != nullptr) return value(item, ops, field);
    if (item.is_scalar() && family<Layer>().find(item.text) != nullptr)
      add(SpotKind::name, item.place, item.text, family<Layer>().names());
  }

  /// A spot for each step of a dotted path, and what it leads to.
  std::pair<const TypeOps*, const Field*> path(const Key& key) {
    Place place = key.place;
    const TypeOps* ops = nullptr;
    const Field* field = nullptr;
    Tables tables{&field_table<TrainingSpec>()};
    for (const std::string& step : split(key.text, '.')) {
      const bool is_index = step.find_first_not_of("0123456789-") == std::string::npos;
      if (!is_index) add(SpotKind::key, place, step, step_words(ops, tables));
      place.offset += static_cast<std::uint32_t>(step.size() + 1);
      if (ops != nullptr && (ops->form == Form::list || ops->form == Form::map)) {
        ops = &inner(*ops->element());
      } else if (ops != nullptr && ops->form == Form::component) {
        const Alternative* chosen = ops->family().find(step);
        tables = chosen == nullptr ? Tables{} : Tables{&chosen->table()};
        if (ops->family().common != nullptr) tables.push_back(ops->family().common);
        ops = nullptr;
      } else {
        if (ops != nullptr && ops->form == Form::table) tables = {&ops->table()};
        ops = nullptr;
        for (const FieldTable* table : tables) {
          if (const Field* found = table->find(step)) field = found, ops = &inner(*found->ops);
        }
        if (ops == nullptr) tables.clear();
      }
    }
    return {ops, field};
  }

  static std::vector<std::string> step_words(const TypeOps* ops, const Tables& tables) {
    if (ops == nullptr) return names_in(tables);
    if (ops->form == Form::component) return ops->family().names();
    if (ops->form == Form::table) return names_in({&ops->table()});
    return {};
  }

  const std::string& text_;
  const Node* vars_ = nullptr;
  std::set<std::size_t> seen_;
};

}  // namespace bunsen::mutation
