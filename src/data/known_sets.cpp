#include "data/known_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/errors.h"
#include "base/text.h"
#include "data/idx.h"
#include "data/part_hash.h"
#include "data/remembered.h"

namespace bunsen {
namespace {

constexpr std::int64_t train_count = 60000, test_count = 10000, image_side = 28;

void check_sizes(const std::filesystem::path& path, const std::vector<std::int64_t>& wanted) {
  const std::vector<std::int64_t> sizes = read_idx_sizes(path);
  if (sizes == wanted) return;
  throw UserError(
      fmt::format("{} holds {}, wanted {}", path.string(), to_text(Shape{sizes}), to_text(Shape{wanted})));
}

/// Says in `place` why its files, which are all there, are not those of `set`.
void look_into(KnownPlace& place, const KnownSet& set) {
  try {
    for (std::size_t i = 0; i < set.files.size(); ++i) check_sizes(place.files[i], set.files[i].sizes);
    const std::vector<std::uint8_t> labels =
        read_idx_beginning(place.files[1], set.first_train_labels.size());
    const auto begins_as = [&](const KnownSet& other) {
      return std::ranges::equal(labels, other.first_train_labels);
    };
    if (begins_as(set)) return;
    place.reason = "holds other images under these file names";
    for (const KnownSet& other : known_sets()) {
      if (begins_as(other)) place.reason = fmt::format("holds {}'s files", other.name);
    }
  } catch (const UserError& problem) {
    place.reason = problem.what();
    place.is_broken = true;
  }
}

KnownPlace place_for(const KnownSet& set, const std::filesystem::path& folder) {
  KnownPlace place{folder, {}, {}, false};
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    place.reason = "not there";
    return place;
  }
  std::vector<std::string> lacking;
  for (std::size_t i = 0; i < set.files.size(); ++i) {
    place.files[i] = find_known_file(folder, set.files[i]);
    if (place.files[i].empty()) lacking.emplace_back(set.files[i].name);
  }
  if (lacking.size() == set.files.size()) {
    place.reason = "none of its files";
  } else if (!lacking.empty()) {
    place.reason = "lacks " + join(lacking, ", ");
    place.is_broken = true;
  } else {
    look_into(place, set);
  }
  return place;
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
  static const auto files = [](std::string_view train_images, std::string_view train_labels,
                               std::string_view test_images, std::string_view test_labels) {
    return std::array<KnownFile, 4>{
        {{"train-images-idx3-ubyte", {train_count, image_side, image_side}, train_images},
         {"train-labels-idx1-ubyte", {train_count}, train_labels},
         {"t10k-images-idx3-ubyte", {test_count, image_side, image_side}, test_images},
         {"t10k-labels-idx1-ubyte", {test_count}, test_labels}}};
  };
  static const std::vector<KnownSet> sets = {
      {"mnist",
       {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
       {5, 0, 4, 1, 9, 2, 1, 3},
       files("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
             "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
             "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
             "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
       "f97c8ac632698a7f6d6a66694dffcfc72f504da6996d8363a98df807cceb08a0",
       "cfd4fca73e7c3e10239cc554b79e2be25c9cc30e6866054be678b51aab8ba7bb",
       "",
       "https://ossci-datasets.s3.amazonaws.com/mnist/",
       11'594'722},
      {"fashion_mnist",
       {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot"},
       {9, 0, 0, 3, 0, 2, 7, 2},
       files("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
             "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
             "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
             "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
       "4562d115afc985d0e5acff9e119871d4a7a7d4ed46a12104bfb7543f8ada92ff",
       "66afee087df80f8687f6396b0debc6fdaddee97bfb07baacba379bddc8bccac9",
       "dataset-fashion-mnist",
       "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
       30'878'551}};
  return sets;
}

const KnownSet& known_set(std::string_view name) {
  for (const KnownSet& set : known_sets()) {
    if (set.name == name) return set;
  }
  throw std::logic_error("no known data set of that name");
}

std::vector<std::string> known_set_names() {
  std::vector<std::string> names;
  for (const KnownSet& set : known_sets()) names.emplace_back(set.name);
  return names;
}

std::filesystem::path find_known_file(const std::filesystem::path& folder, const KnownFile& file) {
  std::error_code error;
  for (const std::string_view ending : {"", ".gz"}) {
    std::filesystem::path path = folder / (std::string(file.name) + std::string(ending));
    if (std::filesystem::exists(path, error)) return path;
  }
  return {};
}

std::string reason_against_file(const KnownFile& wanted, const std::filesystem::path& file) {
  try {
    check_sizes(file, wanted.sizes);
    const std::string found = sha256_of_idx(file, wanted.sizes);
    if (found == wanted.sha256) return {};
    return fmt::format("SHA-256 of the decompressed file is {}..., wanted {}...", found.substr(0, 12),
                       wanted.sha256.substr(0, 12));
  } catch (const UserError& problem) {
    const std::string reason = problem.what();
    const std::string about = fmt::format("can't read {}: ", file.string());
    const std::string whose = file.string() + " ";
    if (reason.starts_with(about)) return reason.substr(about.size());
    return reason.starts_with(whose) ? reason.substr(whose.size()) : reason;
  }
}

std::vector<KnownPlace> search_known_set(const KnownSet& set, const DataPlaces& places) {
  const std::vector<std::filesystem::path> folders = folders_for(places, set.name);
  std::vector<KnownPlace> search;
  search.reserve(folders.size());
  for (const std::filesystem::path& folder : folders) search.push_back(place_for(set, folder));
  return search;
}

bool has_candidate(const std::vector<KnownPlace>& search) {
  return std::ranges::any_of(search, [](const KnownPlace& place) { return place.is_candidate(); });
}

std::vector<std::string> use_first_whole(const KnownSet& set, const DataPlaces& places,
                                         const std::function<void(const KnownFiles&)>& use) {
  std::vector<KnownPlace> search = search_known_set(set, places);
  std::vector<std::string> broken;
  for (KnownPlace& place : search) {
    try {
      if (place.is_candidate()) {
        use(place.files);
        for (std::string& note : broken) note += fmt::format("; taken from {}", place.folder.string());
        return broken;
      }
    } catch (const UserError& problem) {
      place.reason = problem.what();
      place.is_broken = true;
    }
    if (place.is_broken)
      broken.push_back(
          fmt::format("{} in {} is passed over ({})", set.name, place.folder.string(), place.reason));
  }
  throw UserError(fmt::format("{}; {}", not_found_text(set, search), way_out(set, places)));
}

std::string not_found_text(const KnownSet& set, const std::vector<KnownPlace>& search) {
  std::vector<std::string> passed_over;
  for (const KnownPlace& place : search) {
    if (!place.is_candidate())
      passed_over.push_back(fmt::format("{} ({})", place.folder.string(), place.reason));
  }
  return fmt::format("'{}' was not found; searched {}", set.name, join(passed_over, ", "));
}

std::string way_out(const KnownSet& set, const DataPlaces& places) {
  std::vector<std::string> ways = {fmt::format("`{} data fetch {}` downloads it", places.program, set.name)};
  if (!set.package.empty()) ways.push_back(fmt::format("install Debian's package {}", set.package));
  for (const KnownSet& other : known_sets()) {
    if (other.name == set.name || !has_candidate(search_known_set(other, places))) continue;
    ways.push_back(fmt::format("`--set dataset={}` would do", other.name));
  }
  ways.emplace_back("set BUNSEN_DATA to the folder with its four files");
  return join(ways, ", or ");
}

DataIdentity identify_files(const KnownSet& set, const KnownFiles& files, const DataPlaces& places) {
  return recall_or(places.memory, std::string(set.name), {files.begin(), files.end()},
                   [&] { return identity_of(decode_known_set(set, files)); });
}

bool is_remembered(const KnownSet& set, const KnownFiles& files, const DataPlaces& places) {
  const auto key = memory_key(std::string(set.name), {files.begin(), files.end()});
  return key && recall(places.memory, *key);
}

LoadedData decode_known_set(const KnownSet& set, const KnownFiles& files) {
  const auto decoded = std::make_shared<DecodedFiles>();
  decoded->train_classes = read_labels(files[1], train_count);
  decoded->test_classes = read_labels(files[3], test_count);
  decoded->train_pixels = read_images(files[0], train_count);
  decoded->test_pixels = read_images(files[2], test_count);

  LoadedData data;
  data.name = set.name;
  data.sample = Shape{{1, image_side, image_side}};
  data.is_image = true;
  data.class_names.assign(set.class_names.begin(), set.class_names.end());
  data.train = {train_count, decoded->train_pixels, {}, decoded->train_classes, {}, {}};
  data.test = {test_count, decoded->test_pixels, {}, decoded->test_classes, {}, {}};
  data.train.sha256 = hash_of_part(data.sample, data.train);
  data.test->sha256 = hash_of_part(data.sample, *data.test);
  need_checksum(set, files[0], files[1], data.train.sha256, set.train_sha256);
  need_checksum(set, files[2], files[3], data.test->sha256, set.test_sha256);
  data.memory = decoded;
  return data;
}

}  // namespace bunsen
