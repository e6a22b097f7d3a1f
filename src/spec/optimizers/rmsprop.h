// rmsprop.h - steps divided by a running mean of the gradients' size.
#pragma once

#include "spec/optimizers/groups.h"

namespace bunsen {

template <class T>
void describe_rmsprop_numbers(Fields<T>& field) {
  field.main("lr", &T::lr).at_least(0).doc("Learning rate.");
  field("alpha", &T::alpha).at_least(0).at_most(1).doc("Decay rate of the squared gradient's mean.");
  field("eps", &T::eps).at_least(0).doc("Added to the denominator.");
  field("weight_decay", &T::weight_decay).at_least(0).doc("L2 penalty, added to the gradient.");
  field("momentum", &T::momentum).at_least(0).doc("Share of the last step that is kept.");
}

struct RmsProp;

struct RmsPropGroup {
  std::optional<double> lr, alpha, eps, weight_decay, momentum;

  static constexpr std::string_view example = "{lr: 0.001}";
  static void describe(Fields<RmsPropGroup>& field) { describe_rmsprop_numbers(field); }
  void apply(RmsProp& options) const;
  bool operator==(const RmsPropGroup&) const = default;
};

/// RMSprop (Hinton 2012). PyTorch has no fused form of it.
struct RmsProp {
  double lr = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
  bool maximize = false;
  Groups<RmsPropGroup> groups = {};

  static constexpr std::string_view name = "rmsprop";
  static constexpr std::string_view doc = "RMSprop (torch.optim.RMSprop; Hinton 2012).";
  static constexpr std::string_view formula =
      "g = gradient + weight_decay p, with maximize g = -gradient + weight_decay p\n"
      "v = alpha v + (1 - alpha) g^2, r = sqrt(v)\n"
      "centered: a = alpha a + (1 - alpha) g, r = sqrt(v - a^2)   (Graves 2013)\n"
      "p = p - lr g / (r + eps), with momentum b = momentum b + g / (r + eps), p = p - lr b";
  static constexpr std::string_view example = "rmsprop: {lr: 1e-3, momentum: 0.9}";
  static void describe(Fields<RmsProp>& field) {
    describe_rmsprop_numbers(field);
    field("centered", &RmsProp::centered).doc("Divide by the gradient's standard deviation instead.");
    describe_direction_and_groups(field);
  }
  bool operator==(const RmsProp&) const = default;
};

inline void RmsPropGroup::apply(RmsProp& options) const {
  take(options.lr, lr);
  take(options.alpha, alpha);
  take(options.eps, eps);
  take(options.weight_decay, weight_decay);
  take(options.momentum, momentum);
}

}  // namespace bunsen
