#include "base/byte_text.h"

#include <doctest/doctest.h>

namespace bunsen {

TEST_CASE("amounts of memory have three digits and a unit of 1024") {
  CHECK(byte_text(0) == "0 B");
  CHECK(byte_text(1023) == "1023 B");
  CHECK(byte_text(1024) == "1.00 KiB");
  CHECK(byte_text(3136) == "3.06 KiB");
  CHECK(byte_text(50'200'000) == "47.9 MiB");
  CHECK(byte_text(442'381'631'488) == "412 GiB");
  CHECK(byte_text(std::int64_t{1024} * 1024 - 1) == "1.00 MiB");
  CHECK(byte_text(10'234) == "9.99 KiB");
  CHECK(byte_text(10'237) == "10.0 KiB");
  CHECK(byte_text(INT64_MAX) == "8.00 EiB");
}

}  // namespace bunsen
