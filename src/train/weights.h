// weights.h - a model's tensors as one number that says whether two trainings ended alike.
#pragma once

#include <string>
#include <vector>

#include "nn/model.h"

namespace bunsen {

/// SHA-256 over a model's tensors (Model::state(): parameters and buffers in state_dict()'s order), for each
/// of them: its name, a byte 0, its element type by LibTorch's name (`Float`), a byte 0, the number of its
/// dimensions and each size as little-endian 64-bit integers, then its bytes, contiguous and little-endian.
/// 64 hex digits.
std::string weights_sha256(const std::vector<NamedTensor>& tensors);

}  // namespace bunsen
