// codes.h - what each diagnostic code means, for `bunsen explain BUN012`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"

namespace bunsen {

struct CodeMeaning {
  Code code;
  std::string_view text;  ///< sentences
};

/// All codes there are, in the order of their numbers.
std::vector<CodeMeaning> code_meanings();

/// The explanation of a code written `BUN012` (or `bun12`); nothing if there is no such code.
std::optional<std::string> code_explanation(const std::string& code);

}  // namespace bunsen
