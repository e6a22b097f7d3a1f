// check_errors_test.cpp - what `bunsen check` says of each mistake in tests/errors, word for word.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "base/files.h"
#include "base/text.h"
#include "cli/check.h"

namespace bunsen {
namespace {

const std::filesystem::path cases_folder = std::filesystem::path(BUNSEN_SOURCE_DIR) / "tests/errors";

/// Goes to a folder and comes back.
class WorkingFolder {
 public:
  explicit WorkingFolder(const std::filesystem::path& folder) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder);
  }
  ~WorkingFolder() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_;
};

/// What is said on standard error while it lives.
class HeardError {
 public:
  HeardError() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~HeardError() { std::cerr.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string outcome(const std::filesystem::path& folder) {
  const WorkingFolder here(folder);
  CheckOptions options{{"config.yaml"}, {}};
  options.memory_bytes = std::int64_t{24} << 30;
  if (const auto arguments = read_file_if_there("args")) {
    for (const std::string& line : split(trim(*arguments), '\n')) options.sets.push_back(line);
  }
  const HeardError heard;
  const int code = check_command(options);
  return replaced(heard.text(), folder.string(), "<folder>") + "exit " + std::to_string(code) + '\n';
}

}  // namespace

TEST_CASE("every mistake is told as its golden file says") {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(cases_folder)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  CHECK(folders.size() >= 90);
  const bool rewrite = std::getenv("BUNSEN_UPDATE_GOLDEN") != nullptr;
  for (const std::filesystem::path& folder : folders) {
    CAPTURE(folder.filename().string());
    const std::string said = outcome(folder);
    if (rewrite) write_file_atomically(folder / "expected.txt", said);
    CHECK(said == read_file(folder / "expected.txt"));
  }
}

TEST_CASE("a folder is checked file by file, configs and experiments alike") {
  const WorkingFolder here(BUNSEN_SOURCE_DIR);
  const HeardError heard;
  CHECK(check_command({{"configs", "experiments"}, {}}) == 0);
  CHECK(heard.text().find("no error") != std::string::npos);
}

}  // namespace bunsen
