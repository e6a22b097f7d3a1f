// adam.h - Adam and AdamW, which differ in what `weight_decay` means.
#pragma once

#include "spec/optimizers/groups.h"

namespace bunsen {

/// Two decay rates, written `[0.9, 0.999]`.
struct Betas {
  double first = 0.9;
  double second = 0.999;

  bool operator==(const Betas&) const = default;
};
template <>
const TypeOps& type_ops<Betas>();

template <class T>
void describe_adam_numbers(Fields<T>& field, std::string_view weight_decay) {
  field.main("lr", &T::lr).at_least(0).doc("Learning rate.");
  field("betas", &T::betas)
      .at_least(0)
      .below(1)
      .doc("Decay rates of the gradient's mean and of its square's.");
  field("eps", &T::eps).at_least(0).doc("Added to the denominator.");
  field("weight_decay", &T::weight_decay).at_least(0).doc(weight_decay);
}

template <class T>
void describe_adam(Fields<T>& field, std::string_view weight_decay) {
  describe_adam_numbers(field, weight_decay);
  field("amsgrad", &T::amsgrad).doc("Keep the largest second moment (Reddi et al. 2018).");
  field("fused", &T::fused).doc("Arithmetic of PyTorch's fused=True, or of its default.");
  describe_direction_and_groups(field);
}

struct AdamGroup {
  std::optional<double> lr;
  std::optional<Betas> betas;
  std::optional<double> eps, weight_decay;

  static constexpr std::string_view example = "{lr: 3e-4}";
  static void describe(Fields<AdamGroup>& field) {
    describe_adam_numbers(field, "As the optimizer's `weight_decay`.");
  }
  /// To Adam's options, or to AdamW's.
  template <class T>
  void apply(T& options) const {
    take(options.lr, lr);
    take(options.betas, betas);
    take(options.eps, eps);
    take(options.weight_decay, weight_decay);
  }
  bool operator==(const AdamGroup&) const = default;
};

/// Adam (Kingma and Ba 2015).
struct Adam {
  double lr = 1e-3;
  Betas betas = {};
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool fused = true;
  bool maximize = false;
  Groups<AdamGroup> groups = {};

  static constexpr std::string_view name = "adam";
  static constexpr std::string_view doc = "Adam (torch.optim.Adam; Kingma and Ba 2015).";
  static constexpr std::string_view formula =
      "g = gradient + weight_decay p, with maximize g = -gradient + weight_decay p\n"
      "m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2\n"
      "p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps), t the step from 1\n"
      "amsgrad: the largest v so far in place of v";
  static constexpr std::string_view example = "adam: {lr: 3e-4}";
  static void describe(Fields<Adam>& field) { describe_adam(field, "L2 penalty, added to the gradient."); }
  bool operator==(const Adam&) const = default;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
struct AdamW {
  double lr = 1e-3;
  Betas betas = {};
  double eps = 1e-8;
  double weight_decay = 1e-2;
  bool amsgrad = false;
  bool fused = true;
  bool maximize = false;
  Groups<AdamGroup> groups = {};

  static constexpr std::string_view name = "adamw";
  static constexpr std::string_view doc =
      "Adam with decoupled weight decay (torch.optim.AdamW; Loshchilov and Hutter 2019).";
  static constexpr std::string_view formula =
      "p = p - lr weight_decay p, g = gradient, with maximize g = -gradient\n"
      "m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2\n"
      "p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps), t the step from 1\n"
      "amsgrad: the largest v so far in place of v";
  static constexpr std::string_view example = "adamw: {lr: 3e-4, weight_decay: 0.05}";
  static void describe(Fields<AdamW>& field) {
    describe_adam(field, "Weights shrink by lr * weight_decay a step.");
  }
  bool operator==(const AdamW&) const = default;
};

}  // namespace bunsen
