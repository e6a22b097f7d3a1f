#include "sweep/document_schema.h"

#include <fmt/format.h>

#include <limits>

#include "config/json.h"
#include "spec/schema.h"
#include "sweep/experiment.h"

namespace bunsen {
namespace {

using json_schema::any_of;
using json_schema::object;
using json_schema::text;
using json_schema::type;

constexpr std::string_view title = "bunsen config or experiment";
constexpr SchemaPlace in_config{};
constexpr SchemaPlace over_a_base{true, true};
constexpr SchemaPlace in_experiment{false, false};

Node number(std::int64_t value) { return Node::number(value); }

Node required(std::string_view key) { return object({{"required", Node::list({text(key)})}}); }

Node seeds_schema() {
  const Node count = object({{"type", text("integer")}, {"minimum", number(1)}, {"maximum", number(100000)}});
  const Node seed = object({{"type", text("integer")},
                            {"minimum", number(0)},
                            {"maximum", number(std::numeric_limits<std::int64_t>::max())}});
  return any_of({count, object({{"type", text("array")},
                                {"items", seed},
                                {"minItems", number(1)},
                                {"uniqueItems", Node::boolean(true)}})});
}

/// `{log: [1e-4, 1e-1], steps: 4}`: both ends, of one of the two scales.
Node steps_schema(SchemaWriter& writer) {
  Node schema = writer.table(steps_table(), "steps", in_experiment);
  for (const std::string_view scale : {"log", "linear"}) {
    const Field& field = *steps_table().find(scale);
    const Node end = writer.value(field, *field.ops->element(), "", in_experiment);
    schema.find("properties")
        ->set(std::string(scale), object({{"type", text("array")},
                                          {"items", end},
                                          {"minItems", number(2)},
                                          {"maxItems", number(2)},
                                          {"description", text(field.documentation)}}));
    writer.definitions.remove("steps." + std::string(scale));
  }
  schema.set("oneOf", Node::list({required("log"), required("linear")}));
  return schema;
}

Node axes_schema(SchemaWriter& writer) {
  const Node steps = writer.define("steps", steps_schema(writer));
  return override_paths_schema(writer, [&](const Node& field, bool takes_number) {
    const Node list = object({{"type", text("array")}, {"items", field}, {"minItems", number(1)}});
    return takes_number ? any_of({list, steps}) : list;
  });
}

/// A config in place extends nothing, and what it lacks may come from `set` or the axes.
Node base_schema(SchemaWriter& writer) {
  Node in_place = config_schema(writer, over_a_base);
  in_place.find("properties")->remove("extends");
  return object({{"if", type("object")}, {"then", in_place}, {"else", writer.free_text(in_experiment)}});
}

/// A key of the base that no path of `set`, `axes` or `together` touches must be whole in the base.
Node whole_unless_touched(const FieldTable& table, const Field& field, SchemaWriter& writer) {
  const std::string name = fmt::format("config.{}", field.name);
  const Node untouched =
      object({{"propertyNames",
               object({{"not", object({{"pattern", text(fmt::format("^{}(\\.|$)", field.name))}})}})}});
  const Node condition = object({{"base", type("object")},
                                 {"set", untouched},
                                 {"axes", untouched},
                                 {"together", object({{"items", untouched}})}});
  Node base = object(
      {{"properties", object({{std::string(field.name), writer.field(table, field, name, in_config)}})}});
  if (field.is_required) base.set("required", Node::list({text(field.name)}));
  return object({{"if", object({{"properties", condition}})},
                 {"then", object({{"properties", object({{"base", base}})}})}});
}

void set_property(Node& schema, const std::string& key, Node value) {
  Node& property = *schema.find("properties")->find(key);
  value.set("description", text(field_table<ExperimentSpec>().find(key)->documentation));
  property = std::move(value);
}

Node experiment_schema(SchemaWriter& writer) {
  Node schema = writer.table(field_table<ExperimentSpec>(), "experiment", in_experiment);
  for (const std::string_view own : {"base", "set", "seeds", "axes", "together"})
    writer.definitions.remove(fmt::format("experiment.{}", own));
  set_property(schema, "base", base_schema(writer));
  set_property(schema, "seeds", seeds_schema());
  set_property(schema, "set", override_paths_schema(writer, [](const Node& field, bool) { return field; }));
  const Node axes = writer.define("axes", axes_schema(writer));
  set_property(schema, "axes", object({{"allOf", Node::list({axes})}}));
  set_property(schema, "together", object({{"type", text("array")}, {"items", axes}}));

  const FieldTable& config = field_table<TrainingSpec>();
  Node conditions = Node::list();
  for (const Field& field : config.fields) {
    const bool may_lack = field.is_required || may_be_completed(field);
    if (may_lack) conditions.push(whole_unless_touched(config, field, writer));
  }
  schema.set("allOf", std::move(conditions));
  return schema;
}

void write_short(const Node& node, std::size_t indent, std::string& out) {
  constexpr std::size_t widest = 150;
  const std::string line = json_line(node);
  if (node.items.empty() || indent + line.size() <= widest) {
    out += line;
    return;
  }
  const std::string margin(indent + 1, ' ');
  out += node.is_map() ? "{\n" : "[\n";
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    out += margin;
    if (node.is_map()) out += json_line(Node::string(node.keys[i].text)) + ": ";
    write_short(node.items[i], indent + 1, out);
    out += i + 1 < node.items.size() ? ",\n" : "\n";
  }
  out += std::string(indent, ' ') + (node.is_map() ? '}' : ']');
}

}  // namespace

std::string document_schema_text() {
  std::string out;
  write_short(document_schema(), 0, out);
  return out + '\n';
}

Node document_schema() {
  SchemaWriter writer;
  const Node config = writer.define("config", config_schema(writer, in_config));
  const Node over_base = writer.define("config_over_a_base", config_schema(writer, over_a_base));
  const Node experiment = writer.define("experiment", experiment_schema(writer));
  Node words = Node::list();
  for (const std::string_view word : experiment_words) words.push(required(word));
  Node extends = required("extends");
  extends.set("properties", object({{"extends", object({{"minItems", number(1)}})}}));
  return object({{"$schema", text("http://json-schema.org/draft-07/schema#")},
                 {"title", text(title)},
                 {"type", text("object")},
                 {"if", object({{"anyOf", words}})},
                 {"then", experiment},
                 {"else", object({{"if", extends}, {"then", over_base}, {"else", config}})},
                 {"definitions", std::move(writer.definitions)}});
}

bool is_document_schema(const Node& document) {
  const Node* own = document.find("title");
  return own != nullptr && own->is_scalar() && own->text.starts_with("bunsen ");
}

}  // namespace bunsen
