// norm.h - layers that behave differently in training and in evaluation.
#pragma once

#include "spec/fields.h"
#include "spec/shape.h"

namespace bunsen {

template <class T>
void describe_batch_norm(Fields<T>& field) {
  field("eps", &T::eps).above(0).doc("Added to the variance.");
  field("momentum", &T::momentum)
      .at_least(0)
      .at_most(1)
      .doc("Weight of the newest batch in the running mean and variance.");
  field("affine", &T::affine).doc("Whether to learn a weight and a bias per feature or channel.");
}

/// Batch normalization over a flat input: (x - mean) / sqrt(var + eps) * weight + bias (Ioffe and Szegedy
/// 2015).
struct BatchNorm1d {
  double eps = 1e-5;
  double momentum = 0.1;
  bool affine = true;

  static constexpr std::string_view name = "batch_norm1d";
  static constexpr Kept keeps = Kept::input;
  static constexpr std::string_view doc = "Batch normalization of a flat input (torch.nn.BatchNorm1d).";
  static constexpr std::string_view formula =
      "y = (x - mean) / sqrt(var + eps) * weight + bias   (Ioffe and Szegedy 2015)\n"
      "training: mean and variance (of n values, divided by n) of the batch\n"
      "evaluation: running = (1 - momentum) running + momentum batch, variance divided by n - 1";
  static constexpr std::string_view example = "batch_norm1d";
  static void describe(Fields<BatchNorm1d>& field) { describe_batch_norm(field); }
  Shape infer(const Shape& in) const;
  std::vector<Parameter> parameters(const Shape& in) const;
};

/// Batch normalization per channel of [C, H, W].
struct BatchNorm2d {
  double eps = 1e-5;
  double momentum = 0.1;
  bool affine = true;

  static constexpr std::string_view name = "batch_norm2d";
  static constexpr Kept keeps = Kept::input;
  static constexpr std::string_view doc =
      "Batch normalization per channel of [C, H, W] (torch.nn.BatchNorm2d).";
  static constexpr std::string_view formula =
      "y = (x - mean) / sqrt(var + eps) * weight + bias   (Ioffe and Szegedy 2015)\n"
      "training: mean and variance (of n values, divided by n) of the batch\n"
      "evaluation: running = (1 - momentum) running + momentum batch, variance divided by n - 1";
  static constexpr std::string_view example = "batch_norm2d";
  static void describe(Fields<BatchNorm2d>& field) { describe_batch_norm(field); }
  Shape infer(const Shape& in) const;
  std::vector<Parameter> parameters(const Shape& in) const;
};

/// Sets a share p of the values to 0 and divides the rest by 1 - p, in training only (Srivastava et al.
/// 2014).
struct Dropout {
  double p = 0.5;

  static constexpr std::string_view name = "dropout";
  static constexpr Kept keeps = Kept::nothing;
  static constexpr std::string_view doc =
      "Zeroes a random share of the values in training (torch.nn.Dropout; Srivastava et al. 2014).";
  static constexpr std::string_view formula =
      "training: y = m x / (1 - p), m = 0 with probability p, else 1\n"
      "evaluation: y = x";
  static constexpr std::string_view example = "dropout: 0.2";
  static void describe(Fields<Dropout>& field) {
    field.main("p", &Dropout::p).at_least(0).at_most(1).doc("Share of values set to 0.");
  }
  Shape infer(const Shape& in) const { return in; }
  bool is_view() const { return p == 0; }
  std::int64_t kept_bytes(const Shape& in, const Shape& out) const;  ///< what the values were multiplied by
};

}  // namespace bunsen
