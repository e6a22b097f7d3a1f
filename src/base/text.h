// text.h - small questions about UTF-8 text: characters, columns, what a terminal may be shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bunsen {

/// Offset of the character after the one at `at`.
std::size_t next_character(std::string_view text, std::size_t at);
/// Byte offset of a 1-based column that counts code points; the text's size when the column lies behind it.
std::size_t byte_of_column(std::string_view text, int column);
/// Terminal cells that `text` takes (code points; wide characters count two).
std::size_t display_width(std::string_view text);
/// `text` with control bytes (escape sequences too) replaced, so that a file can't drive the terminal.
std::string printable(std::string_view text);
/// Offset of the first byte that is not valid UTF-8, or npos.
std::size_t first_invalid_utf8(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
/// `1 epoch`, `3 epochs`.
std::string count_of(std::int64_t count, std::string_view singular);
/// Does `text` match `pattern`, in which `*` stands for any characters?
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace bunsen
