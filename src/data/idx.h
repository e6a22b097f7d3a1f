// idx.h - reads IDX files, the format of MNIST: a magic number, sizes, bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace bunsen {

/// The sizes that an IDX file of unsigned bytes (plain or .gz) promises: `[60000, 28, 28]`. Reads its first
/// bytes only, and compares with the size of the file. Throws UserError with path and reason.
std::vector<std::int64_t> read_idx_sizes(const std::filesystem::path& path);

/// Reads the whole content, which must have the sizes `expected` and end there; `into` has room for exactly
/// that. Never reads more than that, whatever the file holds. Throws UserError with path and reason.
void read_idx(const std::filesystem::path& path, const std::vector<std::int64_t>& expected,
              std::span<std::uint8_t> into);

/// SHA-256 of the decompressed file, header included, whose content must have the sizes `expected` and end
/// there. Throws UserError with path and reason.
std::string sha256_of_idx(const std::filesystem::path& path, const std::vector<std::int64_t>& expected);

/// The first bytes of the content, `count` or fewer.
std::vector<std::uint8_t> read_idx_beginning(const std::filesystem::path& path, std::size_t count);

}  // namespace bunsen
