#include "batches/order.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <numeric>

namespace bunsen {
namespace {

std::vector<std::int64_t> permutation(std::int64_t samples, std::uint64_t seed) {
  const at::Generator generator = at::detail::createCPUGenerator(seed);
  const at::Tensor drawn = at::randperm(samples, generator, at::TensorOptions().dtype(at::kLong));
  const std::int64_t* first = drawn.data_ptr<std::int64_t>();
  return {first, first + samples};
}

std::uint64_t draw_seed() {
  at::Tensor number = at::empty({}, at::TensorOptions().dtype(at::kLong));
  return static_cast<std::uint64_t>(number.random_().item<std::int64_t>());
}

}  // namespace

std::vector<std::int64_t> in_sequence(std::int64_t samples) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(samples));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

Split split_samples(std::int64_t samples, const std::optional<HeldOut>& held_out, std::int64_t seed) {
  if (!held_out) return {in_sequence(samples), {}};
  const std::vector<std::int64_t> drawn = permutation(samples, static_cast<std::uint64_t>(seed));
  const auto border = drawn.begin() + (samples - held_out->of(samples));
  return {{drawn.begin(), border}, {border, drawn.end()}};
}

std::vector<std::int64_t> draw_order(std::int64_t samples, bool shuffle) {
  draw_seed();  // the loader's base seed, which only worker processes would use
  if (!shuffle) return in_sequence(samples);
  return permutation(samples, draw_seed());
}

}  // namespace bunsen
