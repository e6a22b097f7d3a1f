#include "base/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/diagnostic_order.h"
#include "base/text.h"

namespace bunsen {
namespace {

struct Palette {
  std::string_view bold, red, yellow, green, reset;
};

Palette palette(bool color) {
  if (!color) return {};
  return {"\033[1m", "\033[1;31m", "\033[1;33m", "\033[1;32m", "\033[0m"};
}

std::string hint_alone(const Diagnostic& item) {
  return item.hint.empty() ? std::string() : fmt::format("     | {}\n", item.hint);
}

std::string excerpt(const Diagnostic& item, const Sources& sources, const Palette& paint) {
  constexpr std::size_t widest_line = 160;
  const std::string_view line = sources.line(item.place);
  const Position at = sources.position(item.place);
  const std::size_t begin = byte_of_column(line, at.column);
  if (line.size() > widest_line) return hint_alone(item);
  std::string padding;
  for (std::size_t i = 0; i < begin;) {
    padding += line[i] == '\t' ? '\t' : ' ';
    i = next_character(line, i);
  }
  const std::size_t end = std::min(line.size(), begin + std::max<std::size_t>(item.place.length, 1));
  const std::size_t width = std::max<std::size_t>(1, display_width(line.substr(begin, end - begin)));
  const std::string mark = '^' + std::string(width - 1, '~');
  std::string out = fmt::format("{:>4} | {}\n     | {}{}{}{}", at.line, printable(line), padding, paint.green,
                                mark, paint.reset);
  if (!item.hint.empty()) out += ' ' + item.hint;
  return out + '\n';
}

/// `shows_line`: the line of the file has not just been shown with the caret at the same place.
std::string item_text(const Diagnostic& item, bool shows_line, const Sources& sources, const Palette& paint) {
  const bool is_error = item.severity == Severity::error;
  const std::string where = item.place.known() ? sources.describe(item.place) + ": " : std::string();
  const std::string path = item.path.empty() ? std::string() : item.path + ": ";
  std::string out = fmt::format("{}{}{}{}{}[{}]{}: {}{}\n", paint.bold, printable(where),
                                is_error ? paint.red : paint.yellow, is_error ? "error" : "warning", "",
                                code_text(item.code), paint.reset, printable(path), printable(item.message));
  out += shows_line ? excerpt(item, sources, paint) : hint_alone(item);
  if (item.used_at.known()) out += fmt::format("     | used at {}\n", sources.describe(item.used_at));
  return out;
}

}  // namespace

std::string code_text(Code code) { return fmt::format("BUN{:03}", static_cast<int>(code)); }

void Diagnostics::error(Code code, const Place& place, std::string path, std::string message,
                        std::string hint, const Place& used_at, std::string replacement) {
  add({Severity::error, code, place, std::move(path), std::move(message), std::move(hint), used_at,
       std::move(replacement)});
}

void Diagnostics::warning(Code code, const Place& place, std::string path, std::string message,
                          std::string hint, const Place& used_at, std::string replacement) {
  add({Severity::warning, code, place, std::move(path), std::move(message), std::move(hint), used_at,
       std::move(replacement)});
}

void Diagnostics::add(Diagnostic item) {
  // What a variable could not give is told once; that its text is no number either only follows from it.
  const auto explains = [&](const Diagnostic& earlier) {
    return earlier.code == Code::variable && earlier.place.known() && earlier.place == item.place;
  };
  if (std::any_of(items_.begin(), items_.end(), explains)) return;
  // A variable's value that is wrong wherever it is used is one mistake.
  const auto says_same = [&](const Diagnostic& earlier) {
    return earlier.used_at.known() && earlier.code == item.code && earlier.place == item.place &&
           earlier.message == item.message;
  };
  if (item.used_at.known() && std::any_of(items_.begin(), items_.end(), says_same)) return;
  (item.severity == Severity::error ? errors_ : warnings_) += 1;
  if (items_.size() >= limit) {
    ++dropped_;
    return;
  }
  items_.push_back(std::move(item));
}

std::vector<const Diagnostic*> in_reading_order(const Diagnostics& problems) {
  std::vector<const Diagnostic*> order;
  for (const Diagnostic& item : problems.items()) order.push_back(&item);
  std::stable_sort(order.begin(), order.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return std::tie(a->place.source, a->place.offset) < std::tie(b->place.source, b->place.offset);
  });
  return order;
}

std::string to_text(const Diagnostics& problems, const Sources& sources, bool color) {
  const Palette paint = palette(color);
  std::string out;
  Place shown;
  for (const Diagnostic* item : in_reading_order(problems)) {
    out += item_text(*item, item->place.known() && !(item->place == shown), sources, paint);
    shown = item->place;
  }
  if (problems.dropped_count() > 0) out += fmt::format("and {} more\n", problems.dropped_count());
  return out;
}

}  // namespace bunsen
