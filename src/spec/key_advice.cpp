#include "spec/key_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/number_text.h"
#include "base/spelling.h"
#include "spec/foreign_words.h"
#include "spec/training.h"

namespace bunsen {
namespace {

const TypeOps& value_ops(const TypeOps& ops) {
  return ops.form == Form::optional ? value_ops(*ops.element()) : ops;
}

std::string below_path(std::string_view path, std::string_view step) {
  return path.empty() ? std::string(step) : fmt::format("{}.{}", path, step);
}

std::string_view with_article(std::string_view noun) {
  return std::string_view("aeiou").find(noun.front()) == std::string_view::npos ? "a" : "an";
}

/// The name of the component that is written at a key of the map; empty if there is none.
std::string chosen_name(const Node& map, std::string_view key) {
  const Node* written = map.find(key);
  if (written == nullptr) return {};
  if (written->is_scalar()) return written->text;
  return written->is_map() && !written->keys.empty() ? written->keys[0].text : std::string();
}

bool holds_nothing(const Node& map, std::string_view key) {
  const Node* written = map.find(key);
  return written != nullptr && (written->is_null() || (!written->is_scalar() && written->items.empty()));
}

bool is_one_of(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

KeyAdvice belongs_to(std::string_view key, const std::string& home) {
  return {"", below_path(home, key), fmt::format("'{}' belongs to {}", key, home)};
}

/// The key is a field of a struct or component one level down; the component that is written comes first.
std::optional<KeyAdvice> field_below(const KeyQuestion& question, std::string_view key, const Field& field) {
  const TypeOps& ops = value_ops(*field.ops);
  const std::string here = below_path(question.path, field.name);
  if (ops.form == Form::table && ops.table().find(key) != nullptr) return belongs_to(key, here);
  if (ops.form != Form::component) return std::nullopt;
  const std::string chosen = chosen_name(question.node, field.name);
  for (const Alternative& alternative : ops.family().alternatives) {
    const bool fits = chosen.empty() || chosen == alternative.name;
    if (fits && alternative.table().find(key) != nullptr)
      return belongs_to(key, below_path(here, alternative.name));
  }
  return std::nullopt;
}

/// The key is the name of a type: `adam` beside `optimizer`, `linear` beside `layers`.
std::optional<KeyAdvice> type_below(const KeyQuestion& question, std::string_view key, const Field& field) {
  const TypeOps& ops = value_ops(*field.ops);
  const bool is_list = ops.form == Form::list && value_ops(*ops.element()).form == Form::component;
  if (!is_list && ops.form != Form::component) return std::nullopt;
  const Family& family = is_list ? value_ops(*ops.element()).family() : ops.family();
  if (family.find(key) == nullptr) return std::nullopt;
  const std::string what = fmt::format("'{}' is {} {}", key, with_article(family.name), family.name);
  const std::string home = below_path(question.path, field.name);
  if (is_list) return KeyAdvice{"", home, fmt::format("{}: make it an item of `{}`", what, field.name)};
  return KeyAdvice{"", below_path(home, key), fmt::format("{}: write it below `{}`", what, field.name)};
}

std::optional<KeyAdvice> below(const KeyQuestion& question, std::string_view key) {
  std::optional<KeyAdvice> found;
  for (const auto look : {&field_below, &type_below}) {
    for (const FieldTable* table : question.tables) {
      for (const Field& field : table->fields) {
        std::optional<KeyAdvice> advice = look(question, key, field);
        if (!advice) continue;
        // Where nothing is written yet, the key was most probably meant to stand.
        if (holds_nothing(question.node, field.name)) {
          advice->is_below = question.node.find(field.name)->is_null();
          if (advice->is_below)
            advice->hint = fmt::format("indent it by two more spaces, below `{}:`", field.name);
          return advice;
        }
        if (!found) found = advice;
      }
    }
    if (found) return found;
  }
  return std::nullopt;
}

/// A map of the user's own keys that is still empty, above keys that could be its own: `layers:`, then
/// `hidden:` in the same column.
std::optional<KeyAdvice> below_empty_map(const KeyQuestion& question) {
  for (const FieldTable* table : question.tables) {
    for (const Field& field : table->fields) {
      const Node* written = question.node.find(field.name);
      if (field.ops->form != Form::map || written == nullptr || !written->is_null()) continue;
      return KeyAdvice{"",
                       below_path(below_path(question.path, field.name), question.key),
                       fmt::format("indent it by two more spaces, below `{}:`", field.name),
                       {},
                       true};
    }
  }
  return std::nullopt;
}

std::optional<KeyAdvice> above(const KeyQuestion& question, std::string_view key) {
  for (auto it = question.enclosing.rbegin(); it != question.enclosing.rend(); ++it) {
    const auto& [table, path] = *it;
    if (table->find(key) == nullptr || path == question.path) continue;
    if (!path.empty()) return belongs_to(key, path);
    return KeyAdvice{"", std::string(key), fmt::format("'{}' belongs to the top level", key)};
  }
  return std::nullopt;
}

/// `momentum` in adam: a key of sgd.
std::optional<KeyAdvice> in_another_type(const KeyQuestion& question) {
  if (question.family == nullptr || question.tables.empty()) return std::nullopt;
  for (const Alternative& other : question.family->alternatives) {
    if (other.table().find(question.key) == nullptr) continue;
    return KeyAdvice{"", "",
                     fmt::format("'{}' is a key of {}, not of {}", question.key, other.name,
                                 question.tables.front()->name)};
  }
  return std::nullopt;
}

/// `train: {epochs: 3, batch: 100}`, `model: {layers: [...]}`: a map of what belongs here.
std::optional<KeyAdvice> holds_our_keys(const KeyQuestion& question,
                                        const std::vector<std::string>& missing) {
  const Node* value = question.node.find(question.key);
  if (value == nullptr || !value->is_map()) return std::nullopt;
  std::vector<std::string> ours;
  for (const Key& key : value->keys) {
    std::vector<std::string> words = own_words(key.text);
    words.insert(words.begin(), key.text);
    const auto found = std::find_if(words.begin(), words.end(),
                                    [&](const std::string& word) { return is_one_of(missing, word); });
    if (found != words.end()) ours.push_back(*found);
  }
  if (ours.empty() || 2 * ours.size() < value->keys.size()) return std::nullopt;
  KeyAdvice advice{"", "", fmt::format("its keys stand at this level: write `{}: ...`", ours.front())};
  for (const std::string& key : ours) advice.freed.push_back(below_path(question.path, key));
  return advice;
}

/// `lr: 0,001` in braces is `lr: 0` and a key `001`.
std::optional<KeyAdvice> decimal_comma(const KeyQuestion& question) {
  if (question.key.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  for (std::size_t i = 1; i < question.node.keys.size(); ++i) {
    const Node& before = question.node.items[i - 1];
    const bool is_number = before.is_scalar() && scalar_kind(before.text) == ScalarKind::integer;
    if (question.node.keys[i].text != question.key || !is_number || !question.node.items[i].is_null())
      continue;
    return KeyAdvice{"", "", fmt::format("write {}.{}, with a point", before.text, question.key)};
  }
  return std::nullopt;
}

/// In an experiment, keys of a config stand in the base if it is written there, else as paths in `axes` (with
/// several values) or `set`.
std::optional<KeyAdvice> path_of_an_axis(const KeyQuestion& question) {
  if (question.tables.front()->find("axes") == nullptr) return std::nullopt;
  const std::string_view step = question.key.substr(0, question.key.find('.'));
  if (step != "vars" && field_table<TrainingSpec>().find(step) == nullptr) return std::nullopt;
  const Node* base = question.node.find("base");
  if (base != nullptr && base->is_map() && step == question.key) return belongs_to(question.key, "base");
  const Node* value = question.node.find(question.key);
  const bool may_vary = value != nullptr && !value->is_scalar();
  return belongs_to(question.key, may_vary ? "axes" : "set");
}

/// `nn.Linear(64)`, `torch.optim.Adam`, `sgd with momentum` -> `Linear`, `Adam`, `sgd`; empty if it is one
/// word.
std::string bare_name(std::string_view text) {
  const std::size_t end = std::min(text.find_first_of(" (,"), text.size());
  std::string_view name = text.substr(0, end);
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) name.remove_prefix(dot + 1);
  return name.size() == text.size() ? std::string() : std::string(name);
}

/// Is the name another framework's for one of ours, and no mere slip?
std::optional<std::string> own_name(const std::vector<std::string>& names, std::string_view name) {
  for (const std::string& own : own_words(name)) {
    if (is_one_of(names, own)) return own;
  }
  return std::nullopt;
}

std::optional<std::string> meant_name(const std::vector<std::string>& names, std::string_view name) {
  const std::optional<std::string> own = own_name(names, name);
  return own ? own : closest(name, names);
}

bool needs_fields(const Alternative& type) {
  const auto& fields = type.table().fields;
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) { return field.is_required; });
}

/// Types that know all of the fields that are written; none where no fields are.
std::vector<std::string> names_that_take(const Family& family, const Node* fields) {
  std::vector<std::string> names;
  if (fields == nullptr || !fields->is_map() || fields->keys.empty()) return names;
  for (const Alternative& type : family.alternatives) {
    const bool takes_all = std::all_of(fields->keys.begin(), fields->keys.end(), [&](const Key& key) {
      return type.table().find(key.text) != nullptr ||
             (family.common != nullptr && family.common->find(key.text) != nullptr);
    });
    if (takes_all) names.emplace_back(type.name);
  }
  return names;
}

}  // namespace

