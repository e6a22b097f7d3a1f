#include "spec/path_choices.h"

#include <fmt/format.h>

#include <optional>

#include "base/number_text.h"
#include "base/text.h"
#include "spec/training.h"

namespace bunsen {
namespace {

const TypeOps& without_optional(const TypeOps& ops) {
  return ops.form == Form::optional ? without_optional(*ops.element()) : ops;
}

/// Where a path has led to: keys of tables, or one value.
struct Spot {
  std::vector<const FieldTable*> tables;  ///< keys come next; else `ops` says what does
  const Field* field = nullptr;           ///< the last key on the way
  const TypeOps* ops = nullptr;
  const Node* node = nullptr;  ///< what stands there; nullptr: not known, or nothing

  bool has_keys() const { return !tables.empty(); }
};

Spot spot_of_value(const Field* field, const TypeOps& outer, const Node* node) {
  const TypeOps& ops = without_optional(outer);
  if (ops.form == Form::table) return {{&ops.table()}, field, &outer, node};
  return {{}, field, &outer, node};
}

/// The component that is written, if its name is one of the family's.
const Alternative* chosen_of(const Family& family, const Node* node) {
  if (node == nullptr) return nullptr;
  if (node->is_scalar()) return family.find(node->text);
  return node->is_map() && node->items.size() == 1 ? family.find(node->keys[0].text) : nullptr;
}

std::vector<const FieldTable*> tables_of(const Family& family, const Alternative& alternative) {
  std::vector<const FieldTable*> tables{&alternative.table()};
  if (family.common != nullptr) tables.push_back(family.common);
  return tables;
}

/// The map of the component's fields, where it is written as one.
const Node* fields_of(const Node* node) {
  return node != nullptr && node->is_map() && node->items.size() == 1 && node->items[0].is_map()
             ? &node->items[0]
             : nullptr;
}

std::string name_of_item(const Node& item) {
  const Node* fields = fields_of(&item);
  const Node* name = fields == nullptr ? nullptr : fields->find("name");
  return name != nullptr && name->is_scalar() ? name->text : std::string();
}

/// A list's items with a name, those inside `repeat`s too.
void collect_named(const Node& list, std::vector<std::pair<std::string, const Node*>>& named) {
  for (const Node& item : list.items) {
    if (const std::string name = name_of_item(item); !name.empty()) named.emplace_back(name, &item);
    const Node* fields = fields_of(&item);
    const Node* inner = fields == nullptr ? nullptr : fields->find("layers");
    if (inner != nullptr && inner->is_list()) collect_named(*inner, named);
  }
}

const Node* item_of(const Node* list, const std::string& step) {
  if (list == nullptr || !list->is_list()) return nullptr;
  const IntegerText number = parse_integer(step);
  if (number.error == NumberError::none) {
    const auto size = static_cast<std::int64_t>(list->items.size());
    const std::int64_t index = number.value < 0 ? number.value + size : number.value;
    return index >= 0 && index < size ? &list->items[static_cast<std::size_t>(index)] : nullptr;
  }
  std::vector<std::pair<std::string, const Node*>> named;
  collect_named(*list, named);
  for (const auto& [name, item] : named) {
    if (name == step) return item;
  }
  return nullptr;
}

std::optional<Spot> step_into(const Spot& spot, const std::string& step) {
  if (spot.has_keys()) {
    for (const FieldTable* table : spot.tables) {
      const Field* field = table->find(step);
      if (field == nullptr) continue;
      return spot_of_value(field, *field->ops, spot.node == nullptr ? nullptr : spot.node->find(step));
    }
    return std::nullopt;
  }
  const TypeOps& ops = without_optional(*spot.ops);
  if (ops.form == Form::list) return spot_of_value(spot.field, *ops.element(), item_of(spot.node, step));
  if (ops.form == Form::map) {
    return spot_of_value(spot.field, *ops.element(), spot.node == nullptr ? nullptr : spot.node->find(step));
  }
  if (ops.form != Form::component) return std::nullopt;
  const Alternative* wanted = ops.family().find(step);
  const Alternative* chosen = chosen_of(ops.family(), spot.node);
  if (wanted == nullptr || (chosen != nullptr && chosen != wanted)) return std::nullopt;
  const Field* main = wanted->table().main_field();
  return Spot{tables_of(ops.family(), *wanted), main, main == nullptr ? nullptr : main->ops,
              fields_of(spot.node)};
}

std::optional<Spot> walk(const std::vector<std::string>& steps, const Node* root) {
  std::optional<Spot> spot = Spot{{&field_table<TrainingSpec>()}, nullptr, nullptr, root};
  for (const std::string& step : steps) {
    spot = step_into(*spot, step);
    if (!spot) return std::nullopt;
  }
  return spot;
}

bool goes_on(const TypeOps& outer) {
  const TypeOps& ops = without_optional(outer);
  if (ops.form == Form::list) return without_optional(*ops.element()).form != Form::scalar;
  return ops.form != Form::scalar;
}

/// Choices of the next step behind a prefix such as `optimizer.`.
class NextSteps {
 public:
  /// `removes`: what is written can be removed, all else can't; `knows_config`: what is not written is not
  /// there.
  NextSteps(std::string prefix, std::string begun, bool removes, bool knows_config)
      : prefix_(std::move(prefix)),
        begun_(std::move(begun)),
        is_removal_(removes),
        needs_node_(removes && knows_config) {}

