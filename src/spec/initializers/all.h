// all.h - the closed list of initializers.
#pragma once

#include <variant>

#include "spec/fields.h"

namespace bunsen {

/// Normal distribution.
struct Normal {
  double mean = 0;
  double std = 1;

  static constexpr std::string_view name = "normal";
  static constexpr std::string_view doc = "Normal distribution (torch.nn.init.normal_).";
  static constexpr std::string_view example = "normal: {std: 0.05}";
  static void describe(Fields<Normal>& field) {
    field("mean", &Normal::mean).doc("Mean.");
    field.main("std", &Normal::std).at_least(0).doc("Standard deviation.");
  }
};

/// Uniform distribution over [a, b).
struct Uniform {
  double a = 0;
  double b = 1;

  static constexpr std::string_view name = "uniform";
  static constexpr std::string_view doc = "Uniform distribution over [a, b) (torch.nn.init.uniform_).";
  static constexpr std::string_view example = "uniform: {a: -0.1, b: 0.1}";
  static void describe(Fields<Uniform>& field) {
    field("a", &Uniform::a).doc("Lower end.");
    field("b", &Uniform::b).doc("Upper end.");
  }
  std::vector<Contradiction> contradictions() const {
    if (a <= b) return {};
    return {{"a", "the lower end a is above the upper end b", "write a <= b"}};
  }
};

/// The same value everywhere.
struct Constant {
  double val = 0;

  static constexpr std::string_view name = "constant";
  static constexpr std::string_view doc = "The same value everywhere (torch.nn.init.constant_).";
  static constexpr std::string_view example = "constant: 0";
  static void describe(Fields<Constant>& field) {
    field.main("val", &Constant::val).required().doc("The value.");
  }
};

/// U(-a, a), a = gain sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010).
struct XavierUniform {
  double gain = 1;

  static constexpr std::string_view name = "xavier_uniform";
  static constexpr std::string_view doc =
      "U(-a, a), a = gain sqrt(6 / (fan_in + fan_out)) (torch.nn.init.xavier_uniform_; Glorot and Bengio "
      "2010).";
  static constexpr std::string_view example = "xavier_uniform";
  static void describe(Fields<XavierUniform>& field) {
    field.main("gain", &XavierUniform::gain).doc("Scale.");
  }
};

/// N(0, std), std = gain sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010).
struct XavierNormal {
  double gain = 1;

  static constexpr std::string_view name = "xavier_normal";
  static constexpr std::string_view doc =
      "N(0, std), std = gain sqrt(2 / (fan_in + fan_out)) (torch.nn.init.xavier_normal_; Glorot and Bengio "
      "2010).";
  static constexpr std::string_view example = "xavier_normal: 1.4";
  static void describe(Fields<XavierNormal>& field) { field.main("gain", &XavierNormal::gain).doc("Scale."); }
};

enum class FanMode : std::uint8_t { fan_in, fan_out };
inline constexpr std::array<std::string_view, 2> names_of(FanMode) { return {"fan_in", "fan_out"}; }

enum class Nonlinearity : std::uint8_t { linear, sigmoid, tanh, relu, leaky_relu };
inline constexpr std::array<std::string_view, 5> names_of(Nonlinearity) {
  return {"linear", "sigmoid", "tanh", "relu", "leaky_relu"};
}

template <class T>
void describe_kaiming(Fields<T>& field) {
  field("a", &T::a).doc("Negative slope that `leaky_relu` takes the gain from.");
  field("mode", &T::mode).doc("`fan_in` keeps the variance forward, `fan_out` backward.");
  field("nonlinearity", &T::nonlinearity).doc("What follows the layer; decides the gain.");
}

/// U(-b, b), b = gain sqrt(3 / fan), gain of the nonlinearity (He et al. 2015).
struct KaimingUniform {
  double a = 0;
  FanMode mode = FanMode::fan_in;
  Nonlinearity nonlinearity = Nonlinearity::leaky_relu;

  static constexpr std::string_view name = "kaiming_uniform";
  static constexpr std::string_view doc =
      "U(-b, b), b = gain sqrt(3 / fan) (torch.nn.init.kaiming_uniform_; He et al. 2015).";
  static constexpr std::string_view formula =
      "fan = fan_in or fan_out, as `mode` says; gain = sqrt(2 / (1 + a^2)) for leaky_relu,\n"
      "sqrt(2) for relu, 5/3 for tanh, 1 for linear and sigmoid";
  static constexpr std::string_view example = "kaiming_uniform: {nonlinearity: relu}";
  static void describe(Fields<KaimingUniform>& field) { describe_kaiming(field); }
};

/// N(0, std), std = gain / sqrt(fan) (He et al. 2015).
struct KaimingNormal {
  double a = 0;
  FanMode mode = FanMode::fan_in;
  Nonlinearity nonlinearity = Nonlinearity::leaky_relu;

  static constexpr std::string_view name = "kaiming_normal";
  static constexpr std::string_view doc =
      "N(0, std), std = gain / sqrt(fan) (torch.nn.init.kaiming_normal_; He et al. 2015).";
  static constexpr std::string_view formula =
      "fan = fan_in or fan_out, as `mode` says; gain = sqrt(2 / (1 + a^2)) for leaky_relu,\n"
      "sqrt(2) for relu, 5/3 for tanh, 1 for linear and sigmoid";
  static constexpr std::string_view example = "kaiming_normal: {nonlinearity: relu}";
  static void describe(Fields<KaimingNormal>& field) { describe_kaiming(field); }
};

/// A (semi-)orthogonal matrix (Saxe et al. 2013).
struct Orthogonal {
  double gain = 1;

  static constexpr std::string_view name = "orthogonal";
  static constexpr std::string_view doc =
      "A (semi-)orthogonal matrix (torch.nn.init.orthogonal_; Saxe et al. 2013).";
  static constexpr std::string_view formula =
      "Q of the QR decomposition of a normal matrix, the signs of R's diagonal moved into Q, times gain";
  static constexpr std::string_view example = "orthogonal";
  static void describe(Fields<Orthogonal>& field) { field.main("gain", &Orthogonal::gain).doc("Scale."); }
};

struct Initializer : std::variant<Normal, Uniform, Constant, XavierUniform, XavierNormal, KaimingUniform,
                                  KaimingNormal, Orthogonal> {
  using variant::variant;
  static constexpr std::string_view family_name = "initializer";

  /// Xavier, Kaiming and orthogonal need a tensor of two or more dimensions: they can't fill a bias.
  bool needs_matrix() const { return index() > 2; }
};

}  // namespace bunsen
