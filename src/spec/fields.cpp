#include "spec/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/spelling.h"
#include "base/text.h"
#include "spec/foreign_words.h"

namespace bunsen {
namespace {

std::string child_path(const std::string& path, std::string_view step) {
  return path.empty() ? std::string(step) : fmt::format("{}.{}", path, step);
}

std::string_view kind_text(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return "a single value";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
  }
  return "";
}

void remember_origin(SpecReader& reader, const std::string& path, const Node& node) {
  reader.origins[path] = {node.place, node.used_at};
}

bool nothing_written(SpecReader& reader, const Node& node, const std::string& path) {
  reader.problems.error(Code::wrong_kind, node.place, path, "nothing is written here",
                        "remove the key to take the default", node.used_at);
  return false;
}

/// A struct that a map's keys may belong to: a component's own fields and its family's common ones.
struct Part {
  const FieldTable* table;
  void* object;
};

const Field* find_field(const std::vector<Part>& parts, std::string_view key, void** object = nullptr) {
  for (const Part& part : parts) {
    if (const Field* field = part.table->find(key)) {
      if (object != nullptr) *object = part.object;
      return field;
    }
  }
  return nullptr;
}

const TypeOps& inner_ops(const TypeOps& ops) {
  return ops.form == Form::optional ? inner_ops(*ops.element()) : ops;
}

/// `optimizer.adam` if the key belongs to a component or table one level down; prefers the component that is
/// written.
std::optional<std::string> below(const std::vector<Part>& parts, const Node& node, const std::string& path,
                                 std::string_view key) {
  for (const Part& part : parts) {
    for (const Field& field : part.table->fields) {
      const TypeOps& ops = inner_ops(*field.ops);
      const std::string here = child_path(path, field.name);
      if (ops.form == Form::table && ops.table().find(key) != nullptr) return here;
      if (ops.form != Form::component) continue;
      const Node* written = node.find(field.name);
      const std::string chosen = written == nullptr                            ? ""
                                 : written->is_scalar()                        ? written->text
                                 : written->is_map() && !written->keys.empty() ? written->keys[0].text
                                                                               : "";
      for (const Alternative& alternative : ops.family().alternatives) {
        const bool fits = chosen.empty() || chosen == alternative.name;
        if (fits && alternative.table().find(key) != nullptr) return child_path(here, alternative.name);
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> above(const SpecReader& reader, std::string_view key) {
  for (auto it = reader.enclosing.rbegin(); it != reader.enclosing.rend(); ++it) {
    if (it->first->find(key) != nullptr)
      return it->second.empty() ? std::string("the top level") : it->second;
  }
  return std::nullopt;
}

/// Tells an unknown key with the one best way out; returns the known key that was meant, if any.
std::string unknown_key(SpecReader& reader, const std::vector<Part>& parts, const Node& node, const Key& key,
                        const std::string& path) {
  std::vector<std::string> missing;
  std::vector<std::string> known;
  for (const Part& part : parts) {
    for (const Field& field : part.table->fields) {
      known.emplace_back(field.name);
      if (node.find(field.name) == nullptr) missing.emplace_back(field.name);
    }
  }
  const auto tell = [&](const std::string& hint, const std::string& replacement = {}) {
    reader.problems.error(Code::unknown_key, key.place, path, fmt::format("unknown key '{}'", key.text), hint,
                          {}, replacement);
  };
  std::optional<std::string> meant = closest(key.text, missing);
  if (!meant) meant = closest(key.text, known);
  const std::optional<std::string> own = own_word(key.text);
  if (!meant && own && std::find(known.begin(), known.end(), *own) != known.end()) meant = own;
  if (meant) {
    tell(fmt::format("did you mean '{}'?", *meant), *meant);
    return *meant;
  }
  for (const std::string& word : {key.text, own.value_or("")}) {
    if (word.empty()) continue;
    std::optional<std::string> home = below(parts, node, path, word);
    if (!home) home = above(reader, word);
    if (home) {
      tell(fmt::format("'{}' belongs to {}", word, *home));
      return "";
    }
  }
  tell(known.empty() ? "it takes no keys" : known_words(known));
  return "";
}

std::string missing_hint(const Field& field) {
  return fmt::format("add `{}`: {}", field.name, field.documentation);
}

bool check_required(SpecReader& reader, const std::vector<Part>& parts, const Node& node,
                    const std::string& path, const std::vector<std::string>& told) {
  bool good = true;
  for (const Part& part : parts) {
    for (const Field& field : part.table->fields) {
      const bool is_told = std::find(told.begin(), told.end(), field.name) != told.end();
      if (!field.is_required || (node.is_map() && node.find(field.name) != nullptr)) continue;
      good = false;
      if (!is_told)
        reader.problems.error(Code::missing_key, node.place, path, fmt::format("'{}' is missing", field.name),
                              missing_hint(field), node.used_at);
    }
  }
  return good;
}

bool check_struct(SpecReader& reader, const FieldTable& table, const Node& node, const std::string& path,
                  const void* object) {
  if (table.check == nullptr) return true;
  const std::vector<Contradiction> found = table.check(object);
  for (const Contradiction& item : found) {
    const Node* value = node.is_map() ? node.find(item.field) : nullptr;
    const Place& place = value != nullptr ? value->place : node.place;
    reader.problems.error(Code::contradiction, place, child_path(path, item.field), item.message, item.hint);
  }
  return found.empty();
}

bool read_parts(SpecReader& reader, const std::vector<Part>& parts, const Node& node,
                const std::string& path) {
  bool good = true;
  std::vector<std::string> told;
  reader.enclosing.emplace_back(parts.front().table, path);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    void* object = nullptr;
    const Field* field = find_field(parts, node.keys[i].text, &object);
    if (field == nullptr) {
      told.push_back(unknown_key(reader, parts, node, node.keys[i], path));
      good = false;
      continue;
    }
    good &= read_value(reader, *field, *field->ops, node.items[i], child_path(path, field->name),
                       field->in(object));
  }
  reader.enclosing.pop_back();
  good &= check_required(reader, parts, node, path, told);
  if (!good) return false;
  for (const Part& part : parts) good &= check_struct(reader, *part.table, node, path, part.object);
  return good;
}

bool unknown_name(SpecReader& reader, const Family& family, const std::string& name, const Place& place,
                  const Place& used_at, const std::string& path) {
  std::string hint;
  std::optional<std::string> meant = closest(name, family.names());
  const std::optional<std::string> own = own_word(name);
  if (!meant && own && family.find(*own) != nullptr) meant = own;
  const std::size_t colon = name.find(':');
  if (colon != std::string::npos && family.find(name.substr(0, colon)) != nullptr) {
    hint = "put a space after ':'";
    meant = name.substr(0, colon) + ": " + name.substr(colon + 1);
  } else {
    hint = meant ? fmt::format("did you mean '{}'?", *meant) : known_words(family.names());
  }
  reader.problems.error(Code::unknown_name, place, path, fmt::format("unknown {} '{}'", family.name, name),
                        hint, used_at, meant.value_or(""));
  return false;
}

/// A map with several keys where one name was wanted: most often the fields were not indented.
bool several_names(SpecReader& reader, const Family& family, const Node& node, const std::string& path) {
  const Alternative* first = family.find(node.keys[0].text);
  const bool fields_beside = first != nullptr && node.items[0].is_null() &&
                             std::all_of(node.keys.begin() + 1, node.keys.end(), [&](const Key& key) {
                               return first->table().find(key.text) != nullptr ||
                                      (family.common != nullptr && family.common->find(key.text) != nullptr);
                             });
  if (fields_beside) {
    reader.problems.error(Code::wrong_kind, node.keys[1].place, child_path(path, first->name),
                          fmt::format("'{}' stands beside {}, not inside it", node.keys[1].text, first->name),
                          "indent its fields by two more spaces");
    return false;
  }
  std::vector<std::string> names;
  for (const Key& key : node.keys) names.push_back(key.text);
  const bool is_in_list = family.name == "layer";
  reader.problems.error(
      Code::wrong_kind, node.keys[1].place, path,
      fmt::format("one {} is wanted here, got {}: {}", family.name, names.size(), join(names, ", ")),
      is_in_list ? "begin each with '- ' on a line of its own" : "keep one", node.used_at);
  return false;
}

bool bare_component(SpecReader& reader, const Alternative& alternative, const Node& node,
                    const std::string& path, void* object) {
  const std::vector<Part> parts{{&alternative.table(), alternative.emplace(object)}};
  for (const Field& field : parts[0].table->fields) {
    if (!field.is_required) continue;
    reader.problems.error(Code::missing_key, node.place, child_path(path, alternative.name),
                          fmt::format("'{}' is missing", field.name),
                          fmt::format("write for instance `{}`", alternative.example), node.used_at);
    return false;
  }
  return true;
}

bool component_fields(SpecReader& reader, const Family& family, const Alternative& alternative,
                      const Node& value, const std::string& path, void* object) {
  void* own = alternative.emplace(object);
  const FieldTable& table = alternative.table();
  const std::string here = child_path(path, alternative.name);
  remember_origin(reader, here, value);
  if (value.is_map()) {
    std::vector<Part> parts{{&table, own}};
    if (family.common != nullptr) parts.push_back({family.common, object});
    return read_parts(reader, parts, value, here);
  }
  const Field* main = table.main_field();
  if (main == nullptr) {
    const std::string hint = table.fields.empty()
                                 ? fmt::format("write `{}` alone", alternative.name)
                                 : fmt::format("write for instance `{}`", alternative.example);
    reader.problems.error(Code::wrong_kind, value.place, here,
                          fmt::format("needs a map of fields, got {}", kind_text(value)), hint,
                          value.used_at);
    return false;
  }
  bool good = read_value(reader, *main, *main->ops, value, child_path(here, main->name), main->in(own));
  for (const Field& field : table.fields) {
    if (!field.is_required || &field == main) continue;
    reader.problems.error(Code::missing_key, value.place, here, fmt::format("'{}' is missing", field.name),
                          fmt::format("write for instance `{}`", alternative.example), value.used_at);
    good = false;
  }
  return good && check_struct(reader, table, value, here, own);
}

bool read_list(SpecReader& reader, const Field& field, const TypeOps& ops, const Node& node,
               const std::string& path, void* value) {
  ops.clear(value);
  const TypeOps& element = *ops.element();
  if (node.is_scalar() && element.form == Form::scalar) {
    // `mean: 0.5` for a list of one number.
    return read_value(reader, field, element, node, child_path(path, "0"), ops.append(value, ""));
  }
  if (!node.is_list()) {
    reader.problems.error(Code::wrong_kind, node.place, path,
                          fmt::format("needs a list, got {}", kind_text(node)), "begin each item with '- '",
                          node.used_at);
    return false;
  }
  if (field.is_required && node.items.empty()) {
    reader.problems.error(Code::wrong_kind, node.place, path, "the list is empty", "add at least one item",
                          node.used_at);
    return false;
  }
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    good &= read_value(reader, field, element, node.items[i], child_path(path, std::to_string(i)),
                       ops.append(value, ""));
  }
  return good;
}

bool read_map(SpecReader& reader, const Field& field, const TypeOps& ops, const Node& node,
              const std::string& path, void* value) {
  ops.clear(value);
  if (!node.is_map()) {
    reader.problems.error(Code::wrong_kind, node.place, path,
                          fmt::format("needs a map of names, got {}", kind_text(node)), "write `name: value`",
                          node.used_at);
    return false;
  }
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    good &= read_value(reader, field, *ops.element(), node.items[i], child_path(path, node.keys[i].text),
                       ops.append(value, node.keys[i].text));
  }
  return good;
}

bool read_optional(SpecReader& reader, const Field& field, const TypeOps& ops, const Node& node,
                   const std::string& path, void* value) {
  ops.clear(value);
  if (!field.absent_word.empty() && node.is_scalar() && node.text == field.absent_word) return true;
  const bool good = read_value(reader, field, *ops.element(), node, path, ops.append(value, ""));
  if (!good) ops.clear(value);
  return good;
}

Node write_component(const Family& family, const void* object, WriteMode mode) {
  const Alternative& alternative = family.alternatives[family.index(object)];
  Node fields = Node::map();
  if (family.common != nullptr) fields = write_table(*family.common, object, mode);
  const Node own = write_table(alternative.table(), family.get(object), mode);
  for (std::size_t i = 0; i < own.items.size(); ++i) fields.set(own.keys[i].text, own.items[i]);
  if (fields.items.empty()) return Node::scalar(std::string(alternative.name));
  Node out = Node::map();
  out.set(std::string(alternative.name), std::move(fields));
  return out;
}

bool is_empty(const Node& node) {
  if (node.is_scalar()) return node.text.empty();
  return node.items.empty();
}

}  // namespace

const Field* FieldTable::find(std::string_view key) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.name == key; });
  return found == fields.end() ? nullptr : &*found;
}

