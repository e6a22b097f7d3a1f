// init.h - `bunsen init [FILE]`: a first config, with every key explained, and the schema for editors beside
// it.
#pragma once

#include <string>

namespace bunsen {

struct InitOptions {
  std::string file = "config.yaml";   ///< `-`: to standard output, without the schema
  std::string dataset = "synthetic";  ///< one that bunsen knows, or a table: `wine.csv`
};

/// Writes the config and `bunsen.schema.json` beside it. Nothing that is there is overwritten, except an
/// older schema of bunsen's own.
int init_command(const InitOptions& options);

}  // namespace bunsen
