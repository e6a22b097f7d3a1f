// remembered.h - answers about data files that are kept as long as the files stay the same.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace bunsen {

/// The checksums that are remembered for `question` about `files`; else those that `ask` finds, which are
/// then remembered.
DataIdentity recall_or(const std::filesystem::path& memory, const std::string& question,
                       const std::vector<std::filesystem::path>& files,
                       const std::function<DataIdentity()>& ask);

/// What the answer depends on: `question` and each file's path, size, modification time and inode. Nothing if
/// a file can't be seen or was changed so lately that a second change would not show.
std::optional<std::string> memory_key(const std::string& question,
                                      const std::vector<std::filesystem::path>& files);

/// Nothing if it is not there or broken.
std::optional<DataIdentity> recall(const std::filesystem::path& memory, const std::string& key);
/// Does nothing where it can't write.
void remember(const std::filesystem::path& memory, const std::string& key, const DataIdentity& identity);

}  // namespace bunsen