KeyAdvice key_advice(const KeyQuestion& question) {
  // Keys that are not written yet first: they win a tie.
  std::vector<std::string> declared;
  std::vector<std::string> known;
  std::vector<std::string> written;
  for (const FieldTable* table : question.tables) {
    for (const Field& field : table->fields) {
      declared.emplace_back(field.name);
      (question.node.find(field.name) == nullptr ? known : written).emplace_back(field.name);
    }
  }
  const std::vector<std::string> missing = known;
  known.insert(known.end(), written.begin(), written.end());
  const auto did_you_mean = [](const std::string& word) {
    return KeyAdvice{word, "", fmt::format("did you mean '{}'?", word)};
  };
  const std::string key(question.key);
  const std::vector<std::string> own = own_words(key);
  const std::optional<std::string> near = closest(key, known);
  const bool is_like_none = !near && !below(question, key);
  if (const auto found = is_like_none ? holds_our_keys(question, missing) : std::nullopt) return *found;
  for (const std::string& word : own) {
    if (is_one_of(missing, word)) return did_you_mean(word);
  }
  if (means_something_else(key)) return {"", "", foreign_advice(key)};
  if (const auto found = decimal_comma(question)) return *found;
  if (const auto path = near ? std::nullopt : path_of_an_axis(question)) return *path;
  // The very word elsewhere is nearer than a similar one here.
  if (const auto found = below(question, key)) return *found;
  if (const auto found = above(question, key)) return *found;
  if (near) return did_you_mean(*near);
  if (const auto found = below_empty_map(question)) return *found;
  if (const auto found = in_another_type(question)) return *found;
  if (const std::string advice = foreign_advice(key); !advice.empty()) return {"", "", advice};
  for (const std::string& word : own) {
    if (is_one_of(known, word)) return {"", "", fmt::format("'{}' says that already", word)};
    std::optional<KeyAdvice> found = below(question, word);
    if (!found) found = above(question, word);
    if (found) return {"", "", fmt::format("it is called '{}' here: {}", word, found->hint)};
  }
  return {"", "", known.empty() ? "it takes no keys" : known_words(declared)};
}

