// scratch_folder.h - a folder that is gone with everything in it when its owner is.
#pragma once

#include <filesystem>

namespace bunsen {

class ScratchFolder {
 public:
  /// Makes `.bunsen-doctor-XXXXXX` in `parent`. Throws UserError.
  explicit ScratchFolder(const std::filesystem::path& parent);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bunsen
