// byte_source.h - the bytes of a file, whether it is compressed by gzip or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace bunsen {

class ByteSource {
 public:
  /// How much is meant to be read: for a header, no more than a few kilobytes are unpacked.
  enum class Extent : std::uint8_t { whole, header };

  /// Throws UserError with path and reason, as every member does.
  explicit ByteSource(const std::filesystem::path& path, Extent extent = Extent::whole);
  ~ByteSource();
  ByteSource(ByteSource&&) noexcept;

  /// Reads `size` bytes, or fewer at the end of the file.
  std::size_t read(void* into, std::size_t size);
  const std::filesystem::path& path() const { return path_; }
  /// Of the file as it lies there; nothing if it is no regular file.
  std::optional<std::uint64_t> file_bytes() const;
  bool is_compressed() const;

 private:
  struct Handle;
  std::filesystem::path path_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace bunsen
