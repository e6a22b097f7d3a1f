// activation_probes.h - what a model's layers give over one evaluation pass: mean, spread, and units that
// never fire.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nn/model.h"
#include "results/run_record.h"

namespace bunsen {

/// Named values by index of the layer, ascending.
using ActivationValues = std::vector<std::pair<std::size_t, Metrics>>;

/// Sees every layer's output, batch after batch.
class ActivationProbes {
 public:
  explicit ActivationProbes(const Model& model);

  void see(std::size_t layer, const at::Tensor& output);

  /// Of each layer `activation_mean` and `activation_sd` of all values that it gave (sums in double; the sd
  /// divides by their number), of a relu also `dead_share`, the share of its units whose output was 0 for
  /// every sample. A unit is a feature, or, of an image [C, H, W], a channel (zero at every position).
  /// Nothing for a layer that passes its input on as it is: flatten, dropout.
  ActivationValues values() const;

 private:
  struct Layer {
    bool is_watched = false, is_relu = false;
    std::int64_t count = 0;
    double sum = 0, squares = 0;
    at::Tensor largest;  ///< of each unit so far; 0: it has never fired
  };
  std::vector<Layer> layers_;
};

}  // namespace bunsen
