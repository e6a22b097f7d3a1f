#include "base/files.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

#include "base/errors.h"
#include "base/sha256.h"

namespace bunsen {
namespace {

/// An empty folder that is gone afterwards.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("bunsen-files-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("a file is replaced whole and leaves no temporary behind") {
  const Folder folder;
  write_file_atomically(folder.path() / "a", "old");
  write_file_atomically(folder.path() / "a", "new");
  CHECK(read_file(folder.path() / "a") == "new");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a file in parts is the parts one after another") {
  const Folder folder;
  const std::filesystem::path file = folder.path() / "a";
  write_file_atomically(file, {"one", std::string_view("\0", 1), "", "two"});
  CHECK(read_file(file) == std::string("one\0two", 7));
}

TEST_CASE("a failed write names path and reason and leaves the old file") {
  const Folder folder;
  CHECK_THROWS_WITH_AS(write_file_atomically(folder.path() / "none" / "a", "x"),
                       doctest::Contains("No such file or directory"), UserError);
  std::filesystem::create_directory(folder.path() / "taken");
  CHECK_THROWS_AS(write_file_atomically(folder.path() / "taken", "x"), UserError);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("an exclusive file is made once") {
  const Folder folder;
  CHECK(create_file_exclusively(folder.path() / "lock", "1"));
  CHECK_FALSE(create_file_exclusively(folder.path() / "lock", "2"));
  CHECK(read_file(folder.path() / "lock") == "1");
}

TEST_CASE("reading says what can't be read") {
  const Folder folder;
  CHECK_FALSE(read_file_if_there(folder.path() / "none").has_value());
  CHECK_THROWS_WITH_AS(read_file(folder.path()), doctest::Contains("Is a directory"), UserError);
  write_file_atomically(folder.path() / "big", std::string(100, 'x'));
  CHECK_THROWS_WITH_AS(read_file(folder.path() / "big", 99), doctest::Contains("larger than 99 bytes"),
                       UserError);
}

TEST_CASE("lines are in the file when append returns") {
  const Folder folder;
  LineFile lines(folder.path() / "metrics.jsonl");
  lines.append("1");
  CHECK(read_file(folder.path() / "metrics.jsonl") == "1\n");
  lines.append("2");
  CHECK(read_file(folder.path() / "metrics.jsonl") == "1\n2\n");
}

TEST_CASE("SHA-256 of the standard's example") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace bunsen
