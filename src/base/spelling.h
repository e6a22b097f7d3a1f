// spelling.h - which known word a mistyped one was meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bunsen {

/// The candidate that `word` was probably meant to be, or nothing. Case, `-` and `_` are folded first and
/// equality after folding wins; then the fewest edits (optimal string alignment) of at most max(length, 3) /
/// 3, and among as many the likeliest slips: a swap or a letter typed twice, then a dropped letter or a
/// neighbour on the keyboard. In words of one or two letters only these count. Else a unique candidate of
/// which `word` (at least four letters) is the beginning, or the reverse. The earlier candidate wins a tie.
std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates);

/// `known: a, b, c`, or `a, b, c and 12 more`.
std::string known_words(const std::vector<std::string>& words);

}  // namespace bunsen
