// path_choices.h - how the begun text of an override (`--set optimizer.ad`) can go on.
#pragma once

#include <string>
#include <vector>

#include "config/node.h"

namespace bunsen {

struct PathChoice {
  std::string text;  ///< the whole argument; ends with '.' or '=' where more must follow
  std::string help;  ///< one line, may be empty
};

/// What `begun` (`opt`, `optimizer.`, `layers.0.li`, `loss=cr`, `~sched`) can become: keys one level at a
/// time, a component's names, items of a list by index and name, and behind '=' the words that a value may
/// be. `root`: the config that is changed, with its variables in place; nullptr when it is not known, and
/// then whatever a config can have is offered.
std::vector<PathChoice> path_choices(const std::string& begun, const Node* root);

}  // namespace bunsen
