// sweep.h - `bunsen sweep FILE`: train all trials of an experiment that are not done yet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/diagnostics_output.h"

namespace bunsen {

struct SweepOptions {
  std::optional<std::filesystem::path> file;
  std::vector<std::string> sets;  ///< `PATH=VALUE` or `~PATH`, for all trials
  std::optional<std::filesystem::path>
      results;                       ///< else $BUNSEN_RESULTS, else results/ in the working directory
  std::optional<std::int64_t> jobs;  ///< trials at the same time; else cores / threads
  bool plan = false;                 ///< only show the trials
  std::string retry;                 ///< `failed`, `diverged` or `all`: what is trained once more
  std::string keep_weights;          ///< `best`, `all` or `none`; empty: as the file says
  DiagnosticsChoice diagnostics = {};
  bool json = false;  ///< the table or the outcome as JSON on stdout
  bool quiet = false;
  std::string torch_version;  ///< the LibTorch that this build's worker uses; may be empty
};

/// Returns the exit code: 0 all trials are done, 3 some failed or diverged, 2 a mistake in the experiment, 75
/// interrupted. Without a file: lists the experiments in experiments/.
int sweep_command(const SweepOptions& options);

}  // namespace bunsen
