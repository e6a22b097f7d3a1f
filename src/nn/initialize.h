// initialize.h - fills a model's weights and biases as a config's `init` says.
#pragma once

#include <cstdint>

#include "nn/model.h"
#include "spec/training.h"

namespace bunsen {

/// Draws in layer order, weight then bias of each, from the global CPU generator (`generator: cpu`) or as a
/// CUDA generator seeded with `seed` would (`cuda_philox`). The overall weight and bias go to linear and
/// conv2d layers; `init.layers` to any layer with such a parameter, found by name (its index where it has
/// none) or pattern, the last match that names the parameter winning. Equal in bits to torch.nn.init; what is
/// not named keeps its default. The model must be on the CPU. Throws UserError where `cuda_philox` meets a
/// tensor whose values depend on the GPU model.
void initialize(Model& model, const Init& init, std::int64_t seed);

}  // namespace bunsen
