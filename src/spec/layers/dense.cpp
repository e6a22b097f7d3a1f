#include "spec/layers/dense.h"

#include "base/saturating.h"

namespace bunsen {

Shape Linear::infer(const Shape& in) const {
  need_flat(in);
  return Shape{{out_features}};
}

std::vector<Parameter> Linear::parameters(const Shape& in) const {
  std::vector<Parameter> out{{"weight", {out_features, in.features()}}};
  if (bias) out.push_back({"bias", {out_features}});
  return out;
}

std::int64_t Linear::macs(const Shape& in, const Shape&) const {
  return saturating_product(in.features(), out_features);
}

}  // namespace bunsen
