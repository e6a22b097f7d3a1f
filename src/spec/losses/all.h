// all.h - the closed list of losses; each is the mean over a batch.
#pragma once

#include <variant>

#include "spec/fields.h"

namespace bunsen {

/// -log softmax(x)[target]; the last layer gives one logit a class.
struct CrossEntropy {
  static constexpr std::string_view name = "cross_entropy";
  static constexpr std::string_view doc =
      "-log softmax(x)[target], on logits, one a class (torch.nn.CrossEntropyLoss).";
  static constexpr std::string_view example = "cross_entropy";
};

/// -x[target]; the last layer gives log-probabilities.
struct Nll {
  static constexpr std::string_view name = "nll";
  static constexpr std::string_view doc =
      "-x[target], on log-probabilities, as `log_softmax` gives them (torch.nn.NLLLoss).";
  static constexpr std::string_view example = "nll";
};

/// (x - target)^2; regression.
struct Mse {
  static constexpr std::string_view name = "mse";
  static constexpr std::string_view doc = "(x - target)^2, for regression (torch.nn.MSELoss).";
  static constexpr std::string_view example = "mse";
};

/// Two classes from one logit.
struct BceWithLogits {
  static constexpr std::string_view name = "bce_with_logits";
  static constexpr std::string_view doc =
      "-(t log s(x) + (1 - t) log(1 - s(x))), s the sigmoid; two classes from one logit "
      "(torch.nn.BCEWithLogitsLoss).";
  static constexpr std::string_view example = "bce_with_logits";
};

struct Loss : std::variant<CrossEntropy, Nll, Mse, BceWithLogits> {
  using variant::variant;
  static constexpr std::string_view family_name = "loss";
};

}  // namespace bunsen
