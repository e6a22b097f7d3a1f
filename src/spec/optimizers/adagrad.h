// adagrad.h - steps divided by the size of all gradients so far.
#pragma once

#include "spec/optimizers/groups.h"

namespace bunsen {

template <class T>
void describe_adagrad_numbers(Fields<T>& field) {
  field.main("lr", &T::lr).at_least(0).doc("Learning rate.");
  field("lr_decay", &T::lr_decay).at_least(0).doc("How the learning rate falls with the steps.");
  field("weight_decay", &T::weight_decay).at_least(0).doc("L2 penalty, added to the gradient.");
  field("eps", &T::eps).at_least(0).doc("Added to the denominator.");
}

struct Adagrad;

struct AdagradGroup {
  std::optional<double> lr, lr_decay, weight_decay, eps;

  static constexpr std::string_view example = "{lr: 0.001}";
  static void describe(Fields<AdagradGroup>& field) { describe_adagrad_numbers(field); }
  void apply(Adagrad& options) const;
  bool operator==(const AdagradGroup&) const = default;
};

/// Adagrad (Duchi et al. 2011).
struct Adagrad {
  double lr = 1e-2;
  double lr_decay = 0;
  double weight_decay = 0;
  double eps = 1e-10;
  double initial_accumulator_value = 0;
  bool fused = true;
  bool maximize = false;
  Groups<AdagradGroup> groups = {};

  static constexpr std::string_view name = "adagrad";
  static constexpr std::string_view doc = "Adagrad (torch.optim.Adagrad; Duchi et al. 2011).";
  static constexpr std::string_view formula =
      "g = gradient + weight_decay p, with maximize g = -gradient + weight_decay p\n"
      "s = s + g^2, at the beginning s = initial_accumulator_value\n"
      "p = p - lr / (1 + (t - 1) lr_decay) * g / (sqrt(s) + eps), t the step from 1";
  static constexpr std::string_view example = "adagrad: {lr: 0.05}";
  static void describe(Fields<Adagrad>& field) {
    describe_adagrad_numbers(field);
    field("initial_accumulator_value", &Adagrad::initial_accumulator_value)
        .at_least(0)
        .doc("What the sum of squares begins with.");
    field("fused", &Adagrad::fused).doc("Arithmetic of PyTorch's fused=True, or of its default.");
    describe_direction_and_groups(field);
  }
  bool operator==(const Adagrad&) const = default;
};

inline void AdagradGroup::apply(Adagrad& options) const {
  take(options.lr, lr);
  take(options.lr_decay, lr_decay);
  take(options.weight_decay, weight_decay);
  take(options.eps, eps);
}

}  // namespace bunsen
