#include "sweep/samplers/random_stream.h"

namespace bunsen {
namespace {

constexpr std::uint64_t golden_step = 0x9E3779B97F4A7C15;

std::uint64_t stirred(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

}  // namespace

RandomStream::RandomStream(std::int64_t seed, std::int64_t index)
    // Stirred twice: with a plain sum, a seed's trial would draw what the next seed's trial before it draws.
    : state_(stirred(stirred(static_cast<std::uint64_t>(seed) + golden_step) +
                     static_cast<std::uint64_t>(index))) {}

std::uint64_t RandomStream::bits() {
  state_ += golden_step;
  return stirred(state_);
}

double RandomStream::unit() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

}  // namespace bunsen
