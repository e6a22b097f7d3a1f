#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/errors.h"

namespace bunsen {
namespace {

[[noreturn]] void fail(std::string_view action, const std::filesystem::path& path, int error_number) {
  throw UserError(fmt::format("can't {} {}: {}", action, path.string(), system_reason(error_number)));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

void write_all(int descriptor, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void write_new(const std::filesystem::path& temporary, const std::vector<std::string_view>& parts) {
  const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.number() < 0) fail("write", temporary, errno);
  for (const std::string_view part : parts) write_all(file.number(), part, temporary);
  if (::fsync(file.number()) != 0) fail("write", temporary, errno);
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

std::string system_reason(int error_number) { return std::generic_category().message(error_number); }

std::string read_file(const std::filesystem::path& path, std::uint64_t most_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) fail("read", path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail("read", path, errno);
  if (S_ISDIR(status.st_mode)) fail("read", path, EISDIR);
  const auto too_large = [&](std::uint64_t size) {
    if (size > most_bytes)
      throw UserError(fmt::format("can't read {}: larger than {} bytes", path.string(), most_bytes));
  };
  too_large(status.st_size > 0 ? static_cast<std::uint64_t>(status.st_size) : 0);
  std::string text;
  text.resize(status.st_size > 0 ? static_cast<std::size_t>(status.st_size) + 1 : 65536);
  std::size_t filled = 0;
  while (true) {
    if (filled == text.size()) text.resize(text.size() * 2);
    const ssize_t got = ::read(file.number(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    too_large(filled);
  }
  text.resize(filled);
  return text;
}

std::optional<std::string> read_file_if_there(const std::filesystem::path& path) {
  if (::access(path.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  return read_file(path);
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  write_file_atomically(path, std::vector{text});
}

void write_file_atomically(const std::filesystem::path& path, const std::vector<std::string_view>& parts) {
  // The process number keeps two writers apart; whoever renames last wins with a whole file.
  const std::filesystem::path temporary = path.string() + fmt::format(".{}.tmp", ::getpid());
  try {
    write_new(temporary, parts);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail("write", path, errno);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder(folder_of(path));
}

bool create_file_exclusively(const std::filesystem::path& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.number() < 0 && errno == EEXIST) return false;
  if (file.number() < 0) fail("write", path, errno);
  try {
    write_all(file.number(), text, path);
    if (::fsync(file.number()) != 0) fail("write", path, errno);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
  return true;
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw UserError(fmt::format("can't make the folder {}: {}", path.string(), error.message()));
}

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.number() < 0) fail("open", folder, errno);
  // Some file systems can't sync a folder and say EINVAL; they have nothing to lose by it.
  if (::fsync(handle.number()) != 0 && errno != EINVAL) fail("sync", folder, errno);
}

LineFile::LineFile(const std::filesystem::path& path)
    : path_(path),
      descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) fail("write", path, errno);
}

LineFile::~LineFile() { ::close(descriptor_); }

void LineFile::append(std::string_view line) { write_all(descriptor_, std::string(line) + '\n', path_); }

void LineFile::sync() {
  if (::fdatasync(descriptor_) != 0) fail("write", path_, errno);
}

}  // namespace bunsen
