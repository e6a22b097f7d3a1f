// all.h - the closed list of transforms: what is done to a sample's values before the first layer.
#pragma once

#include <variant>

#include "spec/fields.h"

namespace bunsen {

/// Values as they are (pixels 0..255).
struct NoTransform {
  static constexpr std::string_view name = "none";
  static constexpr std::string_view doc = "Values as they are; pixels stay 0..255.";
  static constexpr std::string_view example = "none";
};

/// Pixels i -> i / 255, as torchvision's ToTensor does.
struct Scale {
  static constexpr std::string_view name = "scale";
  static constexpr std::string_view doc =
      "Pixels divided by 255 (as torchvision's ToTensor does); images only.";
  static constexpr std::string_view example = "scale";
};

/// (x - mean) / std, after `scale` on images, as torchvision's ToTensor and Normalize do.
struct Normalize {
  std::vector<double> mean;
  std::vector<double> std;

  static constexpr std::string_view name = "normalize";
  static constexpr std::string_view doc =
      "(x - mean) / std with given numbers, one for all or one a channel or feature; images are scaled to "
      "0..1 first (as torchvision's ToTensor and Normalize do).";
  static constexpr std::string_view example = "normalize: {mean: [0.1307], std: [0.3081]}";
  static void describe(Fields<Normalize>& field) {
    field("mean", &Normalize::mean)
        .required()
        .doc("Subtracted; one number, or one a channel (images) or feature (tables).");
    field("std", &Normalize::std).required().above(0).doc("Divided by; as many numbers as `mean`.");
  }
  std::vector<Contradiction> contradictions() const {
    if (mean.size() == std.size() && !mean.empty()) return {};
    return {{"std", "mean and std need the same number of values, at least one",
             "write one number for each channel or feature"}};
  }
};

/// (x - mean) / sd with the mean and standard deviation of the training part.
struct Standardize {
  static constexpr std::string_view name = "standardize";
  static constexpr std::string_view doc =
      "(x - mean) / sd, both measured on the training part (the validation part left out): per feature of a "
      "table, over all pixels of a channel of images (after scaling to 0..1). A constant feature is only "
      "centred.";
  static constexpr std::string_view example = "standardize";
};

struct Transform : std::variant<NoTransform, Scale, Normalize, Standardize> {
  using variant::variant;
  static constexpr std::string_view family_name = "transform";
};

}  // namespace bunsen
