// any_value.h - a declared key that takes a value of any kind, kept as it is written.
#pragma once

#include "config/node.h"
#include "spec/fields.h"

namespace bunsen {

template <>
const TypeOps& type_ops<Node>();

}  // namespace bunsen
