// starter.h - a config of a few values -> a text for people: what each key means, every default, what else
// there is.
#pragma once

#include <string>
#include <vector>

#include "config/node.h"

namespace bunsen {

struct Starter {
  Node chosen;  ///< the keys that are written; components as `{name: {fields}}` or a name alone
  Node full;    ///< the same config with every default (Resolved::document)
  std::vector<std::string> layer_remarks;  ///< what is said beside each layer; may be empty
};

/// YAML on the left, what the declarations say on the right, at most 100 columns. Keys that are not chosen
/// stand there commented out, with their defaults: uncommented, they change nothing.
std::string starter_text(const Starter& starter);

}  // namespace bunsen
