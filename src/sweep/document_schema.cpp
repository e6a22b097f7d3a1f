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

Node ends_schema(SchemaWriter& writer, const Field& field) {
  const Node end = writer.value(field, *field.ops->element(), "", in_experiment);
  return object({{"type", text("array")},
                 {"items", end},
                 {"minItems", number(2)},
                 {"maxItems", number(2)},
                 {"description", text(field.documentation)}});
}

/// `{log: [1e-4, 1e-1], steps: 4}`, `{range: [1, 4], step: 2}`: both ends, and what only belongs to them.
Node numbers_schema(SchemaWriter& writer) {
  std::vector<Node> forms;
  for (const std::string_view scale : {"log", "linear", "range"}) {
    const FieldTable& table = values_table();
    const Field& extra = *table.find(scale == "range" ? "step" : "steps");
    Node form = json_schema::closed_map(
        object({{std::string(scale), ends_schema(writer, *table.find(scale))},
                {std::string(extra.name),
                 writer.field(table, extra, fmt::format("values.{}", extra.name), in_experiment)}}));
    form.set("required", Node::list({text(scale)}));
    forms.push_back(std::move(form));
  }
  return any_of(forms);
}

/// The forms of an axis; what its values are, each path says.
Node axis_schema(std::vector<Node> forms) {
  const Node list = object({{"type", text("array")}, {"minItems", number(1)}});
  Node choice = json_schema::closed_map(object({{"choice", list}}));
  choice.set("required", Node::list({text("choice")}));
  forms.push_back(list);
  forms.push_back(std::move(choice));
  return any_of(forms);
}

Node axes_schema(SchemaWriter& writer) {
  const Node words = writer.define("axis_of_words", axis_schema({}));
  const Node numbers = writer.define("axis", axis_schema({numbers_schema(writer)}));
  return override_paths_schema(writer, [&](const Node& field, bool takes_number) {
    // Items are of a list, properties of a map: either says nothing of the other.
    const Node of_choice = object({{"choice", object({{"items", field}})}});
    return object({{"allOf", Node::list({takes_number ? numbers : words})},
                   {"items", field},
                   {"properties", of_choice}});
  });
}

/// `if` and `exclude`: paths of axes, each with a value or several; which ones the axes have, no schema
/// knows.
Node named_values_schema(SchemaWriter& writer) {
  Node kinds = Node::list();
  for (const std::string_view kind : {"string", "number", "boolean", "array", "object"})
    kinds.push(text(kind));
  Node value = writer.define("value_of_an_axis", object({{"type", kinds}}));
  return override_paths_schema(writer, [&](const Node&, bool) { return value; });
}

/// Where the method draws no values, `log` and `linear` need their steps; in `together` always.
Node needs_steps() {
  const Node between_ends =
      object({{"type", text("object")}, {"anyOf", Node::list({required("log"), required("linear")})}});
  return object({{"additionalProperties", object({{"if", between_ends}, {"then", required("steps")}})}});
}

Node steps_condition() {
  const Node drawing = Node::list({text("random"), text("sobol"), text("tpe")});
  const Node draws =
      any_of({object({{"enum", drawing}}),
              object({{"type", text("object")}, {"propertyNames", object({{"enum", drawing}})}})});
  const Node when = object({{"items", object({{"properties", object({{"axes", needs_steps()}})}})}});
  return object({{"if", object({{"required", Node::list({text("method")})},
                                {"properties", object({{"method", draws}})}})},
                 {"else", object({{"properties", object({{"axes", needs_steps()}, {"when", when}})}})}});
}

Node list_of(const Node& item) { return object({{"type", text("array")}, {"items", item}}); }

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
  const Node condition =
      object({{"base", type("object")},
              {"set", untouched},
              {"axes", untouched},
              {"together", object({{"items", untouched}})},
              {"when", object({{"items", object({{"properties", object({{"axes", untouched}})}})}})}});
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
  for (const std::string_view own :
       {"base", "set", "seeds", "axes", "together", "when", "when.if", "when.axes", "exclude", "include"})
    writer.definitions.remove(fmt::format("experiment.{}", own));
  set_property(schema, "base", base_schema(writer));
  set_property(schema, "seeds", seeds_schema());
  const Node set =
      writer.define("point", override_paths_schema(writer, [](const Node& field, bool) { return field; }));
  set_property(schema, "set", object({{"allOf", Node::list({set})}}));
  const Node axes = writer.define("axes", axes_schema(writer));
  const Node named = writer.define("named", named_values_schema(writer));
  set_property(schema, "axes", object({{"allOf", Node::list({axes})}}));
  set_property(schema, "together", list_of(object({{"allOf", Node::list({axes, needs_steps()})}})));
  Node when = json_schema::closed_map(object({{"if", named}, {"axes", axes}}));
  when.set("required", Node::list({text("if"), text("axes")}));
  set_property(schema, "when", list_of(when));
  set_property(schema, "exclude", list_of(named));
  set_property(schema, "include", list_of(set));

  const FieldTable& config = field_table<TrainingSpec>();
  Node conditions = Node::list({steps_condition()});
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
