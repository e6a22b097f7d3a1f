// spelling.h - which known word a mistyped one was meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bunsen {

/// The candidate that `word` was probably meant to be, or nothing. Case, `-` and `_` are folded first and
/// equality after folding wins; then the smallest optimal-string-alignment distance of at most max(length, 3)
/// / 3 (words of one or two letters: only a swap); then a unique candidate of which `word` (at least four
/// letters) is the beginning, or the reverse. The earlier candidate wins a tie.
std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates);

/// `known: a, b, c`, or `a, b, c and 12 more`.
std::string known_words(const std::vector<std::string>& words);

}  // namespace bunsen
