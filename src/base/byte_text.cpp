#include "base/byte_text.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace bunsen {

std::string byte_text(std::int64_t bytes) {
  constexpr std::array<std::string_view, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // Not 1024: what is rounded up to it belongs to the next unit.
  while (amount >= 1023.5 && unit + 1 < units.size()) {
    amount /= 1024;
    ++unit;
  }
  const int digits = amount < 9.995 ? 2 : amount < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", amount, digits, units[unit]);
}

}  // namespace bunsen
