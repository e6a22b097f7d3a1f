// activation.h - layers that act on each value alone, and softmax.
#pragma once

#include "spec/fields.h"
#include "spec/shape.h"

namespace bunsen {

/// max(0, x).
struct Relu {
  static constexpr std::string_view name = "relu";
  static constexpr Kept keeps = Kept::output;
  static constexpr std::string_view doc = "max(0, x) (torch.nn.ReLU).";
  static constexpr std::string_view example = "relu";
  Shape infer(const Shape& in) const { return in; }
};

/// x for x >= 0, negative_slope x otherwise.
struct LeakyRelu {
  double negative_slope = 0.01;

  static constexpr std::string_view name = "leaky_relu";
  static constexpr Kept keeps = Kept::input;
  static constexpr std::string_view doc = "x, or negative_slope x where x < 0 (torch.nn.LeakyReLU).";
  static constexpr std::string_view example = "leaky_relu: 0.1";
  static void describe(Fields<LeakyRelu>& field) {
    field.main("negative_slope", &LeakyRelu::negative_slope).doc("Slope for negative values.");
  }
  Shape infer(const Shape& in) const { return in; }
};

/// 1 / (1 + exp(-x)).
struct Sigmoid {
  static constexpr std::string_view name = "sigmoid";
  static constexpr Kept keeps = Kept::output;
  static constexpr std::string_view doc = "1 / (1 + exp(-x)) (torch.nn.Sigmoid).";
  static constexpr std::string_view example = "sigmoid";
  Shape infer(const Shape& in) const { return in; }
};

/// tanh(x).
struct Tanh {
  static constexpr std::string_view name = "tanh";
  static constexpr Kept keeps = Kept::output;
  static constexpr std::string_view doc = "Hyperbolic tangent (torch.nn.Tanh).";
  static constexpr std::string_view example = "tanh";
  Shape infer(const Shape& in) const { return in; }
};

enum class GeluApproximation : std::uint8_t { none, tanh };
inline constexpr std::array<std::string_view, 2> names_of(GeluApproximation) { return {"none", "tanh"}; }

/// x Phi(x), Phi the standard normal distribution function (Hendrycks and Gimpel 2016).
struct Gelu {
  GeluApproximation approximate = GeluApproximation::none;

  static constexpr std::string_view name = "gelu";
  static constexpr Kept keeps = Kept::input;
  static constexpr std::string_view doc = "x Phi(x), Phi the normal distribution function (torch.nn.GELU).";
  static constexpr std::string_view example = "gelu";
  static void describe(Fields<Gelu>& field) {
    field("approximate", &Gelu::approximate).doc("`tanh`: the approximation by a hyperbolic tangent.");
  }
  Shape infer(const Shape& in) const { return in; }
};

/// exp(x_k) / sum_i exp(x_i) over the features of a flat input.
struct Softmax {
  static constexpr std::string_view name = "softmax";
  static constexpr Kept keeps = Kept::output;
  static constexpr std::string_view doc =
      "exp(x_k) / sum_i exp(x_i) over the features of a flat input (torch.nn.Softmax, dim 1).";
  static constexpr std::string_view example = "softmax";
  Shape infer(const Shape& in) const { return need_flat(in), in; }
};

/// log(softmax(x)), computed without leaving the log.
struct LogSoftmax {
  static constexpr std::string_view name = "log_softmax";
  static constexpr Kept keeps = Kept::output;
  static constexpr std::string_view doc =
      "log(softmax(x)) over the features of a flat input (torch.nn.LogSoftmax, dim 1).";
  static constexpr std::string_view example = "log_softmax";
  Shape infer(const Shape& in) const { return need_flat(in), in; }
};

}  // namespace bunsen
