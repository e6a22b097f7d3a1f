// kernels.h - sums over many floats in double, the same on every processor.
#pragma once

#include <cstddef>

namespace bunsen::kernels {

struct Sums {
  double values = 0;
  double squares = 0;
};

/// Sum of the values and of their squares. Added up in an order of its own, which depends on `size` alone.
Sums sums_of(const float* values, std::size_t size);

}  // namespace bunsen::kernels
