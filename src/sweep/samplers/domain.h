// domain.h - the values that a sampled axis can take, and where a number in [0, 1) lies among them.
#pragma once

#include <cstdint>

namespace bunsen {

/// What `random`, `sobol` and `tpe` know of an axis. A value is a double: a real number, a whole number, or
/// the index of a choice. Ordered values at fixed places (`{log: [1e-4, 1e-1], steps: 7}`, a range with a
/// step) are whole numbers 0 .. n-1 to a search, which the caller looks up.
struct Domain {
  enum class Kind : std::uint8_t { real, whole, choice };
  Kind kind = Kind::real;
  bool is_log = false;  ///< equal factors are equally likely
  double low = 0;       ///< both ends can be taken; their difference is finite
  double high = 1;

  bool has_one_value() const { return low == high; }
  bool has(double value) const { return value >= low && value <= high; }
};

Domain linear_domain(double low, double high);
/// `low` is above 0.
Domain log_domain(double low, double high);
/// The ends are within 2^40 of 0: farther, `tpe` could not tell a number from the next.
Domain whole_domain(std::int64_t low, std::int64_t high);
/// `low` is at least 1.
Domain log_whole_domain(std::int64_t low, std::int64_t high);
/// 0 .. count-1.
Domain choice_domain(std::int64_t count);

/// The value that the share `unit`, in [0, 1), of the domain lies below. Whole numbers and choices are
/// equally likely (a logarithmic whole number as its share of [low - 1/2, high + 1/2]); real numbers are
/// rounded as by tidy().
double value_at(const Domain& domain, double unit);

/// A value near `value` and within the domain: the nearest whole number; a real number with six significant
/// digits, and more where the ends have leading digits in common. It reads well, and the last bit of a
/// machine's exp() does not show.
double tidy(const Domain& domain, double value);

}  // namespace bunsen
