// laws.h - what must hold for any text at all that is read as a config or as JSON.
#pragma once

#include <string>
#include <string_view>

namespace bunsen::fuzz {

/// Reads `text` as a config: tree, base, overrides, spec, plan; what was resolved is written and read again
/// and must be the same config. Lines `#set KEY=VALUE` are overrides, what follows a line `#base` is the
/// config that the text extends. Says what broke; empty if nothing did.
std::string broken_by_config(std::string_view text);

/// Reads `text` as JSON, writes it both ways, reads it again; and, if it is one, as a resolved config.
std::string broken_by_json(std::string_view text);

}  // namespace bunsen::fuzz
