// check.h - `bunsen check PATH...`: every mistake of configs and experiments, nothing trained.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "cli/diagnostics_output.h"
#include "spec/resolve.h"

namespace bunsen {

struct CheckOptions {
  std::vector<std::filesystem::path> paths;  ///< files, and folders whose .yaml files are meant
  std::vector<std::string> sets;             ///< `PATH=VALUE` or `~PATH`, as typed
  DiagnosticsChoice diagnostics = {};
  bool strict = false;                            ///< a warning fails the check too
  std::optional<std::int64_t> memory_bytes = {};  ///< that a training must fit into; absent: this machine's
};

/// What one file's check finds: a config resolved and planned, an experiment with all its trials. Says
/// whether a plan was made, that is, whether the file could be trained. A training that needs more than
/// `memory_bytes` (0: unknown) is warned of.
bool check_file(const std::filesystem::path& file, const std::vector<Override>& overrides, Sources& sources,
                Diagnostics& problems, std::int64_t memory_bytes = 0);

/// Returns 0, or 2 when there is any error. Mistakes and a line with the count go to stderr; as JSON or SARIF
/// they are the result, and go to stdout.
int check_command(const CheckOptions& options);

}  // namespace bunsen
