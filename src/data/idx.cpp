#include "data/idx.h"

#include <fmt/format.h>

#include <array>
#include <cassert>

#include "base/errors.h"
#include "data/byte_source.h"
#include "spec/shape.h"

namespace bunsen {
namespace {

[[noreturn]] void fail(const ByteSource& source, const std::string& reason) {
  throw UserError(fmt::format("can't read {}: {}", source.path().string(), reason));
}

std::vector<std::int64_t> read_sizes(ByteSource& source) {
  std::array<std::uint8_t, 4> magic{};
  if (source.read(magic.data(), magic.size()) < magic.size()) fail(source, "too short for an IDX file");
  const bool is_idx = magic[0] == 0 && magic[1] == 0 && magic[2] == 8 && magic[3] >= 1 && magic[3] <= 4;
  if (!is_idx) {
    fail(source,
         fmt::format("begins with {:02x} {:02x} {:02x} {:02x}; an IDX file of bytes begins with 00 00 08",
                     magic[0], magic[1], magic[2], magic[3]));
  }
  std::vector<std::int64_t> sizes;
  for (int i = 0; i < magic[3]; ++i) {
    std::array<std::uint8_t, 4> bytes{};
    if (source.read(bytes.data(), bytes.size()) < bytes.size()) fail(source, "too short for an IDX file");
    sizes.push_back((std::int64_t{bytes[0]} << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]);
  }
  return sizes;
}

}  // namespace

std::vector<std::int64_t> read_idx_sizes(const std::filesystem::path& path) {
  ByteSource source(path);
  return read_sizes(source);
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
