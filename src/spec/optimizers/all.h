// all.h - the closed list of optimizers. `fused: true` has the bits of PyTorch's fused=True, `fused: false`
// those of its default loop.
#pragma once

#include <variant>

#include "spec/fields.h"

namespace bunsen {

/// Two decay rates, written `[0.9, 0.999]`.
struct Betas {
  double first = 0.9;
  double second = 0.999;
};
template <>
const TypeOps& type_ops<Betas>();

/// Stochastic gradient descent, with momentum as PyTorch defines it: buf = momentum buf + (1 - dampening) g,
/// p -= lr buf.
struct Sgd {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool fused = true;

  static constexpr std::string_view name = "sgd";
  static constexpr std::string_view doc = "Stochastic gradient descent, with momentum (torch.optim.SGD).";
  static constexpr std::string_view formula =
      "g = gradient + weight_decay p\n"
      "b = momentum b + (1 - dampening) g, at the first step b = g   (Sutskever et al. 2013)\n"
      "p = p - lr b, with nesterov p = p - lr (g + momentum b)";
  static constexpr std::string_view example = "sgd: {lr: 0.1, momentum: 0.9}";
  static void describe(Fields<Sgd>& field) {
    field.main("lr", &Sgd::lr).at_least(0).doc("Learning rate.");
    field("momentum", &Sgd::momentum).at_least(0).doc("Share of the last step that is kept.");
    field("dampening", &Sgd::dampening).doc("Share of the gradient that is left out of the momentum.");
    field("weight_decay", &Sgd::weight_decay).at_least(0).doc("L2 penalty, added to the gradient.");
    field("nesterov", &Sgd::nesterov).doc("Nesterov's momentum.");
    field("fused", &Sgd::fused).doc("Arithmetic of PyTorch's fused=True, or of its default.");
  }
  std::vector<Contradiction> contradictions() const {
    if (!nesterov || (momentum > 0 && dampening == 0)) return {};
    return {{"nesterov", "nesterov needs momentum above 0 and dampening 0", "add `momentum: 0.9`"}};
  }
};

/// The keys of Adam and AdamW, which differ in what `weight_decay` means.
template <class T>
void describe_adam(Fields<T>& field, std::string_view weight_decay) {
  field.main("lr", &T::lr).at_least(0).doc("Learning rate.");
  field("betas", &T::betas)
      .at_least(0)
      .below(1)
      .doc("Decay rates of the gradient's mean and of its square's.");
  field("eps", &T::eps).at_least(0).doc("Added to the denominator.");
  field("weight_decay", &T::weight_decay).at_least(0).doc(weight_decay);
  field("amsgrad", &T::amsgrad).doc("Keep the largest second moment (Reddi et al. 2018).");
  field("fused", &T::fused).doc("Arithmetic of PyTorch's fused=True, or of its default.");
}

/// Adam (Kingma and Ba 2015).
struct Adam {
  double lr = 1e-3;
  Betas betas;
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool fused = true;

  static constexpr std::string_view name = "adam";
  static constexpr std::string_view doc = "Adam (torch.optim.Adam; Kingma and Ba 2015).";
  static constexpr std::string_view formula =
      "g = gradient + weight_decay p\n"
      "m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2\n"
      "p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps), t the step from 1\n"
      "amsgrad: the largest v so far in place of v";
  static constexpr std::string_view example = "adam: {lr: 3e-4}";
  static void describe(Fields<Adam>& field) { describe_adam(field, "L2 penalty, added to the gradient."); }
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
struct AdamW {
  double lr = 1e-3;
  Betas betas;
  double eps = 1e-8;
  double weight_decay = 1e-2;
  bool amsgrad = false;
  bool fused = true;

  static constexpr std::string_view name = "adamw";
  static constexpr std::string_view doc =
      "Adam with decoupled weight decay (torch.optim.AdamW; Loshchilov and Hutter 2019).";
  static constexpr std::string_view formula =
      "p = p - lr weight_decay p, g = gradient\n"
      "m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2\n"
      "p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps), t the step from 1\n"
      "amsgrad: the largest v so far in place of v";
  static constexpr std::string_view example = "adamw: {lr: 3e-4, weight_decay: 0.05}";
  static void describe(Fields<AdamW>& field) {
    describe_adam(field, "Weights shrink by lr * weight_decay a step.");
  }
};

struct Optimizer : std::variant<Sgd, Adam, AdamW> {
  using variant::variant;
  static constexpr std::string_view family_name = "optimizer";
};

}  // namespace bunsen