  void offer(const Spot& spot) {
    if (needs_node_ && spot.node == nullptr) return;
    if (spot.has_keys()) return keys(spot);
    const TypeOps& ops = without_optional(*spot.ops);
    if (ops.form == Form::component) return components(ops.family(), spot.node);
    if (ops.form == Form::list) return items(ops, spot.node);
    if (ops.form == Form::map && spot.node != nullptr) {
      for (std::size_t i = 0; i < spot.node->keys.size(); ++i)
        add(spot.node->keys[i].text, true, goes_on(*ops.element()), "");
    }
  }
  void variables(const Node& root) {
    const Node* vars = root.find("vars");
    if (vars == nullptr || vars->keys.empty() || is_removal_) return;
    if (prefix_ == "vars.") {
      for (std::size_t i = 0; i < vars->keys.size(); ++i)
        add(vars->keys[i].text, true, false, vars->items[i].is_scalar() ? vars->items[i].text : "");
    } else if (prefix_.empty()) {
      add("vars", false, true, "Variables of this config.");
    }
  }
  std::vector<PathChoice> take() { return std::move(choices_); }

 private:
  void add(std::string_view step, bool is_value, bool has_more, std::string_view help) {
    if (!step.starts_with(begun_)) return;
    const std::string text = (is_removal_ ? "~" : "") + prefix_ + std::string(step);
    if (is_value) choices_.push_back({is_removal_ ? text : text + '=', std::string(help)});
    if (has_more) choices_.push_back({text + '.', std::string(help)});
  }

  void keys(const Spot& spot) {
    for (const FieldTable* table : spot.tables) {
      for (const Field& field : table->fields) {
        if (!needs_node_ || spot.node->find(field.name) != nullptr)
          add(field.name, true, goes_on(*field.ops), field.documentation);
      }
    }
  }

  void components(const Family& family, const Node* node) {
    const Alternative* chosen = chosen_of(family, node);
    for (const Alternative& alternative : family.alternatives) {
      if (chosen != nullptr && chosen != &alternative) continue;
      bool has_fields = false;
      for (const FieldTable* table : tables_of(family, alternative)) has_fields |= !table->fields.empty();
      const bool has_main = alternative.table().main_field() != nullptr;
      add(alternative.name, has_main && !is_removal_, has_fields, alternative.doc);
    }
  }

  void items(const TypeOps& list, const Node* node) {
    const TypeOps& element = without_optional(*list.element());
    if (node == nullptr || !node->is_list()) {
      // Nothing is known of the list: its first and its last item stand for all.
      for (const std::string_view index : {"0", "-1"}) add(index, true, element.form != Form::scalar, "");
    } else {
      const auto help = [&element](const Node& item) {
        const Alternative* chosen =
            element.form == Form::component ? chosen_of(element.family(), &item) : nullptr;
        return chosen == nullptr ? std::string_view() : chosen->name;
      };
      for (std::size_t i = 0; i < node->items.size(); ++i)
        add(std::to_string(i), true, element.form != Form::scalar, help(node->items[i]));
      std::vector<std::pair<std::string, const Node*>> named;
      collect_named(*node, named);
      for (const auto& [name, item] : named)
        add(name, !is_removal_, element.form != Form::scalar, help(*item));
    }
    if (!is_removal_) add("+", true, false, "Append.");
  }

  std::string prefix_;
  std::string begun_;
  bool is_removal_;
  bool needs_node_;
  std::vector<PathChoice> choices_;
};

/// Words that the value may be.
void collect_words(const Field* field, const TypeOps& ops, std::vector<PathChoice>& words) {
  if (ops.form == Form::optional) {
    if (field != nullptr && !field->absent_word.empty())
      words.push_back({std::string(field->absent_word), ""});
    return collect_words(field, *ops.element(), words);
  }
  if (ops.form == Form::component) {
    for (const Alternative& alternative : ops.family().alternatives)
      words.push_back({std::string(alternative.name), std::string(alternative.doc)});
  } else if (ops.form == Form::table) {
    const Field* main = ops.table().main_field();
    if (main != nullptr) collect_words(main, *main->ops, words);
  } else if (ops.words != nullptr) {
    for (const std::string_view word : *ops.words()) words.push_back({std::string(word), ""});
  } else if (&ops == &type_ops<bool>()) {
    words.push_back({"true", ""});
    words.push_back({"false", ""});
  }
}

std::vector<PathChoice> value_choices(const std::string& path, const std::string& begun, const Node* root) {
  std::vector<std::string> steps = split(path, '.');
  std::vector<PathChoice> words;
  if (steps.back() == "+") steps.back() = "0";
  const std::optional<Spot> spot = walk(steps, root);
  if (spot && spot->ops != nullptr) collect_words(spot->field, *spot->ops, words);
  std::vector<PathChoice> choices;
  for (const PathChoice& word : words) {
    if (word.text.starts_with(begun)) choices.push_back({path + '=' + word.text, word.help});
  }
  return choices;
}

}  // namespace

std::vector<PathChoice> path_choices(const std::string& begun, const Node* root) {
  const bool is_removal = begun.starts_with('~');
  const std::string path = begun.substr(is_removal ? 1 : 0);
  const std::size_t equals = path.find('=');
  if (equals != std::string::npos && !is_removal)
    return value_choices(path.substr(0, equals), path.substr(equals + 1), root);
  const std::size_t dot = path.rfind('.');
  const std::string prefix = dot == std::string::npos ? std::string() : path.substr(0, dot + 1);
  NextSteps next(prefix, path.substr(prefix.size()), is_removal, root != nullptr);
  const std::vector<std::string> steps =
      prefix.empty() ? std::vector<std::string>() : split(prefix.substr(0, prefix.size() - 1), '.');
  if (const std::optional<Spot> spot = walk(steps, root)) {
    if (spot->has_keys() || spot->ops != nullptr) next.offer(*spot);
  }
  if (root != nullptr) next.variables(*root);
  return next.take();
}

}  // namespace bunsen
