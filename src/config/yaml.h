// yaml.h - YAML text -> Node. The only file that knows yaml-cpp is yaml.cpp.
#pragma once

#include <optional>

#include "base/diagnostics.h"
#include "base/place.h"
#include "config/node.h"

namespace bunsen {

/// Reads the one document of `source`. Every slip of text or syntax is told to `problems`; nothing is
/// returned then.
std::optional<Node> read_yaml(std::int32_t source, const Sources& sources, Diagnostics& problems);

}  // namespace bunsen
