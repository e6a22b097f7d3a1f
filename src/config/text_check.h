// text_check.h - what a text must be before the YAML parser may see it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/diagnostics.h"

namespace bunsen {

/// Largest config that is read.
constexpr std::uint64_t largest_config_bytes = 1U << 20U;

/// Cuts off a UTF-8 byte order mark.
std::string_view without_byte_order_mark(std::string_view text);

/// Size, UTF-8, control bytes, line ends, directives; tells the first slip of each kind. True when there was
/// none.
bool check_text(std::int32_t source, const Sources& sources, Diagnostics& problems);

}  // namespace bunsen
