// files.h - reading whole files, and writing them so that nobody ever sees half of one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bunsen {

/// The whole file. Throws UserError with path and reason; also when it is larger than `most_bytes`.
std::string read_file(const std::filesystem::path& path, std::uint64_t most_bytes = UINT64_MAX);
/// Nothing if there is no such file; throws for every other reason.
std::optional<std::string> read_file_if_there(const std::filesystem::path& path);

/// Writes beside `path`, syncs, renames over it and syncs the folder: after a crash the old or the new text
/// stands there, whole. Throws UserError (full disk, read-only folder, ...) and then leaves no temporary file
/// behind.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);
/// The same of a text in parts, which are never put together in memory.
void write_file_atomically(const std::filesystem::path& path, const std::vector<std::string_view>& parts);
/// Makes a file that must not exist yet (O_EXCL). Returns false if it does; throws UserError for every other
/// reason.
bool create_file_exclusively(const std::filesystem::path& path, std::string_view text);
/// Makes the folder and its parents; throws UserError.
void make_folder(const std::filesystem::path& path);
/// Makes a rename or a removal in `folder` durable.
void sync_folder(const std::filesystem::path& folder);

/// A text file that grows by whole lines, each in the file when `append` returns.
class LineFile {
 public:
  explicit LineFile(const std::filesystem::path& path);  ///< created or emptied; throws UserError
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  void append(std::string_view line);  ///< throws UserError
  void sync();                         ///< throws UserError

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// `No space left on device` and the like, for the current or a given errno.
std::string system_reason(int error_number);

}  // namespace bunsen
