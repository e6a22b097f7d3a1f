// schema.h - declarations as JSON Schema (draft-07), for editors and other tools.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/node.h"
#include "spec/fields.h"

namespace bunsen {

/// Where a declared value stands decides what else may be written in its place.
struct SchemaPlace {
  bool takes_variables = true;  ///< `$name` may stand for it
  bool lies_over_base = false;  ///< what is required may come from what lies below it
};

/// Turns declarations into schemas, closed at every level, which accept what the parser accepts, short forms
/// and variables included. Fields, types and families stand once, under `definitions`, by the names that
/// people call them by (`optimizer.adam.lr`); shapes and other relations between values are beyond a schema.
class SchemaWriter {
 public:
  /// A map with the table's keys; `name` begins their definitions' names.
  Node table(const FieldTable& table, const std::string& name, SchemaPlace place);
  /// A reference to the definition of one field of `owner`.
  Node field(const FieldTable& owner, const Field& field, const std::string& name, SchemaPlace place);
  /// What may be written for a field; `name` as for table(), if there is one inside.
  Node value(const Field& field, const TypeOps& ops, const std::string& name, SchemaPlace place);
  /// The fields of one type of a family, as a map.
  Node fields_of(const Family& family, const Alternative& alternative, SchemaPlace place);

  /// A whole value `$name` or `${name}`; text in which every `$` begins a variable; any value of such text.
  Node variable();
  Node free_text(SchemaPlace place);
  Node anything();

  Node define(const std::string& name, Node schema);  ///< returns a reference to it
  Node definitions = Node::map();

 private:
  Node scalar(const Field& field, const TypeOps& ops, SchemaPlace place);
  Node list(const Field& field, const TypeOps& ops, const std::string& name, SchemaPlace place);
  Node family(const Family& family, SchemaPlace place);
  Node alternative(const Family& family, const Alternative& alternative, SchemaPlace place);
};

/// A config; `place.lies_over_base`: one whose required keys may come from elsewhere.
Node config_schema(SchemaWriter& writer, SchemaPlace place);

/// Can a base bring in something that is required inside the field's value?
bool may_be_completed(const Field& field);

/// Makes, of a field's schema, what may stand at an override's path; `takes_number`: whether one number alone
/// could be the field's value.
using WrapPathValue = std::function<Node(Node field, bool takes_number)>;
/// A map from override paths (`optimizer.adam.lr`, `layers.0.linear`, `vars.depth`) to values.
Node override_paths_schema(SchemaWriter& writer, const WrapPathValue& wrap);

// Small pieces of a schema.
namespace json_schema {
Node text(std::string_view words);
Node object(std::initializer_list<std::pair<std::string, Node>> entries);
Node type(std::string_view name);
Node any_of(const std::vector<Node>& choices);  ///< nested choices become one list
Node closed_map(Node properties);               ///< an object without further keys
}  // namespace json_schema

}  // namespace bunsen
