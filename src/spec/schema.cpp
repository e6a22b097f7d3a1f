#include "spec/schema.h"

#include <fmt/format.h>

#include "spec/size2.h"
#include "spec/training.h"

namespace bunsen {
namespace {

Node text(std::string_view words) { return Node::string(std::string(words)); }

Node object(std::initializer_list<std::pair<std::string, Node>> entries) {
  Node out = Node::map();
  for (const auto& [key, value] : entries) out.set(key, value);
  return out;
}

Node type(std::string_view name) { return object({{"type", text(name)}}); }

/// A whole value `$name` or `${name}`.
Node variable() { return object({{"type", text("string")}, {"pattern", text("^\\$(\\w+|\\{\\w+\\})$")}}); }

Node any_of(std::vector<Node> choices) {
  if (choices.size() == 1) return choices[0];
  return object({{"anyOf", Node::list(std::move(choices))}});
}

Node words(const std::vector<std::string_view>& names) {
  Node list = Node::list();
  for (const std::string_view name : names) list.push(text(name));
  return object({{"enum", list}});
}

Node reference(const Family& family) {
  return object({{"$ref", text(fmt::format("#/definitions/{}", family.name))}});
}

/// Builds the schema of one declaration after the other; families stand once, under `definitions`.
class Writer {
 public:
  Node table_schema(const std::vector<const FieldTable*>& tables) {
    Node properties = Node::map();
    Node required = Node::list();
    for (const FieldTable* table : tables) {
      for (const Field& field : table->fields) {
        Node value = value_schema(field, *field.ops);
        if (value.find("$ref") != nullptr) value = object({{"allOf", Node::list({value})}});
        value.set("description", text(field.documentation));
        properties.set(std::string(field.name), std::move(value));
        if (field.is_required) required.push(text(field.name));
      }
    }
    Node out = object({{"type", text("object")},
                       {"additionalProperties", Node::boolean(false)},
                       {"properties", properties}});
    if (!required.items.empty()) out.set("required", required);
    return out;
  }

  Node value_schema(const Field& field, const TypeOps& ops) {
    switch (ops.form) {
      case Form::scalar:
        return scalar_schema(field, ops);
      case Form::optional:
        return optional_schema(field, ops);
      case Form::component:
        return family_reference(ops.family());
      case Form::table:
        return struct_schema(ops.table());
      case Form::list:
        return list_schema(field, ops);
      case Form::map:
        break;
    }
    return any_of(
        {object({{"type", text("object")}, {"additionalProperties", value_schema(field, *ops.element())}}),
         variable()});
  }

  Node definitions = Node::map();

 private:
  static void add_range(const Field& field, Node& number) {
    const auto bound = [](double value) { return Node::number(value); };
    if (field.minimum)
      number.set(field.minimum_excluded ? "exclusiveMinimum" : "minimum", bound(*field.minimum));
    if (field.maximum)
      number.set(field.maximum_excluded ? "exclusiveMaximum" : "maximum", bound(*field.maximum));
  }

  static Node number_schema(const Field& field, std::string_view name) {
    Node number = type(name);
    add_range(field, number);
    return number;
  }

  static Node pair_of(const Node& member) {
    return object({{"type", text("array")},
                   {"items", any_of({member, variable()})},
                   {"minItems", Node::number(std::int64_t{2})},
                   {"maxItems", Node::number(std::int64_t{2})}});
  }

  static Node scalar_schema(const Field& field, const TypeOps& ops) {
    if (&ops == &type_ops<bool>()) return any_of({type("boolean"), variable()});
    if (&ops == &type_ops<std::int64_t>()) return any_of({number_schema(field, "integer"), variable()});
    if (&ops == &type_ops<double>()) return any_of({number_schema(field, "number"), variable()});
    if (&ops == &type_ops<Size2>())
      return any_of({number_schema(field, "integer"), pair_of(number_schema(field, "integer")), variable()});
    if (&ops == &type_ops<Betas>()) return any_of({pair_of(number_schema(field, "number")), variable()});
    if (&ops == &type_ops<HeldOut>()) {
      return any_of(
          {object({{"type", text("number")}, {"exclusiveMinimum", Node::number(0.0)}}), variable()});
    }
    if (ops.words != nullptr) return any_of({words(*ops.words()), variable()});
    // Text may be written as a plain number, too.
    return object({{"type", Node::list({text("string"), text("number"), text("boolean")})}});
  }

