#include "data/cells.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/number_text.h"

namespace bunsen {
namespace {

// What pandas takes for missing, and what the tables of older collections write.
constexpr std::array<std::string_view, 15> missing_words{
    "", "NA", "N/A", "#N/A", "n/a", "na", "<NA>", "NaN", "nan", "NAN", ".nan", "null", "NULL", "Null", "?"};
constexpr std::array<std::string_view, 4> missing_among_numbers{"-", "--", ".", "None"};

}  // namespace

char character(Separator separator) {
  switch (separator) {
    case Separator::comma:
      return ',';
    case Separator::semicolon:
      return ';';
    case Separator::tab:
      return '\t';
    case Separator::bar:
      return '|';
  }
  return ',';
}

bool is_missing_word(std::string_view cell) {
  return std::find(missing_words.begin(), missing_words.end(), cell) != missing_words.end();
}

bool is_missing_number(std::string_view cell) {
  return is_missing_word(cell) || std::find(missing_among_numbers.begin(), missing_among_numbers.end(),
                                            cell) != missing_among_numbers.end();
}

std::optional<float> number_in(std::string_view cell) {
  const RealText real = parse_real(cell);
  const auto value = static_cast<float>(real.value);
  if (real.error != NumberError::none || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace bunsen
