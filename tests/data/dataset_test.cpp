// dataset_test.cpp - known sets, where they are searched, what is remembered, and the shared mapping.
#include "data/dataset.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "base/errors.h"
#include "base/files.h"
#include "data/known_sets.h"
#include "data/places.h"
#include "data/temporary_folder.h"

using namespace bunsen;

namespace fs = std::filesystem;

namespace {

const fs::path debian_fashion = "/usr/share/datasets/fashion-mnist";

bool has_fashion() {
  if (fs::exists(debian_fashion / "train-images-idx3-ubyte.gz")) return true;
  MESSAGE("skipped: Debian's package dataset-fashion-mnist is not installed");
  return false;
}

DataPlaces only(const fs::path& folder) { return {{{folder, true}}, {}, "bunsen"}; }

Diagnostics header_problems(const Dataset& dataset, const DataPlaces& places, bool must_exist,
                            std::optional<DataHeader>& header) {
  Diagnostics of_reader;
  SpecReader reader{of_reader};
  reader.origins["dataset"] = {Place{0, 9, 5}, Place{}};
  Diagnostics problems;
  header = read_data_header(dataset, places, must_exist, reader, problems);
  return problems;
}

DataIdentity identity(const Dataset& dataset, const DataPlaces& places) {
  std::vector<std::string> notes;
  return identify_data(dataset, places, notes);
}

/// A file whose last change is long ago, so that its checksum may be remembered.
void age(const fs::path& file) {
  fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(1));
}

Csv old_table(const TemporaryFolder& folder) {
  Csv spec;
  spec.folder = folder.path().string();
  spec.file = "t.csv";
  spec.label = "y";
  age(folder.write("t.csv", "a,y\n1,x\n2,z\n"));
  return spec;
}

}  // namespace

TEST_CASE(
    "data are searched in BUNSEN_DATA, ./data, the user's cache and the system's folders, in this order") {
  ::setenv("BUNSEN_DATA", "/named", 1);
  ::setenv("XDG_CACHE_HOME", "/cache", 1);
  const DataPlaces places = default_data_places();
  const std::vector<fs::path> folders = folders_for(places, "fashion_mnist");
  CHECK(folders ==
        std::vector<fs::path>{"/named/fashion_mnist", "/named/fashion-mnist", "/named", "data/fashion_mnist",
                              "data/fashion-mnist", "/cache/bunsen/data/fashion_mnist",
                              "/cache/bunsen/data/fashion-mnist", "/usr/share/datasets/fashion_mnist",
                              "/usr/share/datasets/fashion-mnist", "/usr/share/bunsen/data/fashion_mnist",
                              "/usr/share/bunsen/data/fashion-mnist"});
  CHECK(folders_for(places, "mnist").size() == 6);
  CHECK(places.memory == "/cache/bunsen/checksums");
  ::unsetenv("BUNSEN_DATA");
  ::unsetenv("XDG_CACHE_HOME");
}

TEST_CASE(
    "an absent known set: its header is known all the same, and the message says where it was searched") {
  const TemporaryFolder folder;
  std::optional<DataHeader> header;
  const Diagnostics warned = header_problems(Dataset(Mnist{}), only(folder.path()), false, header);
  REQUIRE(header.has_value());
  CHECK(header->sample == Shape{{1, 28, 28}});
  CHECK(header->train_samples == 60000);
  CHECK(header->classes == 10);
  REQUIRE(warned.items().size() == 1);
  CHECK(warned.error_count() == 0);
  CHECK(warned.items()[0].code == Code::data_missing);
  CHECK(warned.items()[0].place == Place{0, 9, 5});
  CHECK(warned.items()[0].message == "'mnist' was not found; searched " + (folder / "mnist").string() +
                                         " (not there), " + folder.path().string() + " (none of its files)");
  const Diagnostics refused = header_problems(Dataset(FashionMnist{}), only(folder.path()), true, header);
  CHECK(refused.error_count() == 1);
  CHECK(refused.items()[0].hint.find("dataset-fashion-mnist") != std::string::npos);
  CHECK_THROWS_AS(load_data(Dataset(Mnist{}), only(folder.path())), UserError);
}

TEST_CASE("a folder that lacks a file or holds a broken one is passed over with the reason") {
  const TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte", "x");
  folder.write("train-labels-idx1-ubyte", "x");
  folder.write("t10k-images-idx3-ubyte", "x");
  std::optional<DataHeader> header;
  const Diagnostics lacking = header_problems(Dataset(Mnist{}), only(folder.path()), false, header);
  CHECK(lacking.items().at(0).message.find("lacks t10k-labels-idx1-ubyte") != std::string::npos);
  folder.write("t10k-labels-idx1-ubyte", "x");
  const Diagnostics broken = header_problems(Dataset(Mnist{}), only(folder.path()), false, header);
  CHECK(broken.items().at(0).message.find("too short for an IDX file") != std::string::npos);
}

