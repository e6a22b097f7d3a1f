// foreign_words.h - what other frameworks call things.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bunsen {

/// bunsen's words for another framework's (`learning_rate` -> `lr`, `dense` -> `linear`, `alpha` -> `lr` or
/// `negative_slope`), the likeliest first; which of them fits depends on the place.
std::vector<std::string> own_words(std::string_view foreign);

/// What to do instead, for a key that has no counterpart (`in_features`: sizes are worked out); empty if
/// nothing is known about it.
std::string foreign_advice(std::string_view foreign);

/// Is the word near to one of ours and yet another thing, such as `in_features`? Then it is no slip of the
/// fingers.
bool means_something_else(std::string_view foreign);

}  // namespace bunsen
