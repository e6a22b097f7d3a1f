// list.h - `bunsen list [WHAT...]`: a table of runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bunsen {

struct ListOptions {
  std::vector<std::string> what;  ///< run folders, folders of runs, names, ids; nothing: all runs
  std::optional<std::filesystem::path>
      results;  ///< else $BUNSEN_RESULTS, else results/ in the working directory
  bool json = false;
};

/// Newest first. The shipped examples are shown when they are asked for, or when there are no other runs.
/// Returns the exit code; throws UserError for what can't be found.
int list_command(const ListOptions& options);

}  // namespace bunsen
