#include "spec/schema.h"

#include <fmt/format.h>

#include <limits>

#include "spec/size2.h"
#include "spec/training.h"

namespace bunsen {

using json_schema::any_of;
using json_schema::closed_map;
using json_schema::object;
using json_schema::text;
using json_schema::type;

namespace json_schema {

Node text(std::string_view words) { return Node::string(std::string(words)); }

Node object(std::initializer_list<std::pair<std::string, Node>> entries) {
  Node out = Node::map();
  for (const auto& [key, value] : entries) out.set(key, value);
  return out;
}

Node type(std::string_view name) { return object({{"type", text(name)}}); }

Node any_of(const std::vector<Node>& choices) {
  Node flat = Node::list();
  for (const Node& choice : choices) {
    const bool is_choice = choice.items.size() == 1 && choice.keys[0].text == "anyOf";
    if (!is_choice) flat.push(choice);
    for (const Node& inner : is_choice ? choice.items[0].items : std::vector<Node>()) flat.push(inner);
  }
  return flat.items.size() == 1 ? flat.items[0] : object({{"anyOf", flat}});
}

Node closed_map(Node properties) {
  return object({{"type", text("object")},
                 {"additionalProperties", Node::boolean(false)},
                 {"properties", std::move(properties)}});
}

}  // namespace json_schema

namespace {

constexpr std::string_view variable_name = "[A-Za-z_][A-Za-z0-9_]*";

Node reference(std::string_view name) {
  return object({{"$ref", text(fmt::format("#/definitions/{}", name))}});
}

Node whole_number(std::int64_t value) { return Node::number(value); }

Node words(const std::vector<std::string_view>& names) {
  Node list = Node::list();
  for (const std::string_view name : names) list.push(text(name));
  return object({{"enum", list}});
}

Node number_schema(const Field& field, bool is_integer) {
  Node number = type(is_integer ? "integer" : "number");
  if (field.minimum)
    number.set(field.minimum_excluded ? "exclusiveMinimum" : "minimum", Node::number(*field.minimum));
  if (field.maximum)
    number.set(field.maximum_excluded ? "exclusiveMaximum" : "maximum", Node::number(*field.maximum));
  if (is_integer && !field.maximum)
    number.set("maximum", whole_number(std::numeric_limits<std::int64_t>::max()));
  return number;
}

Node held_out_schema() {
  return any_of(
      {object({{"type", text("number")},
               {"exclusiveMinimum", whole_number(0)},
               {"exclusiveMaximum", whole_number(1)}}),
       object({{"type", text("integer")}, {"minimum", whole_number(1)}, {"maximum", Node::number(9e15)}})});
}

Node pair_of(const Node& member) {
  return object({{"type", text("array")},
                 {"items", member},
                 {"minItems", whole_number(2)},
                 {"maxItems", whole_number(2)}});
}

bool is_required_alone(const Field& field, const Field* but) { return field.is_required && &field != but; }

/// May the type be written by its name alone (`but` = nullptr), or with its main value alone?
bool is_enough(const FieldTable& table, const Field* main) {
  for (const Field& field : table.fields) {
    if (is_required_alone(field, main)) return false;
  }
  return true;
}

bool can_be_completed(const TypeOps& ops);

bool can_be_completed(const FieldTable& table) {
  for (const Field& field : table.fields) {
    if (field.is_required || can_be_completed(*field.ops)) return true;
  }
  return false;
}

/// Is there something required in it that a base could bring in? Lists are replaced whole.
bool can_be_completed(const TypeOps& ops) {
  switch (ops.form) {
    case Form::scalar:
    case Form::list:
      return false;
    case Form::map:
    case Form::optional:
      return can_be_completed(*ops.element());
    case Form::table:
      return can_be_completed(ops.table());
    case Form::component:
      break;
  }
  for (const Alternative& alternative : ops.family().alternatives) {
    if (can_be_completed(alternative.table())) return true;
  }
  return false;
}

std::string definition_name(std::string_view name, SchemaPlace place) {
  return fmt::format("{}{}{}", name, place.takes_variables ? "" : "_without_variables",
                     place.lies_over_base ? "_over_a_base" : "");
}

/// What is taken when the key is left out; nothing for what has parts of its own.
std::optional<Node> default_of(const FieldTable& owner, const Field& field) {
  if (field.is_required || field.ops->form == Form::table) return std::nullopt;
  Node value = write_value(field, *field.ops, field.in(owner.defaults), WriteMode::full);
  const bool is_empty = value.is_scalar() ? value.text.empty() : value.items.empty();
  return is_empty ? std::nullopt : std::optional<Node>(std::move(value));
}

/// As LayerNames of resolve.cpp has it.
Node layer_name_schema(const Field& field, SchemaPlace place) {
  const std::string inside = fmt::format("\\$\\{{{}\\}}", variable_name);
  const std::string plain = "^([a-z_][a-z0-9_]*)?$";
  const std::string with_variables =
      fmt::format("^(([a-z_]|{0})([a-z0-9_]|{0})*)?$|^\\${1}$", inside, variable_name);
  return object({{"type", Node::list({text("string"), text("boolean")})},
                 {"pattern", text(place.takes_variables ? with_variables : plain)},
                 {"not", object({{"enum", *words([] {
                                             std::vector<std::string_view> names;
                                             for (const Alternative& a : family<Layer>().alternatives)
                                               names.push_back(a.name);
                                             return names;
                                           }())
                                               .find("enum")}})},
                 {"description", text(field.documentation)}});
}

}  // namespace

bool may_be_completed(const Field& field) { return can_be_completed(*field.ops); }

Node SchemaWriter::define(const std::string& name, Node schema) {
  definitions.set(name, std::move(schema));
  return reference(name);
}

Node SchemaWriter::variable() {
  if (definitions.find("variable") != nullptr) return reference("variable");
  return define("variable", object({{"type", text("string")},
                                    {"pattern", text(fmt::format("^\\$({0}|\\{{{0}\\}})$", variable_name))},
                                    {"patternErrorMessage", text("the only text here is a variable: $name")},
                                    {"description", text("A variable that `vars` declares.")}}));
}

Node SchemaWriter::free_text(SchemaPlace place) {
  // Text may be written as a plain number or boolean, too.
  Node any = object({{"type", Node::list({text("string"), text("number"), text("boolean")})}});
  if (!place.takes_variables) return any;
  if (definitions.find("text") != nullptr) return reference("text");
  any.set("pattern", text(fmt::format("^([^$]|\\$\\$|\\$\\{{{0}\\}})*$|^\\${0}$", variable_name)));
  any.set("patternErrorMessage", text("a `$` begins a variable: write ${name}, or $$ for a dollar sign"));
  return define("text", std::move(any));
}

Node SchemaWriter::anything() {
  if (definitions.find("anything") != nullptr) return reference("anything");
  free_text({});
  const Node self = reference("anything");
  Node schema = object({{"items", self}, {"additionalProperties", self}});
  for (const std::string_view key : {"pattern", "patternErrorMessage"})
    schema.set(std::string(key), *definitions.find("text")->find(key));
  return define("anything", std::move(schema));
}

Node SchemaWriter::table(const FieldTable& table, const std::string& name, SchemaPlace place) {
  Node properties = Node::map();
  Node required = Node::list();
  for (const Field& each : table.fields) {
    properties.set(std::string(each.name), field(table, each, fmt::format("{}.{}", name, each.name), place));
    if (each.is_required && !place.lies_over_base) required.push(text(each.name));
  }
  Node out = closed_map(std::move(properties));
  if (!required.items.empty()) out.set("required", std::move(required));
  return out;
}

Node SchemaWriter::field(const FieldTable& owner, const Field& field, const std::string& name,
                         SchemaPlace place) {
  place.lies_over_base &= can_be_completed(*field.ops);
  const std::string full = definition_name(name, {true, place.lies_over_base});
  if (definitions.find(full) != nullptr) return reference(full);
  if (&owner == &field_table<Layer>()) return define(full, layer_name_schema(field, place));
  Node schema = value(field, *field.ops, name, place);
  // Draft-07 ignores what stands beside a reference.
  if (schema.find("$ref") != nullptr) schema = object({{"allOf", Node::list({schema})}});
  schema.set("description", text(field.documentation));
  if (std::optional<Node> standard = default_of(owner, field)) schema.set("default", std::move(*standard));
  return define(full, std::move(schema));
}

Node SchemaWriter::value(const Field& field, const TypeOps& ops, const std::string& name, SchemaPlace place) {
  std::vector<Node> choices;
  switch (ops.form) {
    case Form::scalar:
      return scalar(field, ops, place);
    case Form::component:
      return family(ops.family(), place);
    case Form::list:
      return list(field, ops, name, place);
    case Form::optional:
      if (!field.absent_word.empty()) choices.push_back(words({field.absent_word}));
      choices.push_back(value(field, *ops.element(), name, place));
      return any_of(choices);
    case Form::table:
      choices.push_back(table(ops.table(), name, place));
      // `batch: 100`
      if (const Field* main = ops.table().main_field())
        choices.push_back(value(*main, *main->ops, fmt::format("{}.{}", name, main->name), place));
      break;
    case Form::map: {
      Node element = value(field, *ops.element(), name, place);
      // A name with an empty list says nothing; table columns of words are such lists.
      if (ops.element()->form == Form::list) element.find("anyOf")->items[0].set("minItems", whole_number(1));
      choices.push_back(object({{"type", text("object")}, {"additionalProperties", std::move(element)}}));
      break;
    }
  }
  if (place.takes_variables) choices.push_back(variable());
  return any_of(choices);
}

Node SchemaWriter::scalar(const Field& field, const TypeOps& ops, SchemaPlace place) {
  const auto or_variable = [&](std::vector<Node> choices) {
    if (place.takes_variables) choices.push_back(variable());
    return any_of(choices);
  };
  if (&ops == &type_ops<bool>()) return or_variable({type("boolean")});
  if (&ops == &type_ops<std::int64_t>()) return or_variable({number_schema(field, true)});
  if (&ops == &type_ops<double>()) return or_variable({number_schema(field, false)});
  if (&ops == &type_ops<Size2>()) {
    const Node number = number_schema(field, true);
    return or_variable({number, pair_of(or_variable({number}))});
  }
  if (&ops == &type_ops<Betas>()) return or_variable({pair_of(or_variable({number_schema(field, false)}))});
  if (&ops == &type_ops<HeldOut>()) return or_variable({held_out_schema()});
  if (ops.words != nullptr) return or_variable({words(*ops.words())});
  return free_text(place);
}

Node SchemaWriter::list(const Field& field, const TypeOps& ops, const std::string& name, SchemaPlace place) {
  place.lies_over_base = false;
  const TypeOps& element = *ops.element();
  const Node item = value(field, element, name, place);
  Node list = object({{"type", text("array")}, {"items", item}});
  if (field.is_required) list.set("minItems", whole_number(1));
  if (element.form == Form::scalar) return any_of({list, item});
  return place.takes_variables ? any_of({list, variable()}) : list;
}

Node SchemaWriter::family(const Family& family, SchemaPlace place) {
  const std::string name = definition_name(family.name, place);
  if (definitions.find(name) != nullptr) return reference(name);
  definitions.set(name, Node::map());  // a layer holds layers: known before it is described
  Node bare = Node::list();
  Node properties = Node::map();
  for (const Alternative& each : family.alternatives) {
    if (place.lies_over_base || is_enough(each.table(), nullptr)) {
      bare.push(object({{"const", text(each.name)}, {"description", text(each.doc)}}));
    }
    properties.set(std::string(each.name), alternative(family, each, place));
  }
  Node named = closed_map(std::move(properties));
  named.set("minProperties", whole_number(1));
  named.set("maxProperties", whole_number(1));
  std::vector<Node> choices{named};
  if (!bare.items.empty()) choices.insert(choices.begin(), object({{"oneOf", bare}}));
  if (place.takes_variables) choices.push_back(variable());
  return define(name, any_of(choices));
}

Node SchemaWriter::fields_of(const Family& family, const Alternative& alternative, SchemaPlace place) {
  place.lies_over_base &= can_be_completed(alternative.table());
  const std::string path = fmt::format("{}.{}", family.name, alternative.name);
  const std::string name = definition_name(path, place);
  if (definitions.find(name) != nullptr) return reference(name);
  Node schema = table(alternative.table(), path, place);
  if (family.common != nullptr) {
    for (const Field& each : family.common->fields) {
      schema.find("properties")
          ->set(std::string(each.name),
                field(*family.common, each, fmt::format("{}.{}", family.name, each.name), place));
    }
  }
  return define(name, std::move(schema));
}

Node SchemaWriter::alternative(const Family& family, const Alternative& alternative, SchemaPlace place) {
  const FieldTable& table = alternative.table();
  std::vector<Node> forms{fields_of(family, alternative, place)};
  if (place.lies_over_base || is_enough(table, nullptr)) forms.push_back(type("null"));
  const Field* main = table.main_field();
  if (main != nullptr && (place.lies_over_base || is_enough(table, main))) {
    const std::string name = fmt::format("{}.{}.{}", family.name, alternative.name, main->name);
    forms.push_back(value(*main, *main->ops, name, place));
  } else if (place.takes_variables) {
    forms.push_back(variable());
  }
  Node out = any_of(forms);
  if (out.find("$ref") != nullptr) out = object({{"allOf", Node::list({out})}});
  out.set("description", text(alternative.doc));
  return out;
}

Node config_schema(SchemaWriter& writer, SchemaPlace place) {
  Node root = writer.table(field_table<TrainingSpec>(), "config", place);
  Node& properties = *root.find("properties");
  properties.set("extends",
                 object({{"description", text("Configs that lie under this one: a path, or a list of them.")},
                         {"type", Node::list({text("string"), text("number"), text("array")})},
                         {"items", object({{"type", Node::list({text("string"), text("number")})}})}}));
  properties.set("vars", object({{"description", text("Variables: `$name` stands for a whole value, "
                                                      "`${name}` inside text, `$$` for a dollar sign.")},
                                 {"type", text("object")},
                                 {"additionalProperties", writer.anything()}}));
  return root;
}

}  // namespace bunsen
