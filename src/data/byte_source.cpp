#include "data/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>

#include "base/errors.h"
#include "base/files.h"

namespace bunsen {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& reason) {
  throw UserError(fmt::format("can't read {}: {}", path.string(), reason));
}

int open_file(const std::filesystem::path& path, std::optional<std::uint64_t>& bytes) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(path, system_reason(errno));
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    fail(path, system_reason(EISDIR));
  }
  if (S_ISREG(status.st_mode)) bytes = static_cast<std::uint64_t>(status.st_size);
  return descriptor;
}

}  // namespace

struct ByteSource::Handle {
  gzFile file = nullptr;
  std::optional<std::uint64_t> bytes;
  ~Handle() {
    if (file != nullptr) ::gzclose(file);
  }
};

ByteSource::ByteSource(const std::filesystem::path& path, Extent extent)
    : path_(path), handle_(std::make_unique<Handle>()) {
  const int descriptor = open_file(path, handle_->bytes);
  handle_->file = ::gzdopen(descriptor, "rb");
  if (handle_->file == nullptr) {
    ::close(descriptor);
    fail(path, "out of memory");
  }
  // zlib fills its whole buffer before it gives the first byte.
  ::gzbuffer(handle_->file, extent == Extent::header ? 1U << 10 : 1U << 17);
}

ByteSource::~ByteSource() = default;
ByteSource::ByteSource(ByteSource&&) noexcept = default;

std::optional<std::uint64_t> ByteSource::file_bytes() const { return handle_->bytes; }
bool ByteSource::is_compressed() const { return ::gzdirect(handle_->file) == 0; }

std::size_t ByteSource::read(void* into, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    const auto wanted = static_cast<unsigned>(std::min<std::size_t>(size - filled, 1U << 30));
    const int got = ::gzread(handle_->file, static_cast<char*>(into) + filled, wanted);
    // A stream that breaks off is no error to gzread: it only shows in gzerror.
    int problem = Z_OK;
    const char* reason = ::gzerror(handle_->file, &problem);
    if (problem == Z_ERRNO) fail(path_, system_reason(errno));
    if (problem == Z_BUF_ERROR) fail(path_, "the compressed file breaks off in the middle");
    if (got < 0 || (problem != Z_OK && problem != Z_STREAM_END))
      fail(path_, fmt::format("not valid gzip ({})", reason));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace bunsen
