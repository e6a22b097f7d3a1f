#include "data/known_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/errors.h"
#include "base/text.h"
#include "data/idx.h"
#include "data/part_hash.h"

namespace bunsen {
namespace {

constexpr std::int64_t train_count = 60000, test_count = 10000, image_side = 28;

/// `folder/stem` or `folder/stem.gz`, whichever is there.
std::optional<std::filesystem::path> find_file(const std::filesystem::path& folder, std::string_view stem) {
  std::error_code error;
  const std::filesystem::path plain = folder / stem;
  if (std::filesystem::exists(plain, error)) return plain;
  const std::filesystem::path compressed = folder / (std::string(stem) + ".gz");
  if (std::filesystem::exists(compressed, error)) return compressed;
  return std::nullopt;
}

void check_sizes(const std::filesystem::path& path, const std::vector<std::int64_t>& wanted) {
  const std::vector<std::int64_t> sizes = read_idx_sizes(path);
  if (sizes == wanted) return;
  throw UserError(
      fmt::format("{} holds {}, wanted {}", path.string(), to_text(Shape{sizes}), to_text(Shape{wanted})));
}

/// Why the files, which are all there, are not those of `set`; empty if they may be.
std::string reason_against(const KnownSet& set, const KnownFiles& files) {
  try {
    check_sizes(files.train_images, {train_count, image_side, image_side});
    check_sizes(files.train_labels, {train_count});
    check_sizes(files.test_images, {test_count, image_side, image_side});
    check_sizes(files.test_labels, {test_count});
    const std::vector<std::uint8_t> labels =
        read_idx_beginning(files.train_labels, set.first_train_labels.size());
    const auto begins_as = [&](const KnownSet& other) {
      return std::ranges::equal(labels, other.first_train_labels);
    };
    if (begins_as(set)) return {};
    for (const KnownSet& other : known_sets()) {
      if (begins_as(other)) return fmt::format("holds {}'s files", other.name);
    }
    return "holds other images under these file names";
  } catch (const UserError& problem) {
    return problem.what();
  }
}

struct FoundFiles {
  KnownFiles files;
  std::vector<std::string> lacking;
  int found = 0;
};

FoundFiles find_files(const std::filesystem::path& folder) {
  FoundFiles out;
  const auto look = [&](std::string_view stem) -> std::filesystem::path {
    const std::optional<std::filesystem::path> file = find_file(folder, stem);
    if (file) return ++out.found, *file;
    out.lacking.emplace_back(stem);
    return {};
  };
  out.files.train_images = look("train-images-idx3-ubyte");
  out.files.train_labels = look("train-labels-idx1-ubyte");
  out.files.test_images = look("t10k-images-idx3-ubyte");
  out.files.test_labels = look("t10k-labels-idx1-ubyte");
  return out;
}

struct DecodedFiles {
  std::vector<std::uint8_t> train_pixels, test_pixels;
  std::vector<std::int64_t> train_classes, test_classes;
};

std::vector<std::uint8_t> read_images(const std::filesystem::path& path, std::int64_t count) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count * image_side * image_side));
  read_idx(path, {count, image_side, image_side}, pixels);
  return pixels;
}

std::vector<std::int64_t> read_labels(const std::filesystem::path& path, std::int64_t count) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
  read_idx(path, {count}, bytes);
  return {bytes.begin(), bytes.end()};
}

void need_checksum(const KnownSet& set, const std::filesystem::path& images,
                   const std::filesystem::path& labels, std::string_view found, std::string_view wanted) {
  if (found == wanted) return;
  throw UserError(fmt::format("{} and {} are not {}: SHA-256 of the decoded content is {}..., wanted {}...",
                              images.string(), labels.string(), set.name, found.substr(0, 12),
                              wanted.substr(0, 12)));
}

}  // namespace

const std::vector<KnownSet>& known_sets() {
  static const std::vector<KnownSet> sets = {
      {"mnist",
       {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
       {5, 0, 4, 1, 9, 2, 1, 3},
       "f97c8ac632698a7f6d6a66694dffcfc72f504da6996d8363a98df807cceb08a0",
       "cfd4fca73e7c3e10239cc554b79e2be25c9cc30e6866054be678b51aab8ba7bb",
       ""},
      {"fashion_mnist",
       {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot"},
       {9, 0, 0, 3, 0, 2, 7, 2},
       "4562d115afc985d0e5acff9e119871d4a7a7d4ed46a12104bfb7543f8ada92ff",
       "66afee087df80f8687f6396b0debc6fdaddee97bfb07baacba379bddc8bccac9",
       "dataset-fashion-mnist"}};
  return sets;
}

const KnownSet& known_set(std::string_view name) {
  for (const KnownSet& set : known_sets()) {
    if (set.name == name) return set;
  }
  throw std::logic_error("no known data set of that name");
}

KnownSearch search_known_set(const KnownSet& set, const DataPlaces& places) {
  KnownSearch search;
  for (const std::filesystem::path& folder : folders_for(places, set.name)) {
    const auto pass_over = [&](const std::string& why) {
      search.passed_over.push_back(fmt::format("{} ({})", folder.string(), why));
    };
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      pass_over("not there");
      continue;
    }
    const FoundFiles found = find_files(folder);
    if (found.found == 0) {
      pass_over("none of its files");
    } else if (!found.lacking.empty()) {
      pass_over("lacks " + join(found.lacking, ", "));
    } else if (const std::string reason = reason_against(set, found.files); !reason.empty()) {
      pass_over(reason);
    } else {
      search.candidates.push_back(found.files);
    }
  }
  return search;
}

std::string not_found_text(const KnownSet& set, const KnownSearch& search) {
  return fmt::format("'{}' was not found; searched {}", set.name, join(search.passed_over, ", "));
}

std::string way_out(const KnownSet& set, const DataPlaces& places) {
  std::vector<std::string> ways;
  if (!set.package.empty()) ways.push_back(fmt::format("install Debian's package {}", set.package));
  for (const KnownSet& other : known_sets()) {
    if (other.name == set.name || search_known_set(other, places).candidates.empty()) continue;
    ways.push_back(fmt::format("`--set dataset={}` would do", other.name));
  }
  ways.emplace_back("set BUNSEN_DATA to the folder with its four files");
  return join(ways, ", or ");
}

LoadedData decode_known_set(const KnownSet& set, const KnownFiles& files) {
  const auto decoded = std::make_shared<DecodedFiles>();
  decoded->train_classes = read_labels(files.train_labels, train_count);
  decoded->test_classes = read_labels(files.test_labels, test_count);
  decoded->train_pixels = read_images(files.train_images, train_count);
  decoded->test_pixels = read_images(files.test_images, test_count);

  LoadedData data;
  data.name = set.name;
  data.sample = Shape{{1, image_side, image_side}};
  data.is_image = true;
  data.class_names.assign(set.class_names.begin(), set.class_names.end());
  data.train = {train_count, decoded->train_pixels, {}, decoded->train_classes, {}, {}};
  data.test = {test_count, decoded->test_pixels, {}, decoded->test_classes, {}, {}};
  data.train.sha256 = hash_of_part(data.sample, data.train);
  data.test->sha256 = hash_of_part(data.sample, *data.test);
  need_checksum(set, files.train_images, files.train_labels, data.train.sha256, set.train_sha256);
  need_checksum(set, files.test_images, files.test_labels, data.test->sha256, set.test_sha256);
  data.memory = decoded;
  return data;
}

}  // namespace bunsen