const Field* FieldTable::main_field() const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [](const Field& field) { return field.is_main; });
  return found == fields.end() ? nullptr : &*found;
}

const Alternative* Family::find(std::string_view alternative) const {
  const auto found = std::find_if(alternatives.begin(), alternatives.end(),
                                  [&](const Alternative& a) { return a.name == alternative; });
  return found == alternatives.end() ? nullptr : &*found;
}

std::vector<std::string> Family::names() const {
  std::vector<std::string> out;
  for (const Alternative& alternative : alternatives) out.emplace_back(alternative.name);
  return out;
}

Place SpecReader::place_of(std::string path) const {
  while (true) {
    const auto found = origins.find(path);
    if (found != origins.end() && found->second.first.known()) return found->second.first;
    const std::size_t dot = path.rfind('.');
    if (path.empty()) return {};
    path = dot == std::string::npos ? std::string() : path.substr(0, dot);
  }
}

bool read_table(SpecReader& reader, const FieldTable& table, const Node& node, const std::string& path,
                void* object) {
  if (!node.is_map()) {
    if (const Field* main = table.main_field())
      return read_value(reader, *main, *main->ops, node, child_path(path, main->name), main->in(object));
    const std::string hint = table.example.empty() ? "write `key: value` lines"
                                                   : fmt::format("write for instance `{}`", table.example);
    reader.problems.error(Code::wrong_kind, node.place, path,
                          fmt::format("needs a map of keys, got {}", kind_text(node)), hint, node.used_at);
    return false;
  }
  return read_parts(reader, {{&table, object}}, node, path);
}

