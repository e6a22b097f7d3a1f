#include "base/number_text.h"

#include <doctest/doctest.h>

#include <cmath>

namespace bunsen {

TEST_CASE("plain scalars are what YAML 1.2's core schema says") {
  CHECK(scalar_kind("~") == ScalarKind::null);
  CHECK(scalar_kind("True") == ScalarKind::boolean);
  CHECK(scalar_kind("yes") == ScalarKind::text);
  CHECK(scalar_kind("0x1F") == ScalarKind::integer);
  CHECK(scalar_kind("+12") == ScalarKind::integer);
  CHECK(scalar_kind("1e-3") == ScalarKind::real);
  CHECK(scalar_kind("5.") == ScalarKind::real);
  CHECK(scalar_kind(".inf") == ScalarKind::real);
  for (const char* text : {"1_000", "1,5", "12:30", "inf", "1e", "e5", ".", "0b1", "2024-01-01"}) {
    CAPTURE(text);
    CHECK(scalar_kind(text) == ScalarKind::text);
  }
}

TEST_CASE("numbers out of range are told apart") {
  CHECK(parse_real("1e400").error == NumberError::too_large);
  CHECK(parse_real("1e-400").error == NumberError::too_small);
  CHECK(parse_integer("9223372036854775807").value == INT64_MAX);
  CHECK(parse_integer("9223372036854775808").error == NumberError::too_large);
  CHECK(parse_integer("0o17").value == 15);
  CHECK(std::signbit(parse_real("-0").value));
}

TEST_CASE("a number's text is the shortest that reads back the same") {
  for (const double value : {0.1, 1e-5, 128.859833151, 1.0 / 3, 5e-324, 1.7976931348623157e308}) {
    CHECK(parse_real(number_text(value)).value == value);
  }
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(5.0) == "5");
  CHECK(number_text(INFINITY) == ".inf");
}

TEST_CASE("rounding to significant digits") {
  CHECK(round_significant(0.00123456789, 6) == 0.00123457);
  CHECK(round_significant(0, 6) == 0);
}

TEST_CASE("a number in another spelling gets advice") {
  CHECK(number_advice("1_000", true) == "1000");
  CHECK(number_advice("1e3", true) == "1000");
  CHECK(number_advice("5.", true) == "5");
  CHECK(number_advice("64k", true) == "64000");
  CHECK(number_advice("1,5", false) == "1.5");
  CHECK(number_advice("inf", false) == ".inf");
  CHECK_FALSE(number_advice("1.5", true).has_value());
  CHECK_FALSE(number_advice("ten", true).has_value());
}

}  // namespace bunsen
