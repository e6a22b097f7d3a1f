// idx_set_test.cpp - one's own IDX files: sizes, classes, and everything that does not fit together.
#include "data/idx_set.h"

#include <doctest/doctest.h>

#include "base/errors.h"
#include "data/temporary_folder.h"

using namespace bunsen;

namespace {

std::string idx(const std::vector<std::int64_t>& sizes, const std::string& content, char type = 8) {
  std::string text{'\0', '\0', type, static_cast<char>(sizes.size())};
  for (const std::int64_t size : sizes) {
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(size >> shift);
  }
  return text + content;
}

/// Three images of 2 x 2 with the labels 0, 2, 1.
Idx own_set(const TemporaryFolder& folder) {
  folder.write("images", idx({3, 2, 2}, "abcdefghijkl"));
  folder.write("labels", idx({3}, std::string{0, 2, 1}));
  Idx spec;
  spec.images = "images";
  spec.labels = "labels";
  spec.folder = folder.path().string();
  return spec;
}

void add_test_part(const TemporaryFolder& folder, Idx& spec) {
  folder.write_gzip("test_images.gz", idx({1, 2, 2}, "mnop"));
  folder.write_gzip("test_labels.gz", idx({1}, std::string{1}));
  spec.test_images = "test_images.gz";
  spec.test_labels = "test_labels.gz";
}

std::string idx_load_error(const Idx& spec) {
  return message_of<UserError>([&] { load_data(Dataset(spec), DataPlaces{}); });
}

/// `images: message` of each mistake in the headers.
std::vector<std::string> idx_mistakes(const Idx& spec) {
  std::vector<DataMistake> mistakes;
  read_idx_header(spec, mistakes);
  std::vector<std::string> told;
  for (const DataMistake& mistake : mistakes) told.push_back(mistake.key + ": " + mistake.message);
  return told;
}

}  // namespace

TEST_CASE("one's own IDX files become images, plain and compressed") {
  const TemporaryFolder folder;
  Idx spec = own_set(folder);
  add_test_part(folder, spec);
  const LoadedData data = load_data(Dataset(spec), DataPlaces{});
  CHECK(data.name == "idx");
  CHECK(data.is_image);
  CHECK(data.sample == Shape{{1, 2, 2}});
  CHECK(std::string(data.train.pixels.begin(), data.train.pixels.end()) == "abcdefghijkl");
  CHECK(std::vector<std::int64_t>(data.train.classes.begin(), data.train.classes.end()) ==
        std::vector<std::int64_t>{0, 2, 1});
  CHECK(data.class_names == std::vector<std::string>{"0", "1", "2"});
  REQUIRE(data.test.has_value());
  CHECK(data.test->samples == 1);
  CHECK(data.test->classes[0] == 1);
}

TEST_CASE("an IDX file's header alone tells sizes and numbers of samples") {
  const TemporaryFolder folder;
  Idx spec = own_set(folder);
  folder.write_gzip("images", idx({3, 2, 2}, ""));
  std::vector<DataMistake> mistakes;
  std::optional<DataHeader> header = read_idx_header(spec, mistakes);
  REQUIRE(header);
  CHECK(header->sample == Shape{{1, 2, 2}});
  CHECK(header->is_image);
  CHECK(header->train_samples == 3);
  CHECK(header->test_samples == 0);
  CHECK_FALSE(header->classes);
  spec.classes = {"cat", "dog", "owl", "newt"};
  folder.write("images", idx({3, 5, 2, 2}, std::string(60, 'x')));
  CHECK(read_idx_header(spec, mistakes)->sample == Shape{{5, 2, 2}});
  CHECK(read_idx_header(spec, mistakes)->classes == 4);
  folder.write("images", idx({3, 7}, std::string(21, 'x')));
  CHECK(read_idx_header(spec, mistakes)->sample == Shape{{7}});
  CHECK(mistakes.empty());
}

TEST_CASE("the same IDX content has the same checksum, compressed or not, and as MNIST would have it") {
  const TemporaryFolder folder;
  Idx spec = own_set(folder);
  const std::string plain = load_data(Dataset(spec), DataPlaces{}).train.sha256;
  folder.write_gzip("other.gz", idx({3, 2, 2}, "abcdefghijkl"));
  spec.images = "other.gz";
  spec.classes = {"cat", "dog", "owl"};
  CHECK(load_data(Dataset(spec), DataPlaces{}).train.sha256 == plain);
}

