// sgd.h - stochastic gradient descent.
#pragma once

#include "spec/optimizers/groups.h"

namespace bunsen {

template <class T>
void describe_sgd_numbers(Fields<T>& field) {
  field.main("lr", &T::lr).at_least(0).doc("Learning rate.");
  field("momentum", &T::momentum).at_least(0).doc("Share of the last step that is kept.");
  field("dampening", &T::dampening).doc("Share of the gradient that is left out of the momentum.");
  field("weight_decay", &T::weight_decay).at_least(0).doc("L2 penalty, added to the gradient.");
}

struct Sgd;

struct SgdGroup {
  std::optional<double> lr, momentum, dampening, weight_decay;

  static constexpr std::string_view example = "{lr: 0.01}";
  static void describe(Fields<SgdGroup>& field) { describe_sgd_numbers(field); }
  void apply(Sgd& options) const;
  bool operator==(const SgdGroup&) const = default;
};

/// Stochastic gradient descent, with momentum as PyTorch defines it: buf = momentum buf + (1 - dampening) g,
/// p -= lr buf.
struct Sgd {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool fused = true;
  bool maximize = false;
  Groups<SgdGroup> groups = {};

  static constexpr std::string_view name = "sgd";
  static constexpr std::string_view doc = "Stochastic gradient descent, with momentum (torch.optim.SGD).";
  static constexpr std::string_view formula =
      "g = gradient + weight_decay p, with maximize g = -gradient + weight_decay p\n"
      "b = momentum b + (1 - dampening) g, at the first step b = g   (Sutskever et al. 2013)\n"
      "p = p - lr b, with nesterov p = p - lr (g + momentum b)";
  static constexpr std::string_view example = "sgd: {lr: 0.1, momentum: 0.9}";
  static void describe(Fields<Sgd>& field) {
    describe_sgd_numbers(field);
    field("nesterov", &Sgd::nesterov).doc("Nesterov's momentum.");
    field("fused", &Sgd::fused).doc("Arithmetic of PyTorch's fused=True, or of its default.");
    describe_direction_and_groups(field);
  }
  std::vector<Contradiction> contradictions() const {
    if (!nesterov || (momentum > 0 && dampening == 0)) return {};
    return {{"nesterov", "nesterov needs momentum above 0 and dampening 0", "add `momentum: 0.9`"}};
  }
  bool operator==(const Sgd&) const = default;
};

inline void SgdGroup::apply(Sgd& options) const {
  take(options.lr, lr);
  take(options.momentum, momentum);
  take(options.dampening, dampening);
  take(options.weight_decay, weight_decay);
}

}  // namespace bunsen
