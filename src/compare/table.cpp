#include "compare/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/text.h"

namespace bunsen {
namespace {

constexpr std::size_t gap = 2;
constexpr std::string_view mark = "..";

const Cell& cell_at(const std::vector<Cell>& row, std::size_t column) {
  static const Cell empty;
  return column < row.size() ? row[column] : empty;
}

std::size_t natural_width(const Table& table, std::size_t column) {
  std::size_t width = display_width(table.columns[column].title);
  for (const std::vector<Cell>& row : table.rows) {
    width = std::max(width, display_width(one_line(cell_at(row, column).text)));
  }
  return width;
}

struct Layout {
  std::vector<std::size_t> shown;   // indices of columns
  std::vector<std::size_t> widths;  // one for each of `shown`
  std::size_t indent = 0;

  std::size_t total() const {
    const std::size_t cells = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
    return indent + cells + (widths.empty() ? 0 : gap * (widths.size() - 1));
  }
};

std::size_t least(const Table& table, const Layout& layout, std::size_t i) {
  const std::size_t wanted = table.columns[layout.shown[i]].least_width;
  return wanted == 0 ? layout.widths[i] : std::min(wanted, layout.widths[i]);
}

// Takes one cell after the other from the widest column that may still shrink.
void shrink(const Table& table, Layout& layout, std::size_t room) {
  const std::vector<std::size_t> natural = layout.widths;
  while (layout.total() > room) {
    std::optional<std::size_t> widest;
    for (std::size_t i = 0; i < layout.widths.size(); ++i) {
      const bool can_shrink = layout.widths[i] > least(table, layout, i);
      if (can_shrink && (!widest || layout.widths[i] > layout.widths[*widest])) widest = i;
    }
    if (!widest) return;
    --layout.widths[*widest];
  }
}

std::size_t least_total(const Table& table, const Layout& layout) {
  std::size_t total = layout.total();
  for (std::size_t i = 0; i < layout.widths.size(); ++i) total -= layout.widths[i] - least(table, layout, i);
  return total;
}

// Drops the column of the highest rank; the later one of equals. False when all columns must stay.
bool drop_one(const Table& table, Layout& layout) {
  std::size_t victim = 0;
  for (std::size_t i = 1; i < layout.shown.size(); ++i) {
    if (table.columns[layout.shown[i]].rank >= table.columns[layout.shown[victim]].rank) victim = i;
  }
  if (layout.shown.empty() || table.columns[layout.shown[victim]].rank == 0) return false;
  layout.shown.erase(layout.shown.begin() + static_cast<std::ptrdiff_t>(victim));
  layout.widths.erase(layout.widths.begin() + static_cast<std::ptrdiff_t>(victim));
  return true;
}

Layout fitted(const Table& table, const TextLook& look) {
  Layout layout;
  layout.indent = table.indent;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    layout.shown.push_back(i);
    layout.widths.push_back(natural_width(table, i));
  }
  if (!look.width) return layout;
  while (least_total(table, layout) > *look.width && drop_one(table, layout)) {
  }
  shrink(table, layout, *look.width);
  return layout;
}

std::string line(const Table& table, const Layout& layout, const std::vector<Cell>& row, bool color) {
  std::string out;
  std::size_t owed = table.indent;  // blanks are written only before something
  for (std::size_t i = 0; i < layout.shown.size(); ++i) {
    const Column& column = table.columns[layout.shown[i]];
    const Cell& cell = cell_at(row, layout.shown[i]);
    const std::string text = shortened(one_line(cell.text), layout.widths[i], column.keeps_end);
    const std::size_t free = layout.widths[i] - std::min(layout.widths[i], display_width(text));
    if (column.is_number) owed += free;
    if (!text.empty()) {
      out += std::string(owed, ' ') + painted(text, cell.paint, color);
      owed = 0;
    }
    owed += gap + (column.is_number ? 0 : free);
  }
  return out + '\n';
}

TableText laid_out(const Table& table, const Layout& layout, const TextLook& look) {
  TableText out;
  std::vector<Cell> titles;
  bool has_title = false;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    titles.emplace_back(table.columns[i].title, Paint::bold);
    has_title = has_title || !table.columns[i].title.empty();
    const bool is_shown = std::find(layout.shown.begin(), layout.shown.end(), i) != layout.shown.end();
    if (!is_shown) out.left_out.push_back(table.columns[i].title);
  }
  if (has_title) out.text += line(table, layout, titles, look.color);
  for (const std::vector<Cell>& row : table.rows) out.text += line(table, layout, row, look.color);
  return out;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  for (std::size_t bad = first_invalid_utf8(text); bad != std::string_view::npos;
       bad = first_invalid_utf8(text)) {
    out += printable(text.substr(0, bad)) + '?';
    text.remove_prefix(bad + 1);
  }
  out += printable(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

std::string shortened(std::string_view text, std::size_t width, bool keeps_end) {
  if (display_width(text) <= width) return std::string(text);
  if (width <= mark.size()) return std::string(mark.substr(0, width));
  const std::size_t room = width - mark.size();
  if (keeps_end) {
    while (display_width(text) > room) text.remove_prefix(next_character(text, 0));
    return std::string(mark) + std::string(text);
  }
  std::size_t end = 0;
  for (std::size_t next = next_character(text, 0); display_width(text.substr(0, next)) <= room;
       next = next_character(text, end)) {
    end = next;
  }
  return std::string(text.substr(0, end)) + std::string(mark);
}

std::string painted(std::string_view text, Paint paint, bool color) {
  if (!color || paint == Paint::plain) return std::string(text);
  const std::string_view code = paint == Paint::bold    ? "\033[1m"
                                : paint == Paint::faint ? "\033[2m"
                                                        : "\033[31m";
  return std::string(code) + std::string(text) + "\033[0m";
}

TableText to_text(const Table& table, const TextLook& look) {
  const Layout full = fitted(table, look);
  const bool has_short_titles = std::any_of(table.columns.begin(), table.columns.end(),
                                            [](const Column& column) { return !column.short_title.empty(); });
  if (full.shown.size() < table.columns.size() && has_short_titles) {
    Table tighter = table;
    for (Column& column : tighter.columns) {
      if (!column.short_title.empty()) column.title = std::exchange(column.short_title, "");
    }
    return to_text(tighter, look);
  }
  return laid_out(table, full, look);
}

}  // namespace bunsen
