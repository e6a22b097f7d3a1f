#include "base/spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>

#include "base/text.h"

namespace bunsen {
namespace {

std::string fold(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (c != '-' && c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

/// What separates a typed word from a known one. Fewer edits are nearer; among as many, the likelier slip is.
struct Separation {
  int edits = 0;
  int unlikeliness = 0;

  bool operator<(const Separation& other) const {
    return std::tie(edits, unlikeliness) < std::tie(other.edits, other.unlikeliness);
  }
  Separation with(int slip) const { return {edits + 1, unlikeliness + slip}; }
};

// How unlikely a single slip is: two letters swapped or one typed twice is a matter of timing; a stray letter
// is rare.
constexpr int swapped = 2, doubled = 2, dropped = 3, beside = 3, added = 4, changed = 6;

bool are_beside(char a, char b) {
  constexpr std::array<std::string_view, 4> rows{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t at = rows[row].find(a);
    if (at == std::string_view::npos) continue;
    for (const std::size_t other : {row - 1, row, row + 1}) {
      if (other >= rows.size()) continue;
      const std::size_t found = rows[other].find(b);
      if (found != std::string_view::npos && found + 1 >= at && found <= at + 1) return true;
    }
  }
  return false;
}

// Optimal string alignment: edits and swaps of neighbours, no letter edited twice (Wagner-Fischer with
// Damerau's swap).
Separation separation(std::string_view typed, std::string_view known) {
  std::vector<std::vector<Separation>> best(typed.size() + 1, std::vector<Separation>(known.size() + 1));
  for (std::size_t i = 1; i <= typed.size(); ++i) best[i][0] = best[i - 1][0].with(added);
  for (std::size_t j = 1; j <= known.size(); ++j) best[0][j] = best[0][j - 1].with(dropped);
  for (std::size_t i = 1; i <= typed.size(); ++i) {
    for (std::size_t j = 1; j <= known.size(); ++j) {
      const char a = typed[i - 1];
      const char b = known[j - 1];
      const bool is_double = i > 1 && a == typed[i - 2];
      Separation here =
          a == b ? best[i - 1][j - 1] : best[i - 1][j - 1].with(are_beside(a, b) ? beside : changed);
      here = std::min(here, best[i - 1][j].with(is_double ? doubled : added));
      here = std::min(here, best[i][j - 1].with(dropped));
      if (i > 1 && j > 1 && a != b && a == known[j - 2] && b == typed[i - 2])
        here = std::min(here, best[i - 2][j - 2].with(swapped));
      best[i][j] = here;
    }
  }
  return best[typed.size()][known.size()];
}

/// In a word of one or two letters almost any two words are one edit apart: only a likely slip counts.
bool is_near(std::string_view typed, const Separation& found) {
  if (typed.size() <= 2) return found.edits == 1 && found.unlikeliness <= dropped;
  return found.edits <= static_cast<int>(std::max<std::size_t>(typed.size(), 3) / 3);
}

/// The one candidate that `folded` begins, or that begins `folded`.
std::optional<std::string> only_prefix(const std::string& folded,
                                       const std::vector<std::string>& candidates) {
  std::vector<std::string> found;
  for (const std::string& candidate : candidates) {
    const std::string other = fold(candidate);
    const bool begins = folded.size() >= 4 && other.starts_with(folded);
    const bool continues = other.size() >= 4 && folded.starts_with(other);
    if (begins || continues) found.push_back(candidate);
  }
  return found.size() == 1 ? std::optional<std::string>(found.front()) : std::nullopt;
}

}  // namespace

std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest_word = 64;
  const std::string folded = fold(word);
  if (folded.empty() || folded.size() > longest_word) return std::nullopt;
  std::optional<std::string> best;
  Separation smallest;
  for (const std::string& candidate : candidates) {
    const std::string other = fold(candidate);
    if (other == folded) return candidate;
    if (other.size() > longest_word) continue;
    const Separation found = separation(folded, other);
    if (!is_near(folded, found) || (best && !(found < smallest))) continue;
    best = candidate;
    smallest = found;
  }
  return best ? best : only_prefix(folded, candidates);
}

std::string known_words(const std::vector<std::string>& words) {
  constexpr std::size_t most = 16;
  if (words.size() <= most + 1) return "known: " + join(words, ", ");
  const std::vector<std::string> first(words.begin(), words.begin() + most);
  return fmt::format("known: {} and {} more", join(first, ", "), words.size() - most);
}

}  // namespace bunsen
