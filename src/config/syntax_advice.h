// syntax_advice.h - a YAML parser's complaint, in words that say what to change.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "config/indentation.h"

namespace bunsen {

/// Tells `problems` what is wrong where a parser stopped at `offset` with `complaint` (yaml-cpp's text);
/// looks at the line itself first: a tab, a missing quote, a missing space behind a colon, a bare `${`.
void explain_syntax_error(std::int32_t source, std::size_t offset, const std::string& complaint,
                          const Sources& sources, Diagnostics& problems);

/// How a line that does not line up is told.
std::string misindented_message(const MisindentedLine& line);
std::string misindented_hint(const MisindentedLine& line);

/// Offset of a colon that lacks its space (`key:value`) in `text`, or npos. Times and addresses (`http://`)
/// are none.
std::size_t colon_without_space(std::string_view text);

/// Offset of a space that looks like a blank and is none for YAML (a no-break space and the like), or npos.
std::size_t odd_space(std::string_view text);

}  // namespace bunsen
