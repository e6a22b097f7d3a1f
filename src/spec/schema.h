// schema.h - the declarations of a config as a JSON Schema, for editors and other tools.
#pragma once

#include "config/node.h"

namespace bunsen {

/// Draft-07, closed at every level. Accepts what the parser accepts, short forms and `$variables` included;
/// shapes and other relations between values are beyond a schema.
Node config_schema();

}  // namespace bunsen
