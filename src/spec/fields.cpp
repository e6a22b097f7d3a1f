#include "spec/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/number_text.h"
#include "base/spelling.h"
#include "base/text.h"
#include "spec/key_advice.h"

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

/// Has a key that belongs to `path`, or below it, been told as misplaced?
bool is_misplaced(const SpecReader& reader, const std::string& path) {
  return std::any_of(reader.misplaced.begin(), reader.misplaced.end(), [&](const std::string& key) {
    return key.starts_with(path) && (key.size() == path.size() || key[path.size()] == '.');
  });
}

/// `layers` for `layers.3`, any other path itself: a layer that stands elsewhere is missed in no item.
std::string list_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  const bool is_item = dot != std::string::npos && dot + 1 < path.size() &&
                       path.find_first_not_of("0123456789", dot + 1) == std::string::npos;
  return is_item ? path.substr(0, dot) : path;
}

bool nothing_written(SpecReader& reader, const Field& field, const Node& node, const std::string& path) {
  if (is_misplaced(reader, path)) return false;
  const std::string hint = field.is_required ? fmt::format("write a value: {}", field.documentation)
                                             : std::string("remove the key to take the default");
  reader.problems.error(Code::wrong_kind, node.place, path, "nothing is written here", hint, node.used_at);
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

/// Could `node` be a value of this type at all? Else reading it would tell a second mistake that is none.
bool fits(const TypeOps& outer, const Node& node) {
  const TypeOps& ops = inner_ops(outer);
  switch (ops.form) {
    case Form::scalar:
      return ops.type_name.starts_with('[') ? node.is_list() : node.is_scalar();
    case Form::list:
      return node.is_list();
    case Form::map:
      return node.is_map();
    case Form::table:
      return node.is_map() || (node.is_scalar() && ops.table().main_field() != nullptr);
    case Form::component:
    case Form::optional:
      return node.is_map() || node.is_scalar();
  }
  return false;
}

/// Keys of a map that is being read: where each may go, and what was made of those that are not known.
struct Reading {
  const std::vector<Part>& parts;
  const Node& node;
  const std::string& path;
  const Family* family = nullptr;       ///< of the component whose fields they are
  std::vector<std::string> meant = {};  ///< for each key: itself, the known key that was meant, or nothing
  const TypeOps* lost =
      nullptr;  ///< type of the last key that belongs further out and has its fields beside it
};

bool takes_key(const TypeOps& outer, std::string_view key) {
  const TypeOps& ops = inner_ops(outer);
  if (ops.form == Form::table) return ops.table().find(key) != nullptr;
  return ops.form == Form::component && ops.family().find(key) != nullptr;
}

/// `batch:` indented too deep, so that `size: 100` stands beside it: the type of `batch`.
const TypeOps* lost_type(const SpecReader& reader, const Node& node, const Key& key) {
  const Node* value = node.find(key.text);
  if (value == nullptr || !value->is_null()) return nullptr;
  for (auto it = reader.enclosing.rbegin(); it != reader.enclosing.rend(); ++it) {
    if (const Field* field = it->first->find(key.text)) return field->ops;
  }
  return nullptr;
}

/// Tells an unknown key with the one best way out.
std::string tell_unknown_key(SpecReader& reader, const Reading& reading, const Key& key) {
  std::vector<const FieldTable*> tables;
  for (const Part& part : reading.parts) tables.push_back(part.table);
  const KeyAdvice advice =
      key_advice({key.text, reading.node, reading.path, tables, reading.family, reader.enclosing});
  const bool is_told = advice.is_below && is_misplaced(reader, advice.home.substr(0, advice.home.rfind('.')));
  if (!is_told)
    reader.problems.error(Code::unknown_key, key.place, reading.path,
                          fmt::format("unknown key '{}'", key.text), advice.hint, {}, advice.meant);
  if (!advice.home.empty()) reader.misplaced.insert(advice.home);
  reader.misplaced.insert(advice.freed.begin(), advice.freed.end());
  return advice.meant;
}

/// Before any value is read: what stands in a wrong place is missed nowhere.
bool tell_unknown_keys(SpecReader& reader, Reading& reading) {
  bool good = true;
  for (const Key& key : reading.node.keys) {
    const bool is_known = find_field(reading.parts, key.text) != nullptr;
    good &= is_known;
    const bool is_told = !is_known && reading.lost != nullptr && takes_key(*reading.lost, key.text);
    reading.meant.push_back(is_known || is_told ? key.text : tell_unknown_key(reader, reading, key));
    if (!is_known && !is_told) reading.lost = lost_type(reader, reading.node, key);
  }
  return good;
}

std::string missing_hint(const Field& field) {
  return fmt::format("add `{}`: {}", field.name, field.documentation);
}

bool check_required(SpecReader& reader, const Reading& reading) {
  bool good = true;
  // Nothing but unknown keys: what they should have been is what is missing.
  const bool is_all_unknown =
      !reading.meant.empty() && std::all_of(reading.meant.begin(), reading.meant.end(),
                                            [](const std::string& key) { return key.empty(); });
  for (const Part& part : reading.parts) {
    for (const Field& field : part.table->fields) {
      const Node& node = reading.node;
      if (!field.is_required || node.find(field.name) != nullptr) continue;
      good = false;
      const bool is_told =
          is_all_unknown ||
          std::find(reading.meant.begin(), reading.meant.end(), field.name) != reading.meant.end() ||
          is_misplaced(reader, child_path(reading.path, field.name));
      if (!is_told)
        reader.problems.error(Code::missing_key, node.place, reading.path,
                              fmt::format("'{}' is missing", field.name), missing_hint(field), node.used_at);
    }
  }
  return good;
}

bool check_struct(SpecReader& reader, const FieldTable& table, const Node& node, const std::string& path,
                  const void* object) {
  if (table.check == nullptr) return true;
  if (!path.empty() && is_misplaced(reader, path)) return false;
  const std::vector<Contradiction> found = table.check(object);
  for (const Contradiction& item : found) {
    const Node* value = node.is_map() ? node.find(item.field) : nullptr;
    const Place& place = value != nullptr ? value->place : node.place;
    reader.problems.error(Code::contradiction, place,
                          item.field.empty() ? path : child_path(path, item.field), item.message, item.hint);
  }
  return found.empty();
}

bool read_parts(SpecReader& reader, const std::vector<Part>& parts, const Node& node, const std::string& path,
                const Family* family = nullptr) {
  Reading reading{parts, node, path, family};
  reader.enclosing.emplace_back(parts.front().table, path);
  bool good = tell_unknown_keys(reader, reading);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    void* object = nullptr;
    const Field* field = find_field(parts, reading.meant[i], &object);
    if (field == nullptr) continue;
    const bool is_misspelled = reading.meant[i] != node.keys[i].text;
    const bool is_worth_reading = node.find(field->name) == nullptr && fits(*field->ops, node.items[i]);
    if (is_misspelled && !is_worth_reading) continue;
    good &= read_value(reader, *field, *field->ops, node.items[i], child_path(path, field->name),
                       field->in(object));
  }
  reader.enclosing.pop_back();
  good &= check_required(reader, reading);
  if (!good) return false;
  for (const Part& part : parts) good &= check_struct(reader, *part.table, node, path, part.object);
  return good;
}

