// results_root.h - where results lie: `--results`, else $BUNSEN_RESULTS, else results/ in the working
// directory.
#pragma once

#include <filesystem>
#include <optional>

namespace bunsen {

std::filesystem::path results_root(const std::optional<std::filesystem::path>& option);

}  // namespace bunsen
