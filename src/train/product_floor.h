// product_floor.h - how long the matrix products of a training step take when nothing else is done.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nn/model.h"

namespace bunsen {

/// The products of a model's linear layers for a batch, on a CPU: forward, by the weight and, where a layer
/// before it learns, by the input; into buffers that are used again. Draws no random number.
class ProductFloor {
 public:
  ProductFloor(const Model& model, std::int64_t batch_size);

  /// Multiplies for some steps, at most 0.2 seconds and the last step's.
  void measure();
  /// Mean seconds of a step, by layer; nothing for a layer that is not linear, or before anything was
  /// measured.
  std::vector<std::optional<double>> seconds() const;

 private:
  struct Products {
    std::size_t layer = 0;
    bool wants_input = false;
    at::Tensor input, weight, gradient, output, by_weight, by_input;
    double seconds = 0;
  };
  void multiply();

  std::vector<Products> products_;
  std::size_t layers_;
  std::size_t steps_ = 0;
};

}  // namespace bunsen
