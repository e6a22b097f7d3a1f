// idx_test.cpp - IDX files: right ones are read, wrong ones are refused with path and reason.
#include "data/idx.h"

#include <doctest/doctest.h>

#include "base/errors.h"
#include "base/files.h"
#include "data/temporary_folder.h"

using namespace bunsen;

namespace {

std::string header(std::initializer_list<int> sizes) {
  std::string text("\0\0\x08", 3);
  text += static_cast<char>(sizes.size());
  for (const int size : sizes) {
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>((size >> shift) & 255);
  }
  return text;
}

std::string error_of(const std::filesystem::path& file) {
  std::vector<std::uint8_t> into(6);
  return message_of<UserError>([&] { read_idx(file, {2, 3}, into); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an IDX file reads the same whether it is compressed or not") {
  const TemporaryFolder folder;
  const std::string text = header({2, 3}) + "abcdef";
  for (const auto& file : {folder.write("plain", text), folder.write_gzip("packed.gz", text)}) {
    CHECK(read_idx_sizes(file) == std::vector<std::int64_t>{2, 3});
    std::vector<std::uint8_t> into(6);
    read_idx(file, {2, 3}, into);
    CHECK(std::string(into.begin(), into.end()) == "abcdef");
    CHECK(read_idx_beginning(file, 2) == std::vector<std::uint8_t>{'a', 'b'});
  }
}

TEST_CASE("a broken IDX file is refused with its path and the reason") {
  const TemporaryFolder folder;
  const std::string whole = header({2, 3}) + "abcdef";
  const auto short_file = folder.write("short", header({2, 3}) + "abcd");
  CHECK(error_of(short_file) == "can't read " + short_file.string() + ": ends after 4 of 6 bytes");
  CHECK(contains(error_of(folder.write("long", whole + "g")), "longer than its first bytes promise"));
  CHECK(contains(error_of(folder.write("other", header({3, 2}) + "abcdef")), "holds [3, 2], wanted [2, 3]"));
  CHECK(contains(error_of(folder.write("garbage", "<html>not found</html>")), "begins with 3c 68 74 6d"));
  CHECK(contains(error_of(folder.write("empty", "")), "too short for an IDX file"));
  CHECK(contains(error_of(folder / "absent"), "No such file"));
  CHECK(contains(error_of(folder.path()), "Is a directory"));
}

TEST_CASE("a damaged gzip stream is named, wherever the damage is") {
  const TemporaryFolder folder;
  const std::string packed = read_file(folder.write_gzip("whole.gz", header({2, 3}) + "abcdef"));
  CHECK(contains(error_of(folder.write("cut.gz", packed.substr(0, packed.size() - 9))), "breaks off"));
  CHECK(
      contains(error_of(folder.write("no_checksum.gz", packed.substr(0, packed.size() - 4))), "breaks off"));
  std::string wrong_sum = packed;
  wrong_sum[packed.size() - 8] = static_cast<char>(wrong_sum[packed.size() - 8] ^ 1);
  CHECK(contains(error_of(folder.write("sum.gz", wrong_sum)), "not valid gzip"));
}

TEST_CASE("a file that unpacks to far more than its header promises is not unpacked") {
  const TemporaryFolder folder;
  const auto bomb = folder.write_gzip("bomb.gz", header({2, 3}) + std::string(64 << 20, '\0'));
  CHECK(contains(error_of(bomb), "longer than its first bytes promise"));
}
