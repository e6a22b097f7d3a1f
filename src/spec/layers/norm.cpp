#include "spec/layers/norm.h"

#include "base/saturating.h"

namespace bunsen {
namespace {

std::vector<Parameter> scale_and_offset(bool affine, std::int64_t size) {
  if (!affine) return {};
  return {{"weight", {size}}, {"bias", {size}}};
}

}  // namespace

Shape BatchNorm1d::infer(const Shape& in) const {
  if (in.is_image())
    throw ShapeError("needs a flat input, got " + to_text(in) +
                     "; use `batch_norm2d` or put `flatten` before it");
  need_flat(in);
  return in;
}
std::vector<Parameter> BatchNorm1d::parameters(const Shape& in) const {
  return scale_and_offset(affine, in.features());
}

Shape BatchNorm2d::infer(const Shape& in) const {
  if (in.is_flat()) throw ShapeError("needs an input [C, H, W], got " + to_text(in) + "; use `batch_norm1d`");
  need_image(in);
  return in;
}
std::vector<Parameter> BatchNorm2d::parameters(const Shape& in) const {
  return scale_and_offset(affine, in.sizes[0]);
}

std::int64_t Dropout::kept_bytes(const Shape& in, const Shape&) const {
  return is_view() ? 0 : saturating_product(in.elements(), sizeof(float));
}

}  // namespace bunsen
