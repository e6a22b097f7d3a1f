#include "nn/philox.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/errors.h"

namespace bunsen {
namespace {

constexpr std::uint64_t block_threads = 256;  ///< of ATen's kernels for random numbers
constexpr std::uint64_t smallest_grid_threads = 40960;

constexpr float step_of_uniform = 2.3283064e-10f;  // 2^-32
constexpr float step_of_angle = step_of_uniform * 6.2831855f;

float to_uniform(std::uint32_t draw) {
  return static_cast<float>(draw) * step_of_uniform + step_of_uniform / 2;
}

/// Box and Muller's transform of two draws, the sine first.
std::array<float, 2> to_normals(std::uint32_t radius, std::uint32_t angle) {
  const float v = static_cast<float>(angle) * step_of_angle + step_of_angle / 2;
  const float s = std::sqrt(-2.0f * std::log(to_uniform(radius)));
  return {s * std::sin(v), s * std::cos(v)};
}

std::array<std::uint32_t, 2> halves(std::uint64_t value) {
  return {static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)};
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const auto [low_a, high_a] = halves(std::uint64_t{0xD2511F53} * counter[0]);
    const auto [low_b, high_b] = halves(std::uint64_t{0xCD9E8D57} * counter[2]);
    counter = {high_b ^ counter[1] ^ key[0], low_b, high_a ^ counter[3] ^ key[1], low_a};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// Thread t of the grid draws four numbers a call and writes them a whole grid apart: elements t, t + T, t +
// 2T, t + 3T.
template <class Transform>
void CudaGenerator::fill(std::span<float> out, Transform transform) {
  const std::uint64_t size = out.size();
  if (size == 0) return;
  if (size > smallest_grid_threads && !device_.multiprocessors) {
    throw UserError(
        fmt::format("cuda_philox draws {} values for one tensor, and above {} they depend on the GPU model; "
                    "name its `multiprocessors` in `init`",
                    size, smallest_grid_threads));
  }
  std::uint64_t blocks = (size + block_threads - 1) / block_threads;
  if (device_.multiprocessors) {
    const auto resident =
        static_cast<std::uint64_t>(*device_.multiprocessors * (device_.threads_per_multiprocessor / 256));
    blocks = std::min(blocks, resident);
  }
  const std::uint64_t threads = blocks * block_threads;
  const std::array<std::uint32_t, 2> key = halves(seed_);
  const std::uint64_t calls = (size - 1) / (threads * 4) + 1;
  for (std::uint64_t call = 0; call < calls; ++call) {
    const std::array<std::uint32_t, 2> position = halves(offset_ / 4 + call);
    const std::uint64_t begin = call * threads * 4;
    for (std::uint64_t thread = 0; thread < std::min(threads, size - begin); ++thread) {
      const std::array<std::uint32_t, 2> subsequence = halves(thread);
      const std::array<float, 4> values =
          transform(philox({position[0], position[1], subsequence[0], subsequence[1]}, key));
      for (std::uint64_t i = 0; i < 4; ++i) {
        const std::uint64_t element = begin + thread + i * threads;
        if (element < size) out[element] = values[i];
      }
    }
  }
  offset_ += calls * 4;
}

void CudaGenerator::normal(std::span<float> out, double mean, double std) {
  const auto scale = static_cast<float>(std), offset = static_cast<float>(mean);
  fill(out, [scale, offset](const std::array<std::uint32_t, 4>& draws) {
    const auto [a, b] = to_normals(draws[0], draws[1]);
    const auto [c, d] = to_normals(draws[2], draws[3]);
    return std::array<float, 4>{a * scale + offset, b * scale + offset, c * scale + offset,
                                d * scale + offset};
  });
}

void CudaGenerator::uniform(std::span<float> out, double from, double to) {
  const auto low = static_cast<float>(from), high = static_cast<float>(to);
  const auto value = [low, high, range = high - low](std::uint32_t draw) {
    const float drawn = to_uniform(draw) * range + low;
    return drawn == high ? low : drawn;  // draws lie in (0, 1], values in [from, to)
  };
  fill(out, [value](const std::array<std::uint32_t, 4>& draws) {
    return std::array<float, 4>{value(draws[0]), value(draws[1]), value(draws[2]), value(draws[3])};
  });
}

}  // namespace bunsen
