// check.h - `bunsen check PATH...`: every mistake of configs and experiments, nothing trained.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bunsen {

struct CheckOptions {
  std::vector<std::filesystem::path> paths;  ///< files, and folders whose .yaml files are meant
  std::vector<std::string> sets;             ///< `PATH=VALUE` or `~PATH`, as typed
};

/// Returns 0, or 2 when there is any error. Mistakes and a line with the count go to stderr.
int check_command(const CheckOptions& options);

}  // namespace bunsen
