#include "data/idx.h"

#include <fmt/format.h>

#include <array>
#include <cassert>

#include "base/errors.h"
#include "base/sha256.h"
#include "data/byte_source.h"
#include "spec/shape.h"

namespace bunsen {
namespace {

[[noreturn]] void fail(const ByteSource& source, const std::string& reason) {
  throw UserError(fmt::format("can't read {}: {}", source.path().string(), reason));
}

constexpr std::uint8_t unsigned_bytes = 8;

/// What the third byte says the numbers are; empty for one that no IDX file has.
std::string_view element_name(std::uint8_t type) {
  switch (type) {
    case 0x09:
      return "signed bytes";
    case 0x0B:
      return "16-bit integers";
    case 0x0C:
      return "32-bit integers";
    case 0x0D:
      return "32-bit floats";
    case 0x0E:
      return "64-bit floats";
    default:
      return {};
  }
}

void check_magic(const ByteSource& source, const std::array<std::uint8_t, 4>& magic) {
  const bool may_be_idx = magic[0] == 0 && magic[1] == 0 && magic[3] > 0;
  if (may_be_idx && !element_name(magic[2]).empty()) {
    fail(source,
         fmt::format("an IDX file of {}; only those of unsigned bytes are taken", element_name(magic[2])));
  }
  if (may_be_idx && magic[2] == unsigned_bytes) {
    if (magic[3] > 4) fail(source, fmt::format("has {} sizes, 1 to 4 are taken", magic[3]));
    return;
  }
  fail(source,
       fmt::format(
           "begins with {:02x} {:02x} {:02x} {:02x}; an IDX file of unsigned bytes begins with 00 00 08",
           magic[0], magic[1], magic[2], magic[3]));
}

/// Their product, or the largest number there is.
std::uint64_t content_bytes(const std::vector<std::int64_t>& sizes) {
  std::uint64_t bytes = 1;
  bool is_too_large = false;
  for (const std::int64_t size : sizes) {
    const auto factor = static_cast<std::uint64_t>(size);
    if (factor == 0) return 0;
    is_too_large = is_too_large || bytes > UINT64_MAX / factor;
    bytes *= factor;
  }
  return is_too_large ? UINT64_MAX : bytes;
}

/// Whoever makes room for what a header promises must know that the file can hold it.
void check_promise(const ByteSource& source, const std::vector<std::int64_t>& sizes) {
  const std::optional<std::uint64_t> there = source.file_bytes();
  if (!there) return;
  const std::uint64_t promised = content_bytes(sizes);
  if (source.is_compressed()) {
    constexpr std::uint64_t most_growth = 1032;  // of deflate
    if (promised / most_growth > *there)
      fail(source, fmt::format("promises {}, more than its {} compressed bytes can hold",
                               to_text(Shape{sizes}), *there));
    return;
  }
  const std::uint64_t header = 4 + 4 * sizes.size();
  if (promised > *there - header)
    fail(source, fmt::format("ends after {} of {} bytes", *there - header, promised));
  if (promised < *there - header) fail(source, "longer than its first bytes promise");
}

std::vector<std::int64_t> read_sizes(ByteSource& source) {
  std::array<std::uint8_t, 4> magic{};
  if (source.read(magic.data(), magic.size()) < magic.size()) fail(source, "too short for an IDX file");
  check_magic(source, magic);
  std::vector<std::int64_t> sizes;
  for (int i = 0; i < magic[3]; ++i) {
    std::array<std::uint8_t, 4> bytes{};
    if (source.read(bytes.data(), bytes.size()) < bytes.size()) fail(source, "too short for an IDX file");
    sizes.push_back((std::int64_t{bytes[0]} << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]);
  }
  check_promise(source, sizes);
  return sizes;
}

}  // namespace

std::vector<std::int64_t> read_idx_sizes(const std::filesystem::path& path) {
  ByteSource source(path, ByteSource::Extent::header);
  return read_sizes(source);
}

std::string sha256_of_idx(const std::filesystem::path& path, const std::vector<std::int64_t>& expected) {
  const std::uint64_t content = content_bytes(expected);
  const std::uint64_t promised = 4 + 4 * expected.size() + content;
  ByteSource source(path);
  Sha256 hash;
  std::vector<char> chunk(1U << 18);
  std::uint64_t total = 0;
  while (const std::size_t got = source.read(chunk.data(), chunk.size())) {
    total += got;
    if (total > promised) fail(source, "longer than its first bytes promise");
    hash.update(chunk.data(), got);
  }
  if (total < promised)
    fail(source, fmt::format("ends after {} of {} bytes", total - (promised - content), content));
  return hash.hex();
}

void read_idx(const std::filesystem::path& path, const std::vector<std::int64_t>& expected,
              std::span<std::uint8_t> into) {
  assert(static_cast<std::int64_t>(into.size()) == Shape{expected}.elements());
  ByteSource source(path);
  const std::vector<std::int64_t> sizes = read_sizes(source);
  if (sizes != expected) {
    fail(source, fmt::format("holds {}, wanted {}", to_text(Shape{sizes}), to_text(Shape{expected})));
  }
  const std::size_t got = source.read(into.data(), into.size());
  if (got < into.size()) fail(source, fmt::format("ends after {} of {} bytes", got, into.size()));
  // One byte more also makes zlib check the checksum at the end.
  std::uint8_t rest = 0;
  if (source.read(&rest, 1) != 0) fail(source, "longer than its first bytes promise");
}

std::vector<std::uint8_t> read_idx_beginning(const std::filesystem::path& path, std::size_t count) {
  ByteSource source(path);
  read_sizes(source);
  std::vector<std::uint8_t> bytes(count);
  bytes.resize(source.read(bytes.data(), count));
  return bytes;
}

}  // namespace bunsen
