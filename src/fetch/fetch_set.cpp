#include "fetch/fetch_set.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view part_ending = ".part";

/// Makes a folder with its parents; those that it made are removed again unless they are kept.
class NewFolder {
 public:
  explicit NewFolder(const fs::path& folder) {
    std::error_code ignored;
    for (fs::path path = fs::absolute(folder).lexically_normal(); !fs::exists(path, ignored);
         path = path.parent_path())
      made_.push_back(path);
    make_folder(folder);
  }
  ~NewFolder() {
    std::error_code ignored;
    for (const fs::path& path : made_) fs::remove(path, ignored);  // only when it is empty
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  void keep() { made_.clear(); }

 private:
  std::vector<fs::path> made_;  // innermost first
};

/// One fetch at a time in a folder. The folder itself is locked, so that no lock file is left behind; where
/// the file system can't do that, unlike names keep two fetches apart.
class FolderLock {
 public:
  FolderLock(const fs::path& folder, const FetchObserver& observer)
      : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ < 0)
      throw UserError(fmt::format("can't open {}: {}", folder.string(), system_reason(errno)));
    bool has_said = false;
    while (!(is_held_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) && errno == EWOULDBLOCK) {
      if (!has_said && observer.say)
        observer.say(fmt::format("waiting for another fetch into {}", folder.string()));
      has_said = true;
      if (observer.should_stop && observer.should_stop()) {
        ::close(descriptor_);
        throw UserError("interrupted; nothing is kept", ExitCode::interrupted);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  ~FolderLock() { ::close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool is_held() const { return is_held_; }

 private:
  int descriptor_;
  bool is_held_ = false;
};

/// A file that is not there yet: downloaded beside its place, removed unless it gets there.
struct PartFile {
  const KnownFile* known = nullptr;
  fs::path path;   ///< where it is now
  fs::path place;  ///< where it belongs
  fs::path wrong;  ///< the file that it replaces; empty if there is none
};

class PartFiles {
 public:
  ~PartFiles() {
    std::error_code ignored;
    for (const PartFile& part : parts) fs::remove(part.path, ignored);
  }
  std::vector<PartFile> parts;
};

/// Parts of a fetch that was killed.
void remove_old_parts(const fs::path& folder, const KnownSet& set) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(part_ending)) continue;
    for (const KnownFile& file : set.files) {
      if (name.starts_with(fmt::format(".{}.gz.", file.name))) fs::remove(entry.path(), error);
    }
  }
}

std::string address_of(const std::string& url, const KnownFile& file) {
  return fmt::format("{}{}{}.gz", url, url.ends_with('/') ? "" : "/", file.name);
}

/// No gzip file is noticeably larger than what is in it.
std::uint64_t most_bytes_of(const KnownFile& file) {
  std::uint64_t bytes = 4 + 4 * file.sizes.size();
  std::uint64_t content = 1;
  for (const std::int64_t size : file.sizes) content *= static_cast<std::uint64_t>(size);
  return bytes + content + (content >> 8U) + 4096;
}

std::string beginning_of(const fs::path& file) {
  std::string text(16, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return std::string(trim(text));
}

/// Throws unless the downloaded file is the one that is wanted.
void need_right_file(const KnownSet& set, const PartFile& part, const std::string& address) {
  const std::string reason = reason_against_file(*part.known, part.path);
  if (reason.empty()) return;
  const std::string what =
      beginning_of(part.path).starts_with("<")
          ? "a web page came instead of data"
          : fmt::format("what came is not {}'s {}: {}", set.name, part.known->name, reason);
  throw UserError(fmt::format("can't use {}: {}; nothing is kept", printable(address), what),
                  ExitCode::run_failed);
}

void get(const KnownSet& set, const PartFile& part, const std::string& url, const FetchObserver& observer,
         const Patience& patience) {
  const std::string address = address_of(url, *part.known);
  const std::string shown = part.place.filename().string();
  bool broke_off = false;
  DownloadObserver one;
  one.should_stop = observer.should_stop;
  one.progress = [&](const DownloadState& state) {
    if (observer.progress) observer.progress(shown, state);
  };
  one.note = [&](const std::string& line) {
    broke_off = true;
    if (observer.say) observer.say(fmt::format("{}: {}", shown, line));
  };
  download(address, part.path, most_bytes_of(*part.known), one, patience);
  // Pieces of two different files would look so: once more, in one piece.
  if (broke_off && !reason_against_file(*part.known, part.path).empty()) {
    if (observer.say) observer.say(fmt::format("{}: its pieces do not fit together; once more", shown));
    download(address, part.path, most_bytes_of(*part.known), one, patience);
  }
  need_right_file(set, part, address);
}

void rename_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error)
    throw UserError(fmt::format("can't rename {} to {}: {}", from.string(), to.string(), error.message()),
                    ExitCode::run_failed);
}

fs::path free_name_beside(const fs::path& file) {
  fs::path name = file.string() + ".wrong";
  for (int i = 2; fs::exists(name); ++i) name = fmt::format("{}.wrong{}", file.string(), i);
  return name;
}

}  // namespace

FetchReport fetch_set(const KnownSet& set, const fs::path& folder, const std::string& url,
                      const FetchObserver& observer, const Patience& patience) {
  NewFolder made(folder);
  const FolderLock lock(folder, observer);
  if (lock.is_held()) remove_old_parts(folder, set);

  FetchReport report;
  PartFiles files;
  for (const KnownFile& file : set.files) {
    const fs::path there = find_known_file(folder, file);
    if (!there.empty() && reason_against_file(file, there).empty()) {
      report.kept.push_back(there.filename().string());
      continue;
    }
    const std::string name = std::string(file.name) + ".gz";
    files.parts.push_back(
        {&file, folder / fmt::format(".{}.{}{}", name, ::getpid(), part_ending), folder / name, there});
  }
  if (!files.parts.empty() && observer.say)
    observer.say(fmt::format("fetching {} from {}", set.name, printable(url)));
  for (const PartFile& part : files.parts) get(set, part, url, observer, patience);
  for (const PartFile& part : files.parts) {
    if (!part.wrong.empty()) {
      const fs::path aside = free_name_beside(part.wrong);
      rename_file(part.wrong, aside);
      report.set_aside.push_back(aside.filename().string());
    }
    rename_file(part.path, part.place);
    report.fetched.push_back(part.place.filename().string());
  }
  if (!report.fetched.empty()) sync_folder(folder);
  made.keep();
  return report;
}

}  // namespace bunsen