NameAdvice name_advice(const Family& family, std::string_view name, const Node* fields) {
  const std::vector<std::string> names = family.names();
  const bool is_bare = fields == nullptr;
  const std::size_t colon = name.find(':');
  if (colon != std::string_view::npos && family.find(name.substr(0, colon)) != nullptr)
    return {"put a space after ':'", fmt::format("{}: {}", name.substr(0, colon), name.substr(colon + 1))};
  if (const std::string bare = bare_name(name); !bare.empty()) {
    const std::optional<std::string> meant = meant_name(names, bare);
    const Alternative* alternative = meant ? family.find(*meant) : nullptr;
    if (alternative != nullptr) return {fmt::format("write for instance `{}`", alternative->example), ""};
  }
  const bool is_number = scalar_kind(name) == ScalarKind::integer;
  if (is_number && family.find("linear") != nullptr) {
    const std::string layer = fmt::format("linear: {}", name);
    return {fmt::format("write `{}`", layer), layer};
  }
  if (const auto own = own_name(names, name); own && is_bare) {
    const Alternative* type = family.find(*own);
    if (type != nullptr && needs_fields(*type))
      return {fmt::format("write for instance `{}`", type->example), ""};
  }
  std::optional<std::string> meant = closest(name, names_that_take(family, fields));
  if (!meant) meant = meant_name(names, name);
  if (meant) return {fmt::format("did you mean '{}'?", *meant), *meant};
  if (const std::string advice = foreign_advice(name); !advice.empty()) return {advice, ""};
  return {known_words(names), ""};
}

const Alternative* named_otherwise(const Family& family, const Node& node) {
  constexpr std::array<std::string_view, 9> keys{"type",     "name",   "kind",       "class", "class_name",
                                                 "_target_", "target", "class_path", "layer"};
  for (const std::string_view key : keys) {
    const Node* value = node.find(key);
    if (value == nullptr || !value->is_scalar()) continue;
    const std::string bare = bare_name(value->text);
    const auto meant = meant_name(family.names(), bare.empty() ? value->text : bare);
    if (meant) return family.find(*meant);
  }
  return nullptr;
}

}  // namespace bunsen
