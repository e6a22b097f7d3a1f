// top_keys.h - `vars` and `extends` where they were misspelled or misplaced: they are dealt with before the
// spec is read, so what is wrong with them must be told before too.
#pragma once

#include <string_view>

#include "base/diagnostics.h"
#include "config/node.h"

namespace bunsen {

/// Puts a key that was surely meant to be `wanted` (`vars` or `extends`) where it belongs, and tells it.
/// Nothing else is then told because of it.
void set_right(Node& root, std::string_view wanted, Diagnostics& problems);

/// Puts what stands at the top level, is used as a variable and is no key into `vars`, and tells it.
void gather_variables(Node& root, Diagnostics& problems);

}  // namespace bunsen
