// diff.h - `bunsen diff A B`: in what two runs, groups of runs, configs or JSON files differ.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bunsen {

struct DiffOptions {
  std::vector<std::string> sides;  ///< two or more; each one after the first is held against the first
  std::optional<std::filesystem::path>
      results;             ///< else $BUNSEN_RESULTS, else results/ in the working directory
  bool exit_code = false;  ///< 1 if anything differs, 4 if nothing does but something could not be compared
  bool json = false;
};

/// Returns the exit code; throws UserError for what can't be found or read.
int diff_command(const DiffOptions& options);

}  // namespace bunsen
