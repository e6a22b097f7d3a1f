#include "base/text.h"

#include <doctest/doctest.h>

namespace bunsen {

TEST_CASE("control characters and broken UTF-8 never reach a terminal") {
  CHECK(printable("a\x1b[31mb") == "a?[31mb");
  CHECK(printable("caf\xe9") == "caf?");
  CHECK(printable("\xc2\x9b"
                  "31m") == "?31m");
  CHECK(printable("\xc3\xa9\xe2\x82\xac") == "\xc3\xa9\xe2\x82\xac");
}

TEST_CASE("UTF-8 is checked as the standard says") {
  CHECK(first_invalid_utf8("plain \xe2\x82\xac") == std::string_view::npos);
  CHECK(first_invalid_utf8("ab\xff") == 2);
  CHECK(first_invalid_utf8("\xc0\xaf") == 0);          // overlong
  CHECK(first_invalid_utf8("\xed\xa0\x80") == 0);      // surrogate
  CHECK(first_invalid_utf8("\xf4\x90\x80\x80") == 0);  // beyond U+10FFFF
  CHECK(first_invalid_utf8("a\xe2\x82") == 1);         // cut off
}

TEST_CASE("wide characters take two cells") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\xed\x95\x9c\xea\xb8\x80") == 4);
}

TEST_CASE("a pattern's star stands for any characters") {
  CHECK(matches_pattern("conv*", "conv2"));
  CHECK(matches_pattern("*", "anything"));
  CHECK(matches_pattern("a*b*c", "a--b--c"));
  CHECK_FALSE(matches_pattern("conv*", "linear"));
  CHECK_FALSE(matches_pattern("a*b", "a-c"));
}

}  // namespace bunsen
