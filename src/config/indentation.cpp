#include "config/indentation.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace bunsen {
namespace {

constexpr std::size_t usual_step = 2;

/// A line that is neither blank nor a comment.
struct Content {
  std::size_t begin = 0;
  std::size_t indent = 0;
  std::string_view text;  ///< without its indentation

  bool is_item() const { return text == "-" || text.starts_with("- "); }
  /// A key with nothing behind it: its value stands below.
  bool opens_block() const {
    const std::size_t comment = text.find(" #");
    std::string_view code = text.substr(0, comment);
    while (code.ends_with(' ')) code.remove_suffix(1);
    return code.ends_with(':');
  }
};

std::vector<Content> content_lines(std::string_view text) {
  std::vector<Content> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t indent = line.find_first_not_of(' ');
    if (indent != std::string_view::npos && line[indent] != '#')
      lines.push_back({begin, indent, line.substr(indent)});
    begin = end + 1;
  }
  return lines;
}

MisindentedLine blame(const Content& line, std::size_t wanted) {
  std::size_t length = line.is_item() ? 1 : std::min(line.text.find_first_of(": "), line.text.size());
  return {line.begin + line.indent, std::max<std::size_t>(length, 1), line.indent, wanted, true};
}

/// The column of the nearest item above that may be of the same list, or the line's own.
std::size_t column_of_list(const std::vector<Content>& lines, std::size_t at) {
  const std::size_t own = lines[at].indent;
  for (std::size_t i = at; i > 0 && (lines[i - 1].is_item() || lines[i - 1].indent > own); --i) {
    if (lines[i - 1].is_item() && lines[i - 1].indent <= own) return lines[i - 1].indent;
  }
  return own;
}

/// Items that belong to one list: the one that stands in another column than most.
std::optional<MisindentedLine> odd_item(const std::vector<Content>& lines, std::size_t at) {
  const std::size_t margin = column_of_list(lines, at);
  const auto belongs = [&](const Content& line) {
    return line.is_item() ? line.indent >= margin : line.indent > margin;
  };
  std::size_t first = at;
  while (first > 0 && belongs(lines[first - 1])) --first;
  std::size_t end = at + 1;
  while (end < lines.size() && belongs(lines[end])) ++end;
  std::map<std::size_t, std::size_t> columns;
  for (std::size_t i = first; i < end; ++i) columns[lines[i].indent] += lines[i].is_item() ? 1 : 0;
  // Where as many stand in one column as in another, the usual step below the key decides.
  const std::size_t usual = first > 0 ? lines[first - 1].indent + usual_step : 0;
  const auto most = std::max_element(columns.begin(), columns.end(), [&](const auto& a, const auto& b) {
    return std::pair(a.second, a.first == usual) < std::pair(b.second, b.first == usual);
  });
  // The line itself, else the one before or after it: items further off may be of lists inside this one.
  for (const std::size_t i : {at, at - 1, at + 1}) {
    if (i >= first && i < end && lines[i].is_item() && lines[i].indent != most->first)
      return blame(lines[i], most->first);
  }
  return std::nullopt;
}

/// The line is deeper than the one above, which takes no block.
std::optional<MisindentedLine> too_deep(const std::vector<Content>& lines, std::size_t at) {
  const Content& line = lines[at];
  const Content& above = lines[at - 1];
  // `batch:`, then `size: 50` in the same column, then deeper keys: it is `size` that stands wrong.
  const bool lost_its_block = at >= 2 && lines[at - 2].opens_block() && lines[at - 2].indent == above.indent;
  // A line between two deeper ones has fallen out of their block, unless what follows goes on in its column.
  const bool goes_on_above = at + 1 < lines.size() && lines[at + 1].indent == above.indent;
  const bool is_between =
      at >= 2 && lines[at - 2].indent == line.indent && lines[at - 2].is_item() == line.is_item();
  if (lost_its_block || (is_between && !goes_on_above)) return blame(above, line.indent);
  if (above.opens_block()) return std::nullopt;
  // Below `- linear: 4` the keys of the same map begin behind the dash.
  MisindentedLine blamed = blame(line, above.is_item() ? above.indent + usual_step : above.indent);
  blamed.is_sure = !is_between;
  return blamed;
}

/// The line ends a block, and no block around it begins in its column.
std::optional<MisindentedLine> between_columns(const std::vector<Content>& lines, std::size_t at) {
  const Content& line = lines[at];
  std::size_t first = at;
  while (first > 0 && lines[first - 1].indent > line.indent) --first;
  std::size_t after = at;
  while (after < lines.size() && lines[after].indent >= line.indent) ++after;
  const bool has_parent = first > 0 && lines[first - 1].indent < line.indent;
  const bool is_usual = has_parent && lines[first - 1].indent + usual_step == line.indent;
  const bool is_of_most = is_usual || after - at > at - first;
  if (first < at && is_of_most && (first == 0 || has_parent)) return blame(lines[first], line.indent);
  // The nearest column that a line above begins in.
  std::optional<std::size_t> nearest;
  const auto distance = [&](std::size_t column) {
    return column > line.indent ? column - line.indent : line.indent - column;
  };
  for (std::size_t i = at; i > 0; --i) {
    const std::size_t column = lines[i - 1].indent;
    if (column != line.indent && (!nearest || distance(column) < distance(*nearest))) nearest = column;
    if (column == 0) break;
  }
  return nearest ? std::optional<MisindentedLine>(blame(line, *nearest)) : std::nullopt;
}

}  // namespace

std::optional<MisindentedLine> misindented_line(std::string_view text, std::size_t offset) {
  const std::vector<Content> lines = content_lines(text);
  std::size_t at = 0;
  while (at + 1 < lines.size() && lines[at + 1].begin <= offset) ++at;
  if (lines.empty() || at == 0 || lines[at].begin > offset) return std::nullopt;
  if (lines[at].is_item()) {
    if (const auto odd = odd_item(lines, at)) return odd;
  }
  if (lines[at].indent > lines[at - 1].indent) return too_deep(lines, at);
  if (lines[at].indent < lines[at - 1].indent) return between_columns(lines, at);
  return std::nullopt;
}

}  // namespace bunsen
