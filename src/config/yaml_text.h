// yaml_text.h - Node -> YAML text that reads back as the same Node.
#pragma once

#include <functional>
#include <string>

#include "config/node.h"

namespace bunsen {

/// The whole node on one line, as it may stand inside another: `{colour: [blue, red]}`.
std::string to_flow_yaml(const Node& node);

/// Block style, two spaces; short maps and lists of scalars inside a list item stay on one line (`- linear:
/// {out_features: 64}`). `comment` may give the text of a comment to stand behind a line: it is given the
/// value that the line shows or whose key it is, the latter for what goes on below.
std::string to_yaml(const Node& node, const std::function<std::string(const Node&)>& comment = {});

}  // namespace bunsen