TEST_CASE("IDX files that do not fit together are told by key and file name") {
  const TemporaryFolder folder;
  Idx spec = own_set(folder);
  add_test_part(folder, spec);
  folder.write("labels", idx({2}, "ab"));
  folder.write("test_images.gz", idx({1, 3, 3}, "abcdefghi"));
  CHECK(
      idx_mistakes(spec) ==
      std::vector<std::string>{"labels: labels holds 2 labels, images holds 3 images",
                               "test_images: test_images.gz holds images [1, 3, 3], the training images are "
                               "[1, 2, 2]"});
  CHECK(idx_load_error(spec) ==
        "dataset.idx.labels: labels holds 2 labels, images holds 3 images; each image needs one label");
  std::swap(spec.images, spec.labels);
  CHECK(idx_mistakes(spec).at(0) ==
        "images: labels holds [2]; images are [n, height, width], [n, channels, height, "
        "width] or [n, features]");
  spec.images = spec.labels = "images";
  CHECK(idx_mistakes(spec).at(0) == "labels: images holds [3, 2, 2]; labels are [n]");
  folder.write("images", idx({0, 2, 2}, ""));
  CHECK(idx_mistakes(spec).at(0) == "images: images holds [0, 2, 2]: no image");
}

TEST_CASE(
    "a file that is no IDX file of bytes, or not whole, is told before anything is made for its content") {
  const TemporaryFolder folder;
  const Idx spec = own_set(folder);
  const auto told = [&](const std::string& text, bool compressed = false) {
    compressed ? folder.write_gzip("images", text) : folder.write("images", text);
    const std::vector<std::string> mistakes = idx_mistakes(spec);
    return mistakes.empty() ? std::string() : mistakes[0];
  };
  const std::string begin = "images: can't read " + (folder / "images").string() + ": ";
  CHECK(told(idx({3, 2, 2}, std::string(48, 'x'), 0x0D)) ==
        begin + "an IDX file of 32-bit floats; only those of unsigned bytes are taken");
  CHECK(told(idx({3, 1, 1, 1, 1}, "xxx")) == begin + "has 5 sizes, 1 to 4 are taken");
  CHECK(told("\x89PNG\r\n") ==
        begin + "begins with 89 50 4e 47; an IDX file of unsigned bytes begins with 00 00 08");
  CHECK(told(idx({3, 2, 2}, "abc")) == begin + "ends after 3 of 12 bytes");
  CHECK(told(idx({3, 2, 2}, "abcdefghijklm")) == begin + "longer than its first bytes promise");
  CHECK(told(idx({4000000000, 4000000000, 4000000000, 4000000000}, "abc")).find("ends after 3 of ") !=
        std::string::npos);
  CHECK(told(idx({4000000000, 4000000000}, "abc"), true)
            .find("promises [4000000000, 4000000000], more than its") != std::string::npos);
}

TEST_CASE("a compressed IDX file that breaks off or goes on is told when it is read") {
  const TemporaryFolder folder;
  const Idx spec = own_set(folder);
  folder.write_gzip("images", idx({3, 2, 2}, "abc"));
  CHECK(idx_load_error(spec).find((folder / "images").string() + ": ends after 3 of 12 bytes") !=
        std::string::npos);
  folder.write_gzip("images", idx({3, 2, 2}, "abcdefghijklm"));
  CHECK(idx_load_error(spec).find("longer than its first bytes promise") != std::string::npos);
}

TEST_CASE("a label without a class is told with its sample") {
  const TemporaryFolder folder;
  Idx spec = own_set(folder);
  spec.classes = {"cat", "dog"};
  CHECK(idx_load_error(spec) == (folder / "labels").string() +
                                    ": sample 1 (from 0) has label 2, but `classes` names 2; name all of "
                                    "them under `classes`, in the order of the labels");
  spec.classes.clear();
  add_test_part(folder, spec);
  folder.write_gzip("test_labels.gz", idx({1}, std::string{5}));
  CHECK(idx_load_error(spec).find("sample 0 (from 0) has label 5, but the largest training label is 2") !=
        std::string::npos);
}
