// all.h - the closed list of optimizers. `fused: true` has the bits of PyTorch's fused=True, `fused: false`
// those of its default loop.
#pragma once

#include <variant>

#include "spec/optimizers/adagrad.h"
#include "spec/optimizers/adam.h"
#include "spec/optimizers/rmsprop.h"
#include "spec/optimizers/sgd.h"

namespace bunsen {

struct Optimizer : std::variant<Sgd, Adam, AdamW, RmsProp, Adagrad> {
  using variant::variant;
  static constexpr std::string_view family_name = "optimizer";
};

}  // namespace bunsen
