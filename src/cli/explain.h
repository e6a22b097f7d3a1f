// explain.h - `bunsen explain KEY` and `bunsen schema`: what a config can say.
#pragma once

#include <string>

namespace bunsen {

struct ExplainOptions {
  std::string key;    ///< `optimizer.adam`, `relu`, `BUN012`; empty: the top level
  bool page = false;  ///< the whole reference as Markdown
};

/// 2 for a key that does not exist, with the nearest one.
int explain_command(const ExplainOptions& options);
/// The JSON Schema (draft-07) of configs and experiments on standard output.
int schema_command();

}  // namespace bunsen
