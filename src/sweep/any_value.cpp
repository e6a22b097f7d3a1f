#include "sweep/any_value.h"

namespace bunsen {

template <>
const TypeOps& type_ops<Node>() {
  static const TypeOps ops = [] {
    TypeOps made;
    made.type_name = "value";
    made.read = [](SpecReader&, const Field&, const Node& node, const std::string&, void* value) {
      *static_cast<Node*>(value) = node;
      return true;
    };
    made.write = [](const void* value) { return *static_cast<const Node*>(value); };
    return made;
  }();
  return ops;
}

}  // namespace bunsen