  Node optional_schema(const Field& field, const TypeOps& ops) {
    Node inside = value_schema(field, *ops.element());
    if (field.absent_word.empty()) return inside;
    return any_of({words({field.absent_word}), inside});
  }

  Node list_schema(const Field& field, const TypeOps& ops) {
    const TypeOps& element = *ops.element();
    const Node item = value_schema(field, element);
    Node list = object({{"type", text("array")}, {"items", item}});
    if (field.is_required) list.set("minItems", Node::number(std::int64_t{1}));
    return element.form == Form::scalar ? any_of({list, item}) : any_of({list, variable()});
  }

  /// A struct may be written by its main value: `batch: 100`.
  Node struct_schema(const FieldTable& table) {
    const Field* main = table.main_field();
    if (main == nullptr) return any_of({table_schema({&table}), variable()});
    return any_of({table_schema({&table}), value_schema(*main, *main->ops)});
  }

  Node family_reference(const Family& family) {
    const std::string name(family.name);
    if (definitions.find(name) == nullptr) {
      definitions.set(name, Node::map());  // a layer holds layers: known before it is described
      Node schema = family_schema(family);
      definitions.set(name, std::move(schema));
    }
    return reference(family);
  }

  Node family_schema(const Family& family) {
    Node bare = Node::list();
    Node properties = Node::map();
    for (const Alternative& alternative : family.alternatives) {
      if (can_stand_alone(alternative))
        bare.push(object({{"const", text(alternative.name)}, {"description", text(alternative.doc)}}));
      properties.set(std::string(alternative.name), alternative_schema(family, alternative));
    }
    const Node named = object({{"type", text("object")},
                               {"minProperties", Node::number(std::int64_t{1})},
                               {"maxProperties", Node::number(std::int64_t{1})},
                               {"additionalProperties", Node::boolean(false)},
                               {"properties", properties}});
    return any_of({object({{"oneOf", bare}}), named, variable()});
  }

  static bool can_stand_alone(const Alternative& alternative) {
    for (const Field& field : alternative.table().fields) {
      if (field.is_required) return false;
    }
    return true;
  }

  Node alternative_schema(const Family& family, const Alternative& alternative) {
    std::vector<const FieldTable*> tables{&alternative.table()};
    if (family.common != nullptr) tables.push_back(family.common);
    std::vector<Node> forms{table_schema(tables)};
    if (can_stand_alone(alternative)) forms.push_back(type("null"));
    const Field* main = alternative.table().main_field();
    bool main_is_enough = main != nullptr;
    for (const Field& field : alternative.table().fields)
      main_is_enough &= !field.is_required || &field == main;
    if (main_is_enough) forms.push_back(value_schema(*main, *main->ops));
    Node out = any_of(std::move(forms));
    out.set("description", text(alternative.doc));
    return out;
  }
};

}  // namespace

Node config_schema() {
  Writer writer;
  Node root = writer.table_schema({&field_table<TrainingSpec>()});
  Node required = *root.find("required");
  root.remove("required");
  Node& properties = *root.find("properties");
  properties.set("extends",
                 object({{"description", text("Configs that lie under this one: a path, or a list of them.")},
                         {"type", Node::list({text("string"), text("array")})},
                         {"items", type("string")}}));
  properties.set("vars", object({{"description", text("Variables: `$name` stands for a whole value, "
                                                      "`${name}` inside text, `$$` for a dollar sign.")},
                                 {"type", text("object")}}));
  // A base may hold what is required here.
  root.set("if", object({{"required", Node::list({text("extends")})}}));
  root.set("else", object({{"required", required}}));
  Node out = object(
      {{"$schema", text("http://json-schema.org/draft-07/schema#")}, {"title", text("bunsen config")}});
  for (std::size_t i = 0; i < root.items.size(); ++i) out.set(root.keys[i].text, root.items[i]);
  out.set("definitions", std::move(writer.definitions));
  return out;
}

}  // namespace bunsen
