// size2.h - a height and a width, written `3` when they are equal and `[3, 5]` otherwise.
#pragma once

#include "spec/fields.h"

namespace bunsen {

struct Size2 {
  std::int64_t height = 1;
  std::int64_t width = 1;
  bool operator==(const Size2&) const = default;
};

template <>
const TypeOps& type_ops<Size2>();

}  // namespace bunsen
