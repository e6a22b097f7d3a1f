// places.h - in which folders data sets are looked for.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bunsen {

/// A folder that may hold `<name>/` for each data set, and perhaps files of one itself.
struct DataRoot {
  std::filesystem::path folder;
  bool is_searched_itself = false;  ///< files may also lie right in it, not only in `<name>/`
};

struct DataPlaces {
  std::vector<DataRoot> roots;     ///< in the order of the search
  std::filesystem::path memory;    ///< folder in which checksums are remembered; empty: they are not
  std::string program = "bunsen";  ///< how it was called (`$BUNSEN_COMMAND`), for commands to try
};

/// `$BUNSEN_DATA`, `./data`, the user's cache (`$XDG_CACHE_HOME` or `~/.cache`, `/bunsen/data`), the system's
/// folders.
DataPlaces default_data_places();

/// The folders in which the files of `name` may lie, in order; `_` is also searched as `-`.
std::vector<std::filesystem::path> folders_for(const DataPlaces& places, std::string_view name);

}  // namespace bunsen
