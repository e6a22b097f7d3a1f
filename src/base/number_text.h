// number_text.h - numbers as YAML 1.2's core schema and JSON write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bunsen {

/// What a plain (unquoted) scalar is by the core schema.
enum class ScalarKind : std::uint8_t { null, boolean, integer, real, text };

ScalarKind scalar_kind(std::string_view text);

enum class NumberError : std::uint8_t { none, not_a_number, too_large, too_small };

struct IntegerText {
  std::int64_t value = 0;
  NumberError error = NumberError::none;
};
struct RealText {
  double value = 0;
  NumberError error = NumberError::none;
};

/// `12`, `+1`, `0o17`, `0x1F`; the whole text must be used up.
IntegerText parse_integer(std::string_view text);
/// Any integer or real, `.inf` and `.nan` included.
RealText parse_real(std::string_view text);

/// The shortest text that reads back as the same double, as Python writes it: `0.0001`, `1e-05`, `.inf`,
/// `-.inf`, `.nan`; but `5` for 5.0.
std::string number_text(double value);
std::string number_text(std::int64_t value);
/// `value` rounded to `digits` significant digits.
double round_significant(double value, int digits);

/// What the user probably meant by a number that is written in another way (`1_000`, `1,5`, `1k`, `1e3` for
/// an integer), as text to write instead.
std::optional<std::string> number_advice(std::string_view text, bool wants_integer);

}  // namespace bunsen