/// Tells it, and returns the type that it was meant to be, if that is clear. `fields`: what stands behind the
/// name.
const Alternative* unknown_name(SpecReader& reader, const Family& family, const std::string& name,
                                const Node* fields, const Place& place, const Place& used_at,
                                const std::string& path) {
  const NameAdvice advice = name_advice(family, name, fields);
  reader.problems.error(Code::unknown_name, place, path, fmt::format("unknown {} '{}'", family.name, name),
                        advice.hint, used_at, advice.replacement);
  return family.find(advice.replacement);
}

/// `- linear:` with its fields beside it: they are told once, and then read as if they stood where they
/// belong.
Node with_fields_inside(SpecReader& reader, const Family& family, const Alternative& type, const Node& node,
                        const std::string& path) {
  const std::vector<const FieldTable*> tables{&type.table(), family.common};
  const auto is_field = [&](const std::string& key) {
    return std::any_of(tables.begin(), tables.end(), [&](const FieldTable* table) {
      return table != nullptr && table->find(key) != nullptr;
    });
  };
  Node inside = Node::map();
  inside.place = node.place;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (node.keys[i].text == type.name) {
      inside.set(std::string(type.name), node.items[i], node.keys[i].place);
      inside.place = node.keys[i].place;
    }
  }
  Node& fields = inside.items[0];
  const bool has_no_fields = fields.is_null();
  if (has_no_fields) {
    fields = Node::map();
    fields.place = inside.place;
  }
  bool is_told = false;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Key& key = node.keys[i];
    if (key.text == type.name) continue;
    if (!is_field(key.text)) {
      const std::vector<Part> parts{{&type.table(), nullptr}};
      tell_unknown_key(reader, {parts, node, path, &family}, key);
      continue;
    }
    if (!is_told)
      reader.problems.error(Code::wrong_kind, key.place, child_path(path, type.name),
                            fmt::format("'{}' stands beside {}, not inside it", key.text, type.name),
                            has_no_fields
                                ? "indent its fields by two more spaces"
                                : fmt::format("write it inside: `{}: {{{}: ...}}`", type.name, key.text));
    is_told = true;
    if (!fields.is_map()) {
      const Field* main = type.table().main_field();
      Node written = Node::map();
      written.place = fields.place;
      if (main != nullptr) written.set(std::string(main->name), fields, fields.place);
      fields = std::move(written);
    }
    if (fields.find(key.text) == nullptr) fields.set(key.text, node.items[i], key.place);
  }
  return inside;
}

