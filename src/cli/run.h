// run.h - `bunsen run FILE...`: train configs one after another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/diagnostics_output.h"

namespace bunsen {

struct RunOptions {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> sets;  ///< `PATH=VALUE` or `~PATH`, as typed
  std::optional<std::filesystem::path>
      results;                          ///< else $BUNSEN_RESULTS, else results/ in the working directory
  std::optional<std::string> device;    ///< `cpu` or `cuda`, over what the config says
  std::optional<std::int64_t> threads;  ///< over what the config says
  DiagnosticsChoice diagnostics = {};
  bool again = false;         ///< train even what is done, into a folder of its own
  bool json = false;          ///< one line of JSON a run on stdout
  bool profile = false;       ///< tell where an epoch's time went; trains again what is done
  bool quiet = false;         ///< nothing on stderr but mistakes
  std::string torch_version;  ///< the LibTorch that this build's worker uses; may be empty
};

/// Returns the exit code, the worst of all files'. Without a file: lists the configs in configs/.
int run_command(const RunOptions& options);

}  // namespace bunsen