bool read_component(SpecReader& reader, const Family& family, const Node& node, const std::string& path,
                    void* object) {
  if (node.is_scalar()) {
    const Alternative* alternative = family.find(node.text);
    if (alternative == nullptr)
      return unknown_name(reader, family, node.text, node.place, node.used_at, path);
    const bool good = bare_component(reader, *alternative, node, path, object);
    if (family.located != nullptr) family.located(object, node.place, path);
    return good;
  }
  if (!node.is_map() || node.items.empty()) {
    reader.problems.error(
        Code::wrong_kind, node.place, path,
        fmt::format("needs one {}, got {}", family.name, node.is_map() ? "an empty map" : kind_text(node)),
        known_words(family.names()), node.used_at);
    return false;
  }
  if (node.items.size() > 1) return several_names(reader, family, node, path);
  const Key& key = node.keys[0];
  const Alternative* alternative = family.find(key.text);
  if (alternative == nullptr) return unknown_name(reader, family, key.text, key.place, node.used_at, path);
  const Node& value = node.items[0];
  Node named = node;  // an error about the whole component points at its name
  named.place = key.place;
  const bool good = value.is_null() ? bare_component(reader, *alternative, named, path, object)
                                    : component_fields(reader, family, *alternative, value, path, object);
  if (family.located != nullptr) family.located(object, key.place, path);
  return good;
}

