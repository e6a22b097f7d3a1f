// product_floor.h - how long the matrix products of a training step take when nothing else is done.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "nn/model.h"

namespace bunsen {

/// For each layer of `model`, on a CPU, seconds that a step of `batch_size` samples spends in its matrix
/// products alone: forward, by the weight and, where a layer before it learns, by the input; into buffers
/// that are used again. The mean of up to 400 steps or half a second. Nothing for a layer that is not
/// linear. Draws no random number.
std::vector<std::optional<double>> product_seconds(const Model& model, std::int64_t batch_size);

}  // namespace bunsen