TEST_CASE("Fashion-MNIST is read as its publishers wrote it") {
  if (!has_fashion()) return;
  const LoadedData data = load_data(Dataset(FashionMnist{}), only(debian_fashion));
  CHECK(data.train.samples == 60000);
  CHECK(data.test->samples == 10000);
  CHECK(data.train.pixels.size() == 60000 * 784);
  CHECK(data.train.classes[0] == 9);
  CHECK(data.class_names[9] == "Ankle boot");
  std::int64_t sum = 0;
  for (const std::uint8_t pixel : data.train.pixels) sum += pixel;
  CHECK(static_cast<double>(sum) / (60000.0 * 784 * 255) == doctest::Approx(0.2860).epsilon(1e-3));
  CHECK(data.train.sha256 == known_set("fashion_mnist").train_sha256);
}

TEST_CASE("one set's files are not taken for another's, and the other is proposed") {
  if (!has_fashion()) return;
  std::optional<DataHeader> header;
  const Diagnostics problems = header_problems(Dataset(Mnist{}), only(debian_fashion), true, header);
  REQUIRE(problems.error_count() == 1);
  CHECK(problems.items()[0].message.find(debian_fashion.string() + " (holds fashion_mnist's files)") !=
        std::string::npos);
  CHECK(problems.items()[0].hint.find("`--set dataset=fashion_mnist` would do") != std::string::npos);
}

TEST_CASE("a known set with one changed pixel is refused by its checksum") {
  if (!has_fashion()) return;
  const TemporaryFolder folder;
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                           "t10k-labels-idx1-ubyte"}) {
    fs::create_symlink(debian_fashion / (std::string(name) + ".gz"), folder / (std::string(name) + ".gz"));
  }
  CHECK(identity(Dataset(FashionMnist{}), only(folder.path())).test_samples == 10000);
  std::string pixels(10000 * 784, '\0');
  const std::string sizes("\0\0\x08\x03\0\0\x27\x10\0\0\0\x1c\0\0\0\x1c", 16);
  folder.write("t10k-images-idx3-ubyte", sizes + pixels);
  const std::string error =
      message_of<UserError>([&] { load_data(Dataset(FashionMnist{}), only(folder.path())); });
  CHECK(error.find("are not fashion_mnist: SHA-256") != std::string::npos);
}

TEST_CASE("the same content has the same identity, compressed or not, whatever it is called") {
  const TemporaryFolder folder;
  Csv plain = old_table(folder);
  Csv packed = plain;
  packed.file = "other.csv.gz";
  folder.write_gzip("other.csv.gz", "a,y\n1,x\n2,z\n");
  CHECK(identity(Dataset(plain), DataPlaces{}) == identity(Dataset(packed), DataPlaces{}));
  folder.write("third.csv", "a,y\n1,x\n3,z\n");
  packed.file = "third.csv";
  CHECK(identity(Dataset(plain), DataPlaces{}).train_sha256 !=
        identity(Dataset(packed), DataPlaces{}).train_sha256);
}

TEST_CASE("an identity is remembered until the file changes") {
  const TemporaryFolder folder;
  const Csv spec = old_table(folder);
  const DataPlaces places{{}, folder / "memory", "bunsen"};
  const DataIdentity first = identity(Dataset(spec), places);
  CHECK(first == identity_of(load_data(Dataset(spec), places)));
  REQUIRE(fs::exists(folder / "memory"));

  // The memory answers: the file keeps its size and times, but its content is no table any more.
  const auto time = fs::last_write_time(folder / "t.csv");
  folder.write("t.csv", "?,?\n?,?\n?,?\n");
  fs::last_write_time(folder / "t.csv", time);
  CHECK(identity(Dataset(spec), places) == first);

  age(folder.write("t.csv", "a,y\n1,x\n9,z\n5,z\n"));
  const DataIdentity changed = identity(Dataset(spec), places);
  CHECK(changed.train_samples == 3);
  CHECK(changed.train_sha256 != first.train_sha256);
}

TEST_CASE("how a config reads a table is part of what is remembered") {
  const TemporaryFolder folder;
  Csv spec = old_table(folder);
  const DataPlaces places{{}, folder / "memory", "bunsen"};
  const DataIdentity sorted = identity(Dataset(spec), places);
  spec.classes = {"z", "x"};
  CHECK(identity(Dataset(spec), places).train_sha256 != sorted.train_sha256);
}

TEST_CASE("a broken or unwritable memory is no hindrance") {
  const TemporaryFolder folder;
  const Csv spec = old_table(folder);
  const DataPlaces places{{}, folder / "memory", "bunsen"};
  const DataIdentity first = identity(Dataset(spec), places);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "memory")) {
    folder.write("memory/" + entry.path().filename().string(), "{\"key\": ");
  }
  CHECK(identity(Dataset(spec), places) == first);
  const DataPlaces blocked{{}, folder.write("file", "no folder") / "memory", "bunsen"};
  CHECK(identity(Dataset(spec), blocked) == first);
}

TEST_CASE("loaded data live in one mapping that children share and nobody can write") {
  Synthetic spec;
  const LoadedData data = load_data(Dataset(spec), DataPlaces{});
  const auto* begin = static_cast<const char*>(data.memory.get());
  CHECK(reinterpret_cast<const char*>(data.train.values.data()) == begin);
  CHECK(reinterpret_cast<std::uintptr_t>(data.test->classes.data()) % 64 == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGSEGV, SIG_DFL);
    if (data.train.classes[1] != 1) ::_exit(1);
    const_cast<float&>(data.train.values[0]) = 7;
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSEGV);
}
