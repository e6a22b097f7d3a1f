// select.h - which runs an argument on the command line means.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/scan.h"

namespace bunsen {

struct Selection {
  std::string argument;
  std::vector<RunSummary> runs;  ///< never empty; in the order of their folders
};

/// `argument` is, tried in this order: a run folder or a file in it; a folder of runs (a config's or an
/// experiment's, or a whole results folder), each as written and under the results root and its `examples`;
/// `group=` and a group's id or the unique beginning of one (the bare id would often be that of the group's
/// run with seed 0); a run's id or the unique beginning of one. Throws UserError that names what is near and
/// what is there.
Selection select_runs(const std::string& argument, const std::filesystem::path& results_root);

/// Does the folder look like one run's?
bool is_run_folder(const std::filesystem::path& folder);

}  // namespace bunsen
