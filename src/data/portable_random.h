// portable_random.h - random numbers whose bits depend on the seed alone, not on a compiler or a library.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace bunsen {

/// xoshiro256** (Blackman and Vigna, 2018), its state filled by splitmix64 from `seed` and `stream`. Doubles
/// are made by exact operations and by the functions below, never by the C library's.
class PortableRandom {
 public:
  /// Streams of one seed are independent.
  PortableRandom(std::uint64_t seed, std::uint64_t stream);

  std::uint64_t bits();
  double uniform();  ///< in (0, 1], a multiple of 2^-53
  double normal();   ///< mean 0, variance 1; Box-Muller, its cosine half first, then its sine half
  bool coin() { return (bits() >> 63) != 0; }

 private:
  std::array<std::uint64_t, 4> state_{};
  double kept_ = 0;
  bool has_kept_ = false;
};

/// {sine, cosine} of an angle in turns (1 is a full circle), to about 1e-16.
std::pair<double, double> sine_cosine(double turns);
/// Natural logarithm of a positive, normal number, to about 1e-16 relative.
double natural_log(double x);

}  // namespace bunsen
