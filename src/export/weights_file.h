// weights_file.h - a run's weights.safetensors: parameters, buffers and the numbers of fitted transforms.
#pragma once

#include <filesystem>

#include "nn/model.h"
#include "train/train.h"

namespace bunsen {

/// Tensors by their names in a state dict; `transform.mean`, `transform.sd` (and `test_transform.*` where the
/// test part has another one) in double, where the transform has such numbers, and `transform.fill` where
/// values may be missing; the run's id and name as metadata. The same weights give the same bytes.
void write_weights(const std::filesystem::path& path, const Trained& trained);

/// Copies a file's weights into `model` and returns the test part's transform, `transform` with its numbers.
/// Throws UserError with path and reason where a tensor is missing or has other sizes.
FittedTransform load_weights(const std::filesystem::path& path, const Transform& transform, bool is_image,
                             Model& model);

}  // namespace bunsen
