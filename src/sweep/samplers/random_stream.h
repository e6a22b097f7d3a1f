// random_stream.h - the random numbers that searches draw, the same on every machine.
#pragma once

#include <cstdint>

namespace bunsen {

/// SplitMix64 (Steele, Lea, Flood 2014): a stream for each pair of a seed and an index, so that what is drawn
/// for one trial does not depend on what was drawn before.
class RandomStream {
 public:
  RandomStream(std::int64_t seed, std::int64_t index);

  std::uint64_t bits();
  /// In [0, 1), a multiple of 2^-53.
  double unit();

 private:
  std::uint64_t state_;
};

}  // namespace bunsen
