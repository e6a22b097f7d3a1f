// cells.h - what a table's cell may be: a number, a word, or nothing.
#pragma once

#include <optional>
#include <string_view>

#include "spec/datasets/all.h"

namespace bunsen {

char character(Separator separator);

/// Empty, or what programs write where a number is missing: NA, nan, null, ?, -.
bool is_missing_number(std::string_view cell);
/// The same among words, where `-` and `None` may well be words.
bool is_missing_word(std::string_view cell);

/// A number that single precision can hold; nothing for everything else.
std::optional<float> number_in(std::string_view cell);

}  // namespace bunsen
