// clip.h - how gradients are kept small before a step.
#pragma once

#include <variant>

#include "spec/fields.h"

namespace bunsen {

/// All gradients are scaled together where their common norm is too large.
struct ClipNorm {
  double max_norm = 1;
  double norm_type = 2;

  static constexpr std::string_view name = "norm";
  static constexpr std::string_view doc =
      "All gradients are scaled together so that their norm is at most `max_norm` "
      "(torch.nn.utils.clip_grad_norm_).";
  static constexpr std::string_view formula =
      "n = the norm of the norms of all parameters' gradients\n"
      "g = g min(1, max_norm / (n + 1e-6))";
  static constexpr std::string_view example = "norm: 1.0";
  static void describe(Fields<ClipNorm>& field) {
    field.main("max_norm", &ClipNorm::max_norm).required().at_least(0).doc("Largest norm of all gradients.");
    field("norm_type", &ClipNorm::norm_type).above(0).doc("p of the p-norm.");
  }
};

/// Each number of a gradient is cut off.
struct ClipValue {
  double clip_value = 1;

  static constexpr std::string_view name = "value";
  static constexpr std::string_view doc =
      "Each number of a gradient is cut off at -clip_value and clip_value (torch.nn.utils.clip_grad_value_).";
  static constexpr std::string_view example = "value: 0.5";
  static void describe(Fields<ClipValue>& field) {
    field.main("clip_value", &ClipValue::clip_value)
        .required()
        .at_least(0)
        .doc("Largest size of a gradient's number.");
  }
};

struct Clip : std::variant<ClipNorm, ClipValue> {
  using variant::variant;
  static constexpr std::string_view family_name = "clip";
};

}  // namespace bunsen
