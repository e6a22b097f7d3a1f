// finds_test.cpp - what the fuzzer once found, and the texts it starts from, hold the laws in every test run.
#include <doctest/doctest.h>

#include <filesystem>

#include "base/files.h"
#include "laws.h"

namespace bunsen::fuzz {
namespace {

std::size_t check_folder(const std::filesystem::path& folder) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string text = read_file(entry.path());
    CAPTURE(entry.path().string());
    CHECK(broken_by_config(text) == "");
    CHECK(broken_by_json(text) == "");
    if (text.starts_with('\t')) CHECK(broken_by_json(std::string_view(text).substr(1)) == "");
    ++files;
  }
  return files;
}

}  // namespace

TEST_CASE("the laws hold for every find and every seed of the fuzzer") {
  const std::filesystem::path tree = BUNSEN_SOURCE_DIR;
  CHECK(check_folder(tree / "tests/fuzz/finds") >= 1);
  CHECK(check_folder(tree / "tests/fuzz/corpus") >= 10);
}

TEST_CASE("the laws hold for every shipped file and every mistake of the golden tests") {
  const std::filesystem::path tree = BUNSEN_SOURCE_DIR;
  for (const char* folder : {"configs", "experiments", "tests/mutants", "tests/errors"})
    check_folder(tree / folder);
}

}  // namespace bunsen::fuzz
