// table.h - rows of text -> lines in columns that fit a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bunsen {

/// What the reader's side can show. Without a width (a pipe, a file) nothing is shortened or left out.
struct TextLook {
  std::optional<std::size_t> width;  ///< columns of the terminal
  bool color = false;
};

enum class Paint : std::uint8_t { plain, bold, faint, bad };

struct Cell {
  Cell() = default;
  Cell(std::string cell_text, Paint cell_paint = Paint::plain)
      : text(std::move(cell_text)), paint(cell_paint) {}
  Cell(const char* cell_text) : text(cell_text) {}
  std::string text;
  Paint paint = Paint::plain;
};

struct Column {
  std::string title;
  std::string short_title = {};  ///< taken for all columns that have one, before anything is left out
  bool is_number = false;        ///< stands right
  int rank = 0;  ///< 0 always stays; where room is short the column of the highest rank goes first
  std::size_t least_width = 0;  ///< may be shortened to this many cells; 0: never shortened
  bool keeps_end = false;       ///< shortened at its beginning, as paths are
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  ///< cells that are missing at the end of a row are empty
  std::size_t indent = 0;
};

struct TableText {
  std::string text;                   ///< the title line, unless all titles are empty, and a line a row
  std::vector<std::string> left_out;  ///< titles of the columns for which there was no room
};

/// Control characters and line ends of a cell never reach the text.
TableText to_text(const Table& table, const TextLook& look);

/// `text` as one line that can't drive a terminal: control bytes and bytes that are no UTF-8 are replaced.
std::string one_line(std::string_view text);
/// `text` cut to `width` cells, with `..` where something is missing.
std::string shortened(std::string_view text, std::size_t width, bool keeps_end);
std::string painted(std::string_view text, Paint paint, bool color);

}  // namespace bunsen
