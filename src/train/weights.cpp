#include "train/weights.h"

#include <ATen/ATen.h>

#include <cstdint>

#include "base/sha256.h"

namespace bunsen {

std::string weights_sha256(const std::vector<NamedTensor>& tensors) {
  constexpr std::string_view end_of_text("\0", 1);
  Sha256 hash;
  for (const NamedTensor& named : tensors) {
    const at::Tensor tensor = named.tensor.detach().to(at::kCPU).contiguous();
    hash.update(named.name);
    hash.update(end_of_text);
    hash.update(c10::toString(tensor.scalar_type()));
    hash.update(end_of_text);
    const std::int64_t dimensions = tensor.dim();
    hash.update(&dimensions, sizeof dimensions);
    hash.update(tensor.sizes().data(), static_cast<std::size_t>(dimensions) * sizeof(std::int64_t));
    hash.update(tensor.data_ptr(), tensor.nbytes());
  }
  return hash.hex();
}

}  // namespace bunsen
