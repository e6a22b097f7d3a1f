// path_schema.cpp - the paths of overrides, and what may be set at each, as JSON Schema.
#include <fmt/format.h>

#include <algorithm>

#include "spec/schema.h"
#include "spec/size2.h"
#include "spec/training.h"

namespace bunsen {
namespace {

using json_schema::any_of;

/// A path as it is written, and as a regular expression; they are one thing until it steps into a list or
/// map.
struct PathPlace {
  std::string text;
  std::string pattern;
  bool is_pattern = false;

  PathPlace key(std::string_view name) const {
    if (pattern.empty()) return {std::string(name), std::string(name), false};
    return {fmt::format("{}.{}", text, name), fmt::format("{}\\.{}", pattern, name), is_pattern};
  }
  PathPlace item(std::string_view expression) const {
    return {"", fmt::format("{}\\.{}", pattern, expression), true};
  }
};

constexpr std::string_view any_step = "[^.]+";
constexpr std::string_view index_step = "-?[0-9]+";

bool takes_number(const TypeOps& ops) {
  switch (ops.form) {
    case Form::scalar:
      return ops.words == nullptr && &ops != &type_ops<bool>() && &ops != &type_ops<Betas>();
    case Form::optional:
      return takes_number(*ops.element());
    case Form::list:
      return ops.element()->form == Form::scalar && takes_number(*ops.element());
    case Form::table:
      return ops.table().main_field() != nullptr && takes_number(*ops.table().main_field()->ops);
    case Form::map:
    case Form::component:
      break;
  }
  return false;
}

/// The way from a family to itself (`\.repeat\.layers\.[^.]+`), as a regular expression; empty if there is
/// none.
std::string loop_of(const Family& family) {
  for (const Alternative& alternative : family.alternatives) {
    for (const Field& field : alternative.table().fields) {
      const bool is_list = field.ops->form == Form::list;
      const TypeOps& inside = is_list ? *field.ops->element() : *field.ops;
      if (inside.form != Form::component || &inside.family() != &family) continue;
      return fmt::format("\\.{}\\.{}{}", alternative.name, field.name, is_list ? "\\.[^.]+" : "");
    }
  }
  return "";
}

class PathWriter {
 public:
  PathWriter(SchemaWriter& writer, const WrapPathValue& wrap) : writer_(writer), wrap_(wrap) {}

  void table(const FieldTable& table, const std::string& name, const PathPlace& place) {
    for (const Field& field : table.fields) {
      const std::string full = fmt::format("{}.{}", name, field.name);
      const PathPlace here = place.key(field.name);
      add(here, writer_.field(table, field, full, {}), takes_number(*field.ops), field.documentation);
      value(field, *field.ops, full, here);
    }
  }

  void add(const PathPlace& place, Node schema, bool number, std::string_view documentation = {}) {
    Node wrapped = wrap_(std::move(schema), number);
    if (place.is_pattern) {
      patterns.set(fmt::format("^{}$", place.pattern), std::move(wrapped));
    } else {
      // A reference brings its own.
      if (wrapped.find("$ref") == nullptr)
        wrapped.set("description", Node::string(std::string(documentation)));
      properties.set(place.text, std::move(wrapped));
    }
  }

  Node properties = Node::map();
  Node patterns = Node::map();

 private:
  void value(const Field& field, const TypeOps& ops, const std::string& name, const PathPlace& place) {
    switch (ops.form) {
      case Form::optional:
        return value(field, *ops.element(), name, place);
      case Form::table:
        return table(ops.table(), name, place);
      case Form::component:
        return family(ops.family(), place);
      case Form::list:
      case Form::map: {
        const PathPlace item = place.item(any_step);
        add(item, writer_.value(field, *ops.element(), name, {}), takes_number(*ops.element()));
        return value(field, *ops.element(), name, item);
      }
      case Form::scalar:
        break;
    }
    // `optimizer.adam.betas.0`: a pair's member is set as the pair would be, with one number.
    if (&ops != &type_ops<Betas>() && &ops != &type_ops<Size2>()) return;
    const TypeOps& member = &ops == &type_ops<Betas>() ? type_ops<double>() : type_ops<std::int64_t>();
    add(place.item(index_step), writer_.value(field, member, name, {}), true);
  }

  void family(const Family& family, PathPlace place) {
    if (std::find(open_.begin(), open_.end(), &family) != open_.end()) return;  // the loop says it
    open_.push_back(&family);
    if (const std::string loop = loop_of(family); !loop.empty()) {
      place.pattern += fmt::format("({})*", loop);
      place.is_pattern = true;
    }
    for (const Alternative& alternative : family.alternatives) {
      const FieldTable& own = alternative.table();
      const PathPlace here = place.key(alternative.name);
      std::vector<Node> forms{writer_.fields_of(family, alternative, {})};
      const Field* main = own.main_field();
      const std::string name = fmt::format("{}.{}", family.name, alternative.name);
      if (main != nullptr)
        forms.push_back(writer_.field(own, *main, fmt::format("{}.{}", name, main->name), {}));
      if (main == nullptr) forms.push_back(writer_.variable());
      add(here, any_of(forms), main != nullptr && takes_number(*main->ops), alternative.doc);
      table(own, name, here);
      if (family.common != nullptr) table(*family.common, std::string(family.name), here);
    }
    open_.pop_back();
  }

  SchemaWriter& writer_;
  const WrapPathValue& wrap_;
  std::vector<const Family*> open_;
};

}  // namespace

Node override_paths_schema(SchemaWriter& writer, const WrapPathValue& wrap) {
  PathWriter paths(writer, wrap);
  paths.table(field_table<TrainingSpec>(), "config", {});
  paths.add(PathPlace{"vars", "vars", false}.item(any_step), writer.anything(), true);
  Node out = json_schema::closed_map(std::move(paths.properties));
  out.set("patternProperties", std::move(paths.patterns));
  return out;
}

}  // namespace bunsen
