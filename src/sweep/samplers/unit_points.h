// unit_points.h - where in the unit cube the points of `random` and `sobol` lie.
#pragma once

#include <cstdint>
#include <vector>

namespace bunsen {

/// How many axes `sobol` can have.
inline constexpr std::int64_t most_sobol_dimensions = 128;

/// The `index`-th point of `random`, from 0: `dimensions` numbers in [0, 1). Of more dimensions the first are
/// the same.
std::vector<double> random_point(std::int64_t seed, std::int64_t index, std::int64_t dimensions);

/// The `index`-th point of the Sobol sequence in Gray code order, index in [0, 2^32), without a shift: the
/// first is all 0. std::out_of_range for more than most_sobol_dimensions.
std::vector<double> sobol_point(std::int64_t index, std::int64_t dimensions);

/// The same with a digital shift: each coordinate's 32 bits are exchanged where those of a number that `seed`
/// gives are set. Any 2^k points in sequence that begin at a multiple of 2^k are spread as evenly as without.
std::vector<double> shifted_sobol_point(std::int64_t seed, std::int64_t index, std::int64_t dimensions);

}  // namespace bunsen
