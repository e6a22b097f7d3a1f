// order.h - which samples train, which are held out, and in which order an epoch visits them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "spec/training.h"

namespace bunsen {

/// Indices into the training part of a data set.
struct Split {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> validation;  ///< empty: nothing is held out
};

/// 0, 1, 2 ... samples - 1.
std::vector<std::int64_t> in_sequence(std::int64_t samples);

/// As torch.utils.data.random_split(data, [n - k, k], generator) with a generator of its own, seeded with
/// `seed`: a permutation, the first part of which trains. Without `held_out` all samples train, in their
/// order. Leaves the global generator alone.
Split split_samples(std::int64_t samples, const std::optional<HeldOut>& held_out, std::int64_t seed);

/// One epoch's order, positions 0 .. samples-1, as torch.utils.data.DataLoader without workers draws it from
/// the global CPU generator: a 64-bit number (the base seed), and, when shuffling, a second one that seeds a
/// fresh generator for randperm.
std::vector<std::int64_t> draw_order(std::int64_t samples, bool shuffle);

}  // namespace bunsen