/// A map, none of whose keys is a type's name. Returns the type that the only key was meant to be, if that is
/// clear.
const Alternative* no_name(SpecReader& reader, const Family& family, const Node& node,
                           const std::string& path) {
  const Key& first = node.keys[0];
  if (const Alternative* meant = named_otherwise(family, node)) {
    reader.problems.error(Code::unknown_name, first.place, path,
                          fmt::format("the {} begins with its name, not with '{}'", family.name, first.text),
                          fmt::format("write for instance `{}`", meant->example), node.used_at);
    return nullptr;
  }
  for (const Alternative& type : family.alternatives) {
    const bool has_all = std::all_of(node.keys.begin(), node.keys.end(),
                                     [&](const Key& key) { return type.table().find(key.text) != nullptr; });
    if (!has_all) continue;
    reader.problems.error(
        Code::unknown_name, first.place, path,
        fmt::format("'{}' is a key of {}, and no {} is named", first.text, type.name, family.name),
        fmt::format("name it first: `{}: {{{}: ...}}`", type.name, first.text), node.used_at);
    return nullptr;
  }
  const Alternative* meant =
      unknown_name(reader, family, first.text, &node.items[0], first.place, node.used_at, path);
  return node.items.size() == 1 ? meant : nullptr;
}

/// A map with several names where one was wanted.
bool several_names(SpecReader& reader, const Family& family, const Node& node, const std::string& path) {
  std::vector<std::string> names;
  const Key* second = nullptr;
  for (const Key& key : node.keys) {
    if (family.find(key.text) == nullptr) continue;
    names.push_back(key.text);
    if (names.size() == 2) second = &key;
  }
  const bool is_in_list = family.name == "layer";
  reader.problems.error(
      Code::wrong_kind, second->place, path,
      fmt::format("one {} is wanted here, got {}: {}", family.name, names.size(), join(names, ", ")),
      is_in_list ? "begin each with '- ' on a line of its own" : "keep one", node.used_at);
  return false;
}

