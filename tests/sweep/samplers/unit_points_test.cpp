#include "sweep/samplers/unit_points.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <stdexcept>

#include "sweep/samplers/random_stream.h"

namespace bunsen {
namespace {

using Numbers = std::vector<double>;

Numbers chosen(const Numbers& point, const std::vector<std::size_t>& dimensions) {
  Numbers all;
  for (const std::size_t dimension : dimensions) all.push_back(point.at(dimension));
  return all;
}

TEST_CASE("the stream is SplitMix64") {
  RandomStream stream(7, 3);
  CHECK(stream.bits() == 0x14ccac5e052070c);
  CHECK(stream.bits() == 0xe8bf0259b17aad85);
  CHECK(stream.bits() == 0xd4e08db901f10507);
  CHECK(RandomStream(7, 3).unit() == 0.0050780041786495644);
}

TEST_CASE("each seed and each trial has numbers of its own") {
  CHECK(random_point(1, 0, 3) != random_point(0, 1, 3));
  CHECK(random_point(1, 0, 3) != random_point(1, 1, 3));
  CHECK(random_point(1, 5, 3) == random_point(1, 5, 3));
  const Numbers more = random_point(1, 5, 4);
  CHECK(random_point(1, 5, 3) == Numbers(more.begin(), more.begin() + 3));
}

TEST_CASE("random points fill the interval evenly") {
  std::vector<int> counts(10);
  double sum = 0;
  for (std::int64_t index = 0; index < 10000; ++index) {
    const double unit = random_point(42, index, 2)[1];
    REQUIRE(unit >= 0);
    REQUIRE(unit < 1);
    ++counts[static_cast<std::size_t>(unit * 10)];
    sum += unit;
  }
  CHECK(std::abs(sum / 10000 - 0.5) < 0.01);
  for (const int count : counts) CHECK(std::abs(count - 1000) < 120);
}

// The expected numbers are those of scipy.stats.qmc.Sobol(128, scramble=False, bits=32).
TEST_CASE("Sobol points are those of SciPy") {
  const std::vector<std::size_t> dimensions{0, 1, 2, 9, 63, 127};
  CHECK(sobol_point(0, 3) == Numbers{0, 0, 0});
  CHECK(chosen(sobol_point(1, 128), dimensions) == Numbers{0.5, 0.5, 0.5, 0.5, 0.5, 0.5});
  CHECK(chosen(sobol_point(2, 128), dimensions) == Numbers{0.75, 0.25, 0.25, 0.75, 0.75, 0.25});
  CHECK(chosen(sobol_point(100, 128), dimensions) ==
        Numbers{0.4140625, 0.2578125, 0.7734375, 0.6953125, 0.6484375, 0.4609375});
  CHECK(chosen(sobol_point(2047, 128), dimensions) ==
        Numbers{0.00048828125, 0.62744140625, 0.93115234375, 0.44580078125, 0.98876953125, 0.02197265625});
}

TEST_CASE("2048 Sobol points in 128 dimensions are those of SciPy, by a checksum") {
  std::uint64_t sum = 0;
  for (std::int64_t index = 0; index < 2048; ++index) {
    for (const double unit : sobol_point(index, 128)) {
      sum = sum * 6364136223846793005U + static_cast<std::uint64_t>(unit * 2048) + 1442695040888963407U;
    }
  }
  CHECK(sum == 0x6baa0280f93e0000);
}

TEST_CASE("a late Sobol point is reached directly") {
  CHECK(chosen(sobol_point(1000003, 128), {0, 1, 2, 9, 63, 127}) ==
        Numbers{0.2764749526977539, 0.5619192123413086, 0.07799625396728516, 0.004401206970214844,
                0.3081216812133789, 0.4584512710571289});
}

TEST_CASE("a shifted sequence is spread as evenly as the plain one") {
  for (const std::int64_t seed : {0, 1, -3}) {
    for (std::size_t dimension = 0; dimension < 20; ++dimension) {
      std::vector<int> counts(64);
      for (std::int64_t index = 64; index < 128; ++index) {
        ++counts[static_cast<std::size_t>(shifted_sobol_point(seed, index, 20)[dimension] * 64)];
      }
      CHECK(counts == std::vector<int>(64, 1));
    }
  }
}

TEST_CASE("a shift is the seed's and is the same for all points") {
  CHECK(shifted_sobol_point(1, 0, 4) != shifted_sobol_point(2, 0, 4));
  CHECK(shifted_sobol_point(1, 9, 4) == shifted_sobol_point(1, 9, 4));
  const double first = shifted_sobol_point(5, 0, 1)[0];
  const double second = shifted_sobol_point(5, 1, 1)[0];
  CHECK(std::abs(second - first) == 0.5);
}

TEST_CASE("more dimensions than there are numbers for are refused") {
  CHECK(sobol_point(3, most_sobol_dimensions).size() == 128);
  CHECK_THROWS_AS(sobol_point(3, most_sobol_dimensions + 1), std::out_of_range);
}

}  // namespace
}  // namespace bunsen
