#include "base/place.h"

#include <fmt/format.h>

#include <algorithm>

namespace bunsen {

namespace {

std::vector<std::uint32_t> line_starts(const std::string& text) {
  std::vector<std::uint32_t> starts{0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts.push_back(static_cast<std::uint32_t>(i + 1));
  }
  return starts;
}

}  // namespace

std::int32_t Sources::add(std::string name, std::string text) {
  std::vector<std::uint32_t> starts = line_starts(text);
  texts_.push_back({std::move(name), std::move(text), std::move(starts)});
  return static_cast<std::int32_t>(texts_.size()) - 1;
}

std::int32_t Sources::add_argument(std::string label, std::string text) {
  const std::int32_t source = add(std::move(label), std::move(text));
  texts_.back().is_file = false;
  return source;
}

void Sources::replace_text(std::int32_t source, std::string text) {
  Text& entry = texts_.at(static_cast<std::size_t>(source));
  entry.line_starts = line_starts(text);
  entry.text = std::move(text);
}

std::size_t Sources::line_index(const Place& place) const {
  const std::vector<std::uint32_t>& starts = texts_.at(static_cast<std::size_t>(place.source)).line_starts;
  const auto after = std::upper_bound(starts.begin(), starts.end(), place.offset);
  return static_cast<std::size_t>(after - starts.begin()) - 1;
}

Position Sources::position(const Place& place) const {
  const Text& text = texts_.at(static_cast<std::size_t>(place.source));
  const std::size_t line = line_index(place);
  Position position{static_cast<int>(line) + 1, 1};
  const std::size_t end = std::min<std::size_t>(place.offset, text.text.size());
  for (std::size_t i = text.line_starts[line]; i < end; ++i) {
    const bool continues_character = (static_cast<unsigned char>(text.text[i]) & 0xC0U) == 0x80U;
    if (!continues_character) ++position.column;
  }
  return position;
}

std::string_view Sources::line(const Place& place) const {
  const Text& text = texts_.at(static_cast<std::size_t>(place.source));
  const std::size_t begin = text.line_starts[line_index(place)];
  std::size_t end = text.text.find('\n', begin);
  if (end == std::string::npos) end = text.text.size();
  if (end > begin && text.text[end - 1] == '\r') --end;
  return std::string_view(text.text).substr(begin, end - begin);
}

std::string Sources::describe(const Place& place) const {
  if (!place.known()) return {};
  const Position at = position(place);
  return fmt::format("{}:{}:{}", name(place.source), at.line, at.column);
}

}  // namespace bunsen
