#include "data/portable_random.h"

#include <bit>
#include <cmath>

namespace bunsen {
namespace {

std::uint64_t splitmix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

PortableRandom::PortableRandom(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t from_stream = stream;
  std::uint64_t state = seed ^ splitmix(from_stream);
  for (std::uint64_t& word : state_) word = splitmix(state);
}

std::uint64_t PortableRandom::bits() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double PortableRandom::uniform() { return static_cast<double>((bits() >> 11) + 1) * 0x1p-53; }

double PortableRandom::normal() {
  if (has_kept_) {
    has_kept_ = false;
    return kept_;
  }
  const double radius = std::sqrt(-2 * natural_log(uniform()));  // IEEE 754 fixes the square root's bits
  const auto [sine, cosine] = sine_cosine(uniform());
  kept_ = radius * sine;
  has_kept_ = true;
  return radius * cosine;
}

std::pair<double, double> sine_cosine(double turns) {
  const double quarters = std::floor(turns * 4 + 0.5);
  const double angle = 6.283185307179586 * (turns - quarters / 4);  // within an eighth of a turn
  const double square = angle * angle;
  double sine = 0;
  double cosine = 0;
  for (int n = 10; n >= 0; --n) {
    sine = 1 - square / ((2 * n + 2) * (2 * n + 3)) * sine;
    cosine = 1 - square / ((2 * n + 1) * (2 * n + 2)) * cosine;
  }
  sine *= angle;
  switch (static_cast<std::int64_t>(quarters) & 3) {
    case 0:
      return {sine, cosine};
    case 1:
      return {cosine, -sine};
    case 2:
      return {-sine, -cosine};
    default:
      return {-cosine, sine};
  }
}

double natural_log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // in [0.5, 1)
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  // log m = 2 atanh((m - 1) / (m + 1)); the ratio is below 0.172, so twelve terms suffice.
  const double ratio = (mantissa - 1) / (mantissa + 1);
  const double square = ratio * ratio;
  double sum = 0;
  for (int n = 12; n >= 0; --n) sum = sum * square + 1.0 / (2 * n + 1);
  return exponent * 0.6931471805599453 + 2 * ratio * sum;
}

}  // namespace bunsen
