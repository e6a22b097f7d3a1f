// dense.h - layers that act on a flat input.
#pragma once

#include "spec/fields.h"
#include "spec/shape.h"

namespace bunsen {

/// Fully connected layer, y = x W^T + b; input [in_features], output [out_features].
struct Linear {
  std::int64_t out_features = 0;
  bool bias = true;

  static constexpr std::string_view name = "linear";
  static constexpr Kept keeps = Kept::input;
  static constexpr std::string_view doc = "Fully connected layer, y = x W^T + b (torch.nn.Linear).";
  static constexpr std::string_view example = "linear: 256";
  static void describe(Fields<Linear>& field) {
    field.main("out_features", &Linear::out_features)
        .required()
        .at_least(1)
        .doc("Number of output features.");
    field("bias", &Linear::bias).doc("Whether to add a learned offset.");
  }
  Shape infer(const Shape& in) const;
  std::vector<Parameter> parameters(const Shape& in) const;
  std::int64_t macs(const Shape& in, const Shape& out) const;
};

/// All dimensions of a sample in one; [C, H, W] -> [C*H*W].
struct Flatten {
  static constexpr std::string_view name = "flatten";
  static constexpr Kept keeps = Kept::nothing;
  static constexpr std::string_view doc =
      "Makes a sample flat: [C, H, W] becomes [C*H*W] (torch.nn.Flatten).";
  static constexpr std::string_view example = "flatten";
  Shape infer(const Shape& in) const { return Shape{{in.elements()}}; }
  bool is_view() const { return true; }
};

}  // namespace bunsen
