// run_setting.h - what `run`, `sweep` and `predict` share: overrides typed on the command line, mistakes on
// standard error, lists of what could be run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "data/dataset.h"
#include "results/look_up.h"
#include "spec/resolve.h"

namespace bunsen {

/// `--set` arguments; mistakes go to `problems`.
std::vector<Override> overrides_from(const std::vector<std::string>& arguments, Sources& sources,
                                     Diagnostics& problems);

/// Prints errors and warnings to standard error; false if there is an error.
bool tell_problems(const Diagnostics& problems, const Sources& sources);
void tell_error(const std::string& message);

/// `cpu`, `cuda`.
std::string device_of(const TrainingSpec& spec);

/// The files in `folder` (`configs`, `experiments`; here, else where bunsen is installed), each with its
/// first comment, as lines of `bunsen COMMAND FILE`. To standard error when there are none.
void list_files(const std::string& folder, const std::string& command);

/// How this program was called: `bunsen`, or `./bunsen` in a source tree (told by $BUNSEN_COMMAND); for
/// commands to try.
std::string own_command();

/// A path as people type it: relative to the working directory if it lies below it.
std::string shown(const std::filesystem::path& path);

/// `1 thread`, `2 threads`; `1,234,567`.
std::string with_thousands(std::int64_t number);

/// `process 4711 on this machine`, who writes a run folder.
std::string writer_of(const std::filesystem::path& run_folder);

}  // namespace bunsen
