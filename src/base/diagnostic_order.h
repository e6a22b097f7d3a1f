// diagnostic_order.h - in which order mistakes are told, whoever tells them.
#pragma once

#include <vector>

#include "base/diagnostics.h"

namespace bunsen {

/// Those that were kept, by file and place; what has no place comes first.
std::vector<const Diagnostic*> in_reading_order(const Diagnostics& problems);

}  // namespace bunsen
