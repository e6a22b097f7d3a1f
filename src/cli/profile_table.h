// profile_table.h - where an epoch's time went, for a person to read.
#pragma once

#include <cstdint>
#include <string>

#include "config/node.h"

namespace bunsen {

/// Two tables of at most 80 columns, phases and layers, from the worker's `profile` event.
std::string profile_text(const Node& profile, std::int64_t threads);

}  // namespace bunsen