bool read_value(SpecReader& reader, const Field& field, const TypeOps& ops, const Node& node,
                const std::string& path, void* value) {
  remember_origin(reader, path, node);
  if (node.is_null()) return nothing_written(reader, node, path);
  switch (ops.form) {
    case Form::scalar:
      return ops.read(reader, field, node, path, value);
    case Form::list:
      return read_list(reader, field, ops, node, path, value);
    case Form::map:
      return read_map(reader, field, ops, node, path, value);
    case Form::optional:
      return read_optional(reader, field, ops, node, path, value);
    case Form::table:
      return read_table(reader, ops.table(), node, path, value);
    case Form::component:
      return read_component(reader, ops.family(), node, path, value);
  }
  return false;
}

Node write_value(const Field& field, const TypeOps& ops, const void* value, WriteMode mode) {
  switch (ops.form) {
    case Form::scalar:
      return ops.write(value);
    case Form::optional:
      if (ops.size(value) > 0) return write_value(field, *ops.element(), ops.at(value, 0), mode);
      return field.absent_word.empty() ? Node() : Node::scalar(std::string(field.absent_word));
    case Form::table:
      return write_table(ops.table(), value, mode);
    case Form::component:
      return write_component(ops.family(), value, mode);
    case Form::list:
    case Form::map:
      break;
  }
  Node out = ops.form == Form::map ? Node::map() : Node::list();
  for (std::size_t i = 0; i < ops.size(value); ++i) {
    Node item = write_value(field, *ops.element(), ops.at(value, i), mode);
    if (ops.form == Form::map) {
      out.set(ops.key_at(value, i), std::move(item));
    } else {
      out.push(std::move(item));
    }
  }
  return out;
}

Node write_table(const FieldTable& table, const void* object, WriteMode mode) {
  Node out = Node::map();
  for (const Field& field : table.fields) {
    if (mode == WriteMode::minimal) {
      if (field.is_operational) continue;
      const bool is_default =
          !field.is_required &&
          write_value(field, *field.ops, field.in(object), WriteMode::full)
              .same_as(write_value(field, *field.ops, field.in(table.defaults), WriteMode::full));
      if (is_default) continue;
    }
    Node value = write_value(field, *field.ops, field.in(object), mode);
    if (is_empty(value)) continue;
    out.set(std::string(field.name), std::move(value));
  }
  return out;
}

}  // namespace bunsen
