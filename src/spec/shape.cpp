#include "spec/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/saturating.h"

namespace bunsen {

std::int64_t Shape::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t size : sizes) product = saturating_product(product, size);
  return product;
}

std::string to_text(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape.sizes, ", ")); }

void need_flat(const Shape& in) {
  if (!in.is_flat())
    throw ShapeError(fmt::format("needs a flat input, got {}; put `flatten` before it", to_text(in)));
}

void need_image(const Shape& in) {
  if (!in.is_image()) {
    throw ShapeError(
        fmt::format("needs an input [C, H, W], got {}; put it before `flatten`, on image data", to_text(in)));
  }
}

}  // namespace bunsen
