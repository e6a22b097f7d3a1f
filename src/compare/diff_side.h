// diff_side.h - what an argument of `diff` means: runs, a config file, or any JSON document.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/diagnostics.h"
#include "compare/diff.h"

namespace bunsen {

/// A YAML file is resolved as a config (its mistakes go to `problems`, and nothing is returned); a JSON file
/// is a result if it looks like one, else a document; anything else is looked up by `select_runs`. Throws
/// UserError, also when the runs belong to several configs or none of them has a result.
std::optional<DiffSide> read_side(const std::string& argument, const std::filesystem::path& results_root,
                                  Sources& sources, Diagnostics& problems);

/// The side that a result document makes.
DiffSide side_of_result(const std::string& argument, Node result);

}  // namespace bunsen
