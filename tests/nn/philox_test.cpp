#include "nn/philox.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/errors.h"

using namespace bunsen;

namespace {

constexpr CudaGenerator::Device any_device{std::nullopt, 2048};

void check_values(std::span<const float> values, const std::vector<double>& printed) {
  for (std::size_t i = 0; i < printed.size(); ++i) CHECK(std::abs(values[i] - printed[i]) < 5.1e-5);
}

}  // namespace

TEST_CASE("philox gives the published known answers") {
  // Random123, kat_vectors: philox4x32 10.
  using Four = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a 10x784 weight drawn with seed 777 is the one that a GPU prints") {
  CudaGenerator generator(777, any_device);
  std::vector<float> weight(7840);
  generator.normal(weight, 0, 1);
  const std::span<const float> all(weight);
  check_values(all.subspan(0), {-1.2901, 0.3930, -0.1891});
  check_values(all.subspan(781), {-0.1626, -0.3275, 0.5608});
  check_values(all.subspan(9 * 784), {0.7678, 0.6624});
}

TEST_CASE("small tensors in a row take counters 0, 1, 2 ...") {
  CudaGenerator generator(777, any_device);
  std::vector<float> first(10), second(10);
  generator.uniform(first, 0, 1);
  generator.uniform(second, 0, 1);
  for (std::uint32_t i = 0; i < 10; ++i) {
    CHECK(first[i] == doctest::Approx(std::ldexp(philox({0, 0, i, 0}, {777, 0})[0], -32)).epsilon(1e-5));
    CHECK(second[i] == doctest::Approx(std::ldexp(philox({1, 0, i, 0}, {777, 0})[0], -32)).epsilon(1e-5));
  }
}

TEST_CASE("a tensor larger than the grid takes four numbers a thread, a grid apart") {
  constexpr std::uint32_t threads = 512;  // one multiprocessor of 512 threads
  CudaGenerator generator(1, {1, threads});
  std::vector<float> values(5 * threads), next(1);
  generator.uniform(values, 0, 1);
  generator.uniform(next, 0, 1);
  const auto drawn = [](std::uint32_t call, std::uint32_t thread, std::size_t i) {
    return doctest::Approx(std::ldexp(philox({call, 0, thread, 0}, {1, 0})[i], -32)).epsilon(1e-5);
  };
  for (const std::uint32_t thread : {0U, 3U, threads - 1}) {
    for (std::size_t i = 0; i < 4; ++i) CHECK(values[thread + i * threads] == drawn(0, thread, i));
    CHECK(values[thread + 4 * threads] == drawn(1, thread, 0));
  }
  CHECK(next[0] == drawn(2, 0, 0));  // the first fill took two calls a thread
}

TEST_CASE("uniform values lie in [from, to) and normal ones have their mean and deviation") {
  CudaGenerator generator(5, {40, 1024});
  std::vector<float> values(60000);
  generator.uniform(values, -2, 3);
  double sum = 0, squares = 0;
  for (const float value : values) {
    CHECK_UNARY(value >= -2 && value < 3);
    sum += value;
  }
  CHECK(sum / 60000 == doctest::Approx(0.5).epsilon(0.05));
  generator.normal(values, 4, 0.5);
  sum = 0;
  for (const float value : values) sum += value, squares += value * value;
  const double mean = sum / 60000;
  CHECK(mean == doctest::Approx(4).epsilon(0.01));
  CHECK(std::sqrt(squares / 60000 - mean * mean) == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("above 40,960 elements an unknown GPU is refused with a way out") {
  CudaGenerator generator(1, any_device);
  std::vector<float> values(40961);
  CHECK_NOTHROW(generator.normal(std::span<float>(values).first(40960), 0, 1));
  std::string message;
  try {
    generator.normal(values, 0, 1);
  } catch (const UserError& error) {
    message = error.what();
  }
  CHECK(message.find("40961") != std::string::npos);
  CHECK(message.find("multiprocessors") != std::string::npos);
}
