// philox.h - the random numbers that LibTorch's CUDA generator draws, computed on a CPU.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace bunsen {

/// Philox4x32-10 (Salmon et al. 2011): ten rounds over a 128-bit counter with a 64-bit key.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// The default generator of a CUDA device after manual_seed(seed), and its fills of contiguous float32
/// tensors. Element layout and offsets are those of ATen's DistributionTemplates.h, Box-Muller that of
/// curand_normal4. The device's own logarithm, sine and cosine differ from these by at most some 1e-7.
class CudaGenerator {
 public:
  /// The GPU; without multiprocessors, fills of more than 40,960 elements (an NVIDIA T4's threads) throw
  /// UserError, since their layout depends on it.
  struct Device {
    std::optional<std::int64_t> multiprocessors;
    std::int64_t threads_per_multiprocessor = 2048;
  };
  CudaGenerator(std::uint64_t seed, Device device) : seed_(seed), device_(device) {}

  /// Tensor.normal_(mean, std).
  void normal(std::span<float> out, double mean, double std);
  /// Tensor.uniform_(from, to): values in [from, to).
  void uniform(std::span<float> out, double from, double to);

 private:
  template <class Transform>
  void fill(std::span<float> out, Transform transform);

  std::uint64_t seed_;
  Device device_;
  std::uint64_t offset_ = 0;  ///< of the next fill, in 32-bit draws a thread
};

}  // namespace bunsen
