// describe.h - `bunsen plan FILE` and `bunsen config FILE`: what a config will build, and all that it says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/diagnostics_output.h"

namespace bunsen {

struct DescribeOptions {
  std::filesystem::path file;
  std::vector<std::string> sets;  ///< `PATH=VALUE` or `~PATH`, as typed
  DiagnosticsChoice diagnostics = {};
  bool json = false;
  bool origin = false;  ///< config: where each value comes from
};

/// The layer table with shapes, parameters and multiply-adds, and the batches. 2 when there is a mistake.
int plan_command(const DescribeOptions& options);
/// The resolved config, every default written out. 2 when there is a mistake.
int config_command(const DescribeOptions& options);

}  // namespace bunsen
