// foreign_words.h - what other frameworks call things.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bunsen {

/// bunsen's word for another framework's (`learning_rate` -> `lr`, `dense` -> `linear`), or nothing.
std::optional<std::string> own_word(std::string_view foreign);

}  // namespace bunsen
