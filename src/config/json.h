// json.h - JSON text -> Node and back.
#pragma once

#include <string>
#include <string_view>

#include "config/node.h"

namespace bunsen {

/// Reads one JSON document. Throws UserError("NAME:LINE:COLUMN: reason") on anything else; refuses duplicate
/// keys. Places carry byte offsets for `source` if it is given.
Node read_json(std::string_view text, const std::string& name, std::int32_t source = -1);

/// One line without spaces at the ends, as in JSON Lines: `{"epoch": 1, "loss": 0.5}`. Not-finite numbers are
/// the strings "NaN", "Infinity", "-Infinity".
std::string json_line(const Node& node);

/// Indented by two; every map is one key a line, every item of a list is one line (a layer, an epoch, a
/// matrix row), a list of scalars is one line. Ends with a newline. Plain `diff -u` of two such texts reads
/// well.
std::string json_document(const Node& node);

}  // namespace bunsen
