#include "base/spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

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

// Optimal string alignment: edits and swaps of neighbours, no letter edited twice (Wagner-Fischer with
// Damerau's swap).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

bool is_swap(std::string_view a, std::string_view b) {
  return a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
}

}  // namespace

std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest_word = 64;
  const std::string folded = fold(word);
  if (folded.empty() || folded.size() > longest_word) return std::nullopt;
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(folded.size(), 3) / 3 + 1;
  for (const std::string& candidate : candidates) {
    const std::string other = fold(candidate);
    if (other == folded) return candidate;
    if (folded.size() <= 2) {
      if (is_swap(folded, other) && !best) best = candidate;
      continue;
    }
    const std::size_t d = distance(folded, other);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  if (best) return best;
  std::vector<std::string> beginnings;
  for (const std::string& candidate : candidates) {
    const std::string other = fold(candidate);
    const bool begins = folded.size() >= 4 && other.starts_with(folded);
    const bool continues = other.size() >= 4 && folded.starts_with(other);
    if (begins || continues) beginnings.push_back(candidate);
  }
  if (beginnings.size() == 1) return beginnings.front();
  return std::nullopt;
}

std::string known_words(const std::vector<std::string>& words) {
  constexpr std::size_t most = 16;
  if (words.size() <= most) return "known: " + join(words, ", ");
  const std::vector<std::string> first(words.begin(), words.begin() + most);
  return fmt::format("known: {} and {} more", join(first, ", "), words.size() - most);
}

}  // namespace bunsen
