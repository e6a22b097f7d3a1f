#include "compare/align.h"

#include <algorithm>

namespace bunsen {
namespace {

// Beyond this many comparisons (1,500 layers on both sides) items are paired by index.
constexpr std::size_t most_comparisons = 2'250'000;

int likeness(const Node& a, const Node& b) {
  const std::optional<std::string> name_a = item_name(a);
  const std::optional<std::string> name_b = item_name(b);
  if (name_a && name_b) return *name_a == *name_b ? 1000 : 0;
  if (a.same_as(b)) return 10;
  return item_type(a) == item_type(b) && a.kind == b.kind ? 3 : 0;
}

void pair_in_order(std::size_t a, std::size_t a_end, std::size_t b, std::size_t b_end,
                   std::vector<AlignedItem>& out) {
  for (; a < a_end && b < b_end; ++a, ++b) out.push_back({a, b});
  for (; a < a_end; ++a) out.push_back({a, std::nullopt});
  for (; b < b_end; ++b) out.push_back({std::nullopt, b});
}

using Matches = std::vector<std::pair<std::size_t, std::size_t>>;

// Heaviest common subsequence, by the table of best weights of all tails (Needleman and Wunsch 1970, gaps at
// no cost).
Matches heaviest_matches(const std::vector<Node>& a, const std::vector<Node>& b) {
  const std::size_t rows = a.size() + 1, columns = b.size() + 1;
  std::vector<int> likes(rows * columns), best(rows * columns);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      const std::size_t at = i * columns + j;
      likes[at] = likeness(a[i], b[j]);
      const int matched = likes[at] > 0 ? likes[at] + best[at + columns + 1] : 0;
      best[at] = std::max({matched, best[at + columns], best[at + 1]});
    }
  }
  Matches matches;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::size_t at = i * columns + j;
    if (likes[at] > 0 && best[at] == likes[at] + best[at + columns + 1]) {
      matches.emplace_back(i++, j++);
    } else if (best[at] == best[at + columns]) {
      ++i;
    } else {
      ++j;
    }
  }
  return matches;
}

}  // namespace

std::optional<std::string> item_name(const Node& item) {
  if (!item.is_map()) return std::nullopt;
  const Node* name = item.find("name");
  if (name == nullptr && item.items.size() == 1) name = item.items[0].find("name");
  if (name == nullptr || !name->is_scalar() || name->text.empty()) return std::nullopt;
  return name->text;
}

std::string item_type(const Node& item) {
  if (item.is_scalar()) return item.text;
  return item.is_map() && item.items.size() == 1 ? item.keys[0].text : std::string();
}

std::vector<AlignedItem> align(const std::vector<Node>& a, const std::vector<Node>& b) {
  std::vector<AlignedItem> out;
  if (a.size() * b.size() > most_comparisons) {
    pair_in_order(0, a.size(), 0, b.size(), out);
    return out;
  }
  std::size_t next_a = 0, next_b = 0;
  for (const auto& [i, j] : heaviest_matches(a, b)) {
    pair_in_order(next_a, i, next_b, j, out);
    out.push_back({i, j});
    next_a = i + 1;
    next_b = j + 1;
  }
  pair_in_order(next_a, a.size(), next_b, b.size(), out);
  return out;
}

}  // namespace bunsen