bool bare_component(SpecReader& reader, const Alternative& alternative, const Node& node,
                    const std::string& path, void* object) {
  alternative.emplace(object);
  const std::string here = child_path(path, alternative.name);
  remember_origin(reader, here, node);
  for (const Field& field : alternative.table().fields) {
    if (!field.is_required) continue;
    if (is_misplaced(reader, child_path(here, field.name))) return false;
    reader.problems.error(Code::missing_key, node.place, here, fmt::format("'{}' is missing", field.name),
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
    return read_parts(reader, parts, value, here, &family);
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
  if (!good) return false;
  for (const Field& field : table.fields) {
    if (!field.is_required || &field == main || is_misplaced(reader, child_path(here, field.name))) continue;
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
    if (is_misplaced(reader, path)) return false;
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
    const Key& key = node.keys[i];
    const std::string here = child_path(path, key.text);
    good &= read_value(reader, field, *ops.element(), node.items[i], here, ops.append(value, key.text));
    // What is wrong with an entry as a whole is shown at its name.
    if (node.items[i].is_map()) reader.origins[here].first = key.place;
  }
  return good;
}

/// `nnoe` where `none` may stand. Free text is what it is.
bool is_slip_of_absent(const Field& field, const TypeOps& ops, const Node& node) {
  if (node.quoted || scalar_kind(node.text) == ScalarKind::integer ||
      scalar_kind(node.text) == ScalarKind::real)
    return false;
  if (ops.type_name == "text") {
    return node.text.size() == field.absent_word.size() &&
           std::equal(node.text.begin(), node.text.end(), field.absent_word.begin(), [](char a, char b) {
             return std::tolower(static_cast<unsigned char>(a)) ==
                    std::tolower(static_cast<unsigned char>(b));
           });
  }
  std::vector<std::string> words;
  if (ops.form == Form::component) words = ops.family().names();
  words.emplace_back(field.absent_word);
  return std::find(words.begin(), words.end(), node.text) == words.end() &&
         closest(node.text, words) == field.absent_word;
}

bool read_optional(SpecReader& reader, const Field& field, const TypeOps& ops, const Node& node,
                   const std::string& path, void* value) {
  ops.clear(value);
  if (!field.absent_word.empty() && node.is_scalar()) {
    if (node.text == field.absent_word) return true;
    if (is_slip_of_absent(field, *ops.element(), node)) {
      reader.problems.error(Code::unknown_name, node.place, path, fmt::format("unknown word '{}'", node.text),
                            fmt::format("did you mean '{}'?", field.absent_word), node.used_at,
                            std::string(field.absent_word));
      return false;
    }
  }
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

/// A map of several keys where one name was wanted: most often its fields were not indented.
bool read_several(SpecReader& reader, const Family& family, const Node& node, const std::string& path,
                  void* object) {
  std::vector<const Alternative*> types;
  for (const Key& key : node.keys) {
    if (const Alternative* type = family.find(key.text)) types.push_back(type);
  }
  if (types.empty()) {
    no_name(reader, family, node, path);
    return false;
  }
  if (types.size() > 1) return several_names(reader, family, node, path);
  const Node inside = with_fields_inside(reader, family, *types[0], node, path);
  read_component(reader, family, inside, path, object);
  return false;
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
    if (alternative == nullptr) {
      unknown_name(reader, family, node.text, nullptr, node.place, node.used_at, path);
      return false;
    }
    const bool good = bare_component(reader, *alternative, node, path, object);
    if (family.located != nullptr) family.located(object, node.place, path);
    return good;
  }
  if (node.is_map() && node.items.empty() && is_misplaced(reader, list_of(path))) return false;
  if (!node.is_map() || node.items.empty()) {
    reader.problems.error(
        Code::wrong_kind, node.place, path,
        fmt::format("needs one {}, got {}", family.name, node.is_map() ? "an empty map" : kind_text(node)),
        known_words(family.names()), node.used_at);
    return false;
  }
  if (node.items.size() > 1) return read_several(reader, family, node, path, object);
  const Key& key = node.keys[0];
  const Alternative* alternative = family.find(key.text);
  const Node& value = node.items[0];
  if (alternative == nullptr) {
    const Alternative* meant = no_name(reader, family, node, path);
    const bool can_go_on =
        meant != nullptr && (value.is_map() || (!value.is_null() && meant->table().main_field()));
    if (can_go_on) component_fields(reader, family, *meant, value, path, object);
    return false;
  }
  Node named = node;  // an error about the whole component points at its name
  named.place = key.place;
  // A `~` is pointed at; where nothing stands, the name is.
  const bool is_spelled_null = value.is_null() && value.place.offset > key.place.offset + key.place.length;
  if (is_spelled_null) named.place = value.place;
  const bool good = value.is_null() ? bare_component(reader, *alternative, named, path, object)
                                    : component_fields(reader, family, *alternative, value, path, object);
  if (family.located != nullptr) family.located(object, key.place, path);
  return good;
}

bool read_value(SpecReader& reader, const Field& field, const TypeOps& ops, const Node& node,
                const std::string& path, void* value) {
  remember_origin(reader, path, node);
  if (node.is_null()) return nothing_written(reader, field, node, path);
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
