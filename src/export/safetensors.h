// safetensors.h - named tensors to and from a .safetensors file (github.com/huggingface/safetensors, format
// 0.x).
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "nn/model.h"

namespace bunsen {

/// What a file holds. The same content gives the same bytes: tensors and metadata are written in the order
/// given.
struct TensorFile {
  std::vector<NamedTensor> tensors;
  std::vector<std::pair<std::string, std::string>> metadata;

  /// Nothing found: an undefined tensor, an empty text.
  at::Tensor find(const std::string& name) const;
  std::string metadata_value(const std::string& key) const;
};

/// Writes atomically. Tensors may lie anywhere and have any strides; they are stored contiguous,
/// little-endian, the first byte at a multiple of 8. Throws UserError with path and reason; std::logic_error
/// for an element type that the format does not know or for two tensors of one name.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

/// Reads a whole file into tensors of its own on the CPU, in the order of their bytes. Throws UserError with
/// path and reason for a file that is not one: a header that is no JSON or too long, an unknown type, sizes
/// that do not fit, bytes that overlap, are left over or missing.
TensorFile read_safetensors(const std::filesystem::path& path);

}  // namespace bunsen
