// document_schema.h - the JSON Schema of everything that bunsen reads: configs and experiments.
#pragma once

#include <string>

#include "config/node.h"

namespace bunsen {

/// Draft-07, one for both kinds of document: what has a key that only experiments have is held against an
/// experiment's schema, all else against a config's, so that an editor needs one file and tells mistakes of
/// that kind only. A config that extends another may leave out what is required.
Node document_schema();

/// The same as the text of docs/bunsen.schema.json: short parts on one line.
std::string document_schema_text();

/// Is this text such a schema, of any version?
bool is_document_schema(const Node& document);

}  // namespace bunsen
