// git_state.h - which commit a folder stands at.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace bunsen {

struct GitState {
  std::string commit;
  bool is_dirty = false;  ///< tracked files differ from the commit
};

/// Asks the program git. Nothing where there is no git, no repository or no commit.
std::optional<GitState> git_state_of(const std::filesystem::path& folder);

}  // namespace bunsen
