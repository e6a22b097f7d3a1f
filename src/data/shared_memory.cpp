#include "data/shared_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/errors.h"
#include "base/files.h"

namespace bunsen {
namespace {

[[noreturn]] void fail(std::size_t size, int error_number) {
  throw UserError(
      fmt::format("can't hold the data set in memory: {} bytes: {}", size, system_reason(error_number)));
}

struct Descriptor {
  int number;
  ~Descriptor() { ::close(number); }
};

}  // namespace

std::shared_ptr<void> make_shared_memory(std::size_t size,
                                         const std::function<void(std::span<std::byte>)>& fill) {
  size = std::max<std::size_t>(size, 1);
  const Descriptor file{::memfd_create("bunsen-data", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (file.number < 0) fail(size, errno);
  // Unlike ftruncate alone, this reports a lack of memory here and not as a signal later.
  const int no_room = ::posix_fallocate(file.number, 0, static_cast<off_t>(size));
  if (no_room != 0) fail(size, no_room);

  void* writable = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0);
  if (writable == MAP_FAILED) fail(size, errno);
  fill({static_cast<std::byte*>(writable), size});
  ::munmap(writable, size);

  // A seal against writing wants all writable mappings gone; after it no process can change a byte.
  if (::fcntl(file.number, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    fail(size, errno);
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number, 0);
  if (mapped == MAP_FAILED) fail(size, errno);
  return {mapped, [size](void* address) { ::munmap(address, size); }};
}

}  // namespace bunsen
