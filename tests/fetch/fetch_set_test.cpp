// fetch_set_test.cpp - a known set from a folder that plays the server; servers of every kind:
// tests/e2e/data_test.py.
#include "fetch/fetch_set.h"

#include <doctest/doctest.h>

#include "base/errors.h"
#include "base/files.h"
#include "data/temporary_folder.h"

using namespace bunsen;

namespace fs = std::filesystem;

namespace {

const fs::path package_folder = "/usr/share/datasets/fashion-mnist";

bool has_package() {
  if (fs::exists(package_folder / "train-images-idx3-ubyte.gz")) return true;
  MESSAGE("skipped: Debian's package dataset-fashion-mnist is not installed");
  return false;
}

std::string url_of(const fs::path& path) { return "file://" + path.string(); }

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a download is the file, whole") {
  const TemporaryFolder folder;
  const std::string text = std::string("some\0bytes", 10) + std::string(300000, 'x');
  folder.write("there", text);
  std::uint64_t received = 0;
  DownloadObserver observer;
  observer.progress = [&](const DownloadState& state) { received = state.received; };
  download(url_of(folder / "there"), folder / "here", 1 << 20, observer);
  CHECK(read_file(folder / "here") == text);
  CHECK(received > 0);
}

TEST_CASE("a download that is too large, absent or stopped is an error with its URL") {
  const TemporaryFolder folder;
  folder.write("there", std::string(3000000, 'x'));
  const auto error_of = [&](const std::string& name, const DownloadObserver& observer) {
    return message_of<UserError>(
        [&] { download(url_of(folder / name), folder / "here", 2000000, observer); });
  };
  CHECK(error_of("there", {}) == "can't fetch " + url_of(folder / "there") + ": it is larger than 2.0 MB");
  CHECK(error_of("absent", {}).find("can't fetch " + url_of(folder / "absent") + ": ") == 0);
  DownloadObserver stopped;
  stopped.should_stop = [] { return true; };
  CHECK(error_of("there", stopped) == "interrupted; nothing is kept");
  CHECK(message_of<UserError>([&] {
          download(url_of(folder / "there"), folder / "no/folder", 1, {});
        }).find("can't write " + (folder / "no/folder").string()) == 0);
}

TEST_CASE("a set is fetched once, and what was wrong is set aside") {
  if (!has_package()) return;
  const TemporaryFolder folder;
  const fs::path target = folder / "a/b";
  const KnownSet& set = known_set("fashion_mnist");
  const FetchReport first = fetch_set(set, target, url_of(package_folder), {});
  CHECK(first.fetched.size() == 4);
  CHECK(entries_in(target) == 4);
  const FetchReport second = fetch_set(set, target, "file:///nowhere", {});
  CHECK(second.fetched.empty());
  CHECK(second.kept.size() == 4);
  write_file_atomically(target / "t10k-labels-idx1-ubyte", "mine");
  const FetchReport third = fetch_set(set, target, url_of(package_folder) + "/", {});
  CHECK(third.fetched == std::vector<std::string>{"t10k-labels-idx1-ubyte.gz"});
  CHECK(third.set_aside == std::vector<std::string>{"t10k-labels-idx1-ubyte.wrong"});
  CHECK(read_file(target / "t10k-labels-idx1-ubyte.wrong") == "mine");
}

TEST_CASE("another set's files are refused, and neither file nor folder is left") {
  if (!has_package()) return;
  const TemporaryFolder folder;
  const std::string error = message_of<UserError>(
      [&] { fetch_set(known_set("mnist"), folder / "a/b", url_of(package_folder), {}); });
  CHECK(error.find("what came is not mnist's train-images-idx3-ubyte: SHA-256") != std::string::npos);
  CHECK(entries_in(folder.path()) == 0);
}
