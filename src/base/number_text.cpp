#include "base/number_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace bunsen {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

std::size_t skip_sign(std::string_view text) {
  return !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
}

bool is_integer(std::string_view text) {
  if (text.starts_with("0o") || text.starts_with("0x")) {
    if (text.size() == 2) return false;
    const std::string_view allowed = text[1] == 'o' ? "01234567" : "0123456789abcdefABCDEF";
    return text.find_first_not_of(allowed, 2) == std::string_view::npos;
  }
  const std::size_t begin = skip_sign(text);
  return begin < text.size() && skip_digits(text, begin) == text.size();
}

bool is_special_real(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
  const std::string_view unsigned_text = text.substr(skip_sign(text));
  return unsigned_text == ".inf" || unsigned_text == ".Inf" || unsigned_text == ".INF";
}

// [-+]? ( .digits | digits [. digits*] ) ( [eE] [-+]? digits )?
bool is_real(std::string_view text) {
  if (is_special_real(text)) return true;
  std::size_t at = skip_sign(text);
  const std::size_t whole = skip_digits(text, at);
  const bool has_whole = whole > at;
  at = whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = skip_digits(text, at + 1);
    if (!has_whole && fraction == at + 1) return false;
    at = fraction;
  } else if (!has_whole) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = skip_digits(text, at);
    if (exponent == at) return false;
    at = exponent;
  }
  return at == text.size();
}

bool means_nothing(std::string_view text) {
  return text.find_first_of("123456789") == std::string_view::npos ||
         text.find_first_of("123456789") > text.find_first_of("eE");
}

}  // namespace

ScalarKind scalar_kind(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return ScalarKind::null;
  for (const std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE"}) {
    if (text == word) return ScalarKind::boolean;
  }
  if (is_integer(text)) return ScalarKind::integer;
  return is_real(text) ? ScalarKind::real : ScalarKind::text;
}

IntegerText parse_integer(std::string_view text) {
  if (!is_integer(text)) return {0, NumberError::not_a_number};
  int base = 10;
  std::string_view digits = text;
  if (text.starts_with("0o") || text.starts_with("0x")) {
    base = text[1] == 'o' ? 8 : 16;
    digits.remove_prefix(2);
  } else if (text[0] == '+') {
    digits.remove_prefix(1);
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error == std::errc::result_out_of_range) return {0, NumberError::too_large};
  return {value, NumberError::none};
}

RealText parse_real(std::string_view text) {
  if (text.starts_with("0o") || text.starts_with("0x")) {
    const IntegerText integer = parse_integer(text);
    return {static_cast<double>(integer.value), integer.error};
  }
  if (!is_real(text)) return {0, NumberError::not_a_number};
  if (is_special_real(text)) {
    if (text.size() >= 4 && (text[1] == 'n' || text[1] == 'N'))
      return {std::numeric_limits<double>::quiet_NaN()};
    return {text[0] == '-' ? -std::numeric_limits<double>::infinity()
                           : std::numeric_limits<double>::infinity()};
  }
  if (text[0] == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    // from_chars says the same for 1e400 and 1e-400; the exponent's sign tells them apart.
    const std::size_t exponent = text.find_first_of("eE");
    const bool small =
        exponent != std::string_view::npos && exponent + 1 < text.size() && text[exponent + 1] == '-';
    return {0, small && !means_nothing(text) ? NumberError::too_small : NumberError::too_large};
  }
  return {value, NumberError::none};
}

std::string number_text(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  return fmt::format("{}", value);
}

std::string number_text(std::int64_t value) { return std::to_string(value); }

double round_significant(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return value;
  return parse_real(fmt::format("{:.{}e}", value, digits - 1)).value;
}

std::optional<std::string> number_advice(std::string_view text, bool wants_integer) {
  if (text == "inf" || text == "Inf" || text == "infinity") return ".inf";
  if (text == "nan" || text == "NaN") return ".nan";
  std::string plain;
  for (const char c : text) {
    if (c != '_' && c != ' ' && c != '\'') plain += c;
  }
  if (plain.size() > 1 && (plain.back() == 'k' || plain.back() == 'K')) {
    plain.pop_back();
    plain += "e3";
  }
  if (plain.ends_with('%')) {
    plain.pop_back();
    const RealText percent = parse_real(plain);
    const bool is_share = percent.error == NumberError::none && !wants_integer;
    return is_share ? std::optional<std::string>(number_text(percent.value / 100)) : std::nullopt;
  }
  const std::size_t comma = plain.find(',');
  if (comma != std::string::npos && plain.find(',', comma + 1) == std::string::npos) plain[comma] = '.';
  const RealText real = parse_real(plain);
  if (real.error != NumberError::none || !std::isfinite(real.value)) return std::nullopt;
  if (!wants_integer)
    return plain == text ? std::nullopt : std::optional<std::string>(number_text(real.value));
  if (real.value != std::floor(real.value) || std::abs(real.value) > 9e15) return std::nullopt;
  return number_text(static_cast<std::int64_t>(real.value));
}

}  // namespace bunsen
