// Compiled with -ffp-contract=off, so that every clone rounds alike.
#include "train/kernels.h"

#include "base/vector_clones.h"

namespace bunsen::kernels {

BUNSEN_VECTOR_CLONES Sums sums_of(const float* values, std::size_t size) {
  // Sums side by side, which the compiler may keep in vectors without changing any of them.
  constexpr std::size_t lanes = 32;
  double value_sums[lanes] = {}, square_sums[lanes] = {};
  const std::size_t whole = size - size % lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const auto value = static_cast<double>(values[i + lane]);
      value_sums[lane] += value;
      square_sums[lane] += value * value;
    }
  }
  Sums sums;
  for (std::size_t i = whole; i < size; ++i) {
    const auto value = static_cast<double>(values[i]);
    sums.values += value;
    sums.squares += value * value;
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    sums.values += value_sums[lane];
    sums.squares += square_sums[lane];
  }
  return sums;
}

}  // namespace bunsen::kernels
