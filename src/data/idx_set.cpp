#include "data/idx_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/errors.h"
#include "base/text.h"
#include "data/idx.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

/// Sizes of one file; nothing if it is not there or holds something else, which is then told.
class IdxSizes {
 public:
  explicit IdxSizes(std::vector<DataMistake>& mistakes) : mistakes_(mistakes) {}

  std::optional<std::vector<std::int64_t>> of_images(const std::string& key, const fs::path& file) {
    std::optional<std::vector<std::int64_t>> sizes = read(key, file);
    if (!sizes) return std::nullopt;
    if (sizes->size() == 1) {
      tell(key,
           fmt::format(
               "{} holds {}; images are [n, height, width], [n, channels, height, width] or [n, features]",
               file.filename().string(), to_text(Shape{*sizes})),
           "name the file with the images");
      return std::nullopt;
    }
    if (std::ranges::find(*sizes, 0) == sizes->end()) return sizes;
    tell(key, fmt::format("{} holds {}: no image", file.filename().string(), to_text(Shape{*sizes})),
         "name a file with at least one image");
    return std::nullopt;
  }

  void need_labels(const std::string& key, const fs::path& file, const fs::path& images, std::int64_t count) {
    const std::optional<std::vector<std::int64_t>> sizes = read(key, file);
    if (!sizes) return;
    if (sizes->size() != 1) {
      tell(key, fmt::format("{} holds {}; labels are [n]", file.filename().string(), to_text(Shape{*sizes})),
           "name the file with the labels");
    } else if ((*sizes)[0] != count) {
      tell(key,
           fmt::format("{} holds {}, {} holds {}", file.filename().string(), count_of((*sizes)[0], "label"),
                       images.filename().string(), count_of(count, "image")),
           "each image needs one label");
    }
  }

  void tell(const std::string& key, const std::string& message, const std::string& hint) {
    mistakes_.push_back({key, Code::data_mismatch, message, hint});
  }

 private:
  std::optional<std::vector<std::int64_t>> read(const std::string& key, const fs::path& file) {
    std::error_code error;
    if (!fs::exists(file, error)) return std::nullopt;
    try {
      return read_idx_sizes(file);
    } catch (const UserError& problem) {
      tell(key, problem.what(), "wanted an IDX file of unsigned bytes, as MNIST's are, plain or .gz");
      return std::nullopt;
    }
  }

  std::vector<DataMistake>& mistakes_;
};

/// [n, h, w] is a picture of one channel; [n, features] stays flat.
Shape sample_of(const std::vector<std::int64_t>& sizes) {
  Shape sample{{sizes.begin() + 1, sizes.end()}};
  if (sizes.size() == 3) sample.sizes.insert(sample.sizes.begin(), 1);
  return sample;
}

struct IdxPart {
  std::int64_t samples = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int64_t> classes;
};

struct IdxMemory {
  IdxPart train;
  std::optional<IdxPart> test;
};

IdxPart read_idx_part(const fs::path& images, const fs::path& labels) {
  IdxPart part;
  const std::vector<std::int64_t> sizes = read_idx_sizes(images);
  part.samples = sizes[0];
  part.pixels.resize(static_cast<std::size_t>(Shape{sizes}.elements()));
  read_idx(images, sizes, part.pixels);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(part.samples));
  read_idx(labels, {part.samples}, bytes);
  part.classes.assign(bytes.begin(), bytes.end());
  return part;
}

void need_labels_below(std::int64_t count, const IdxPart& part, const fs::path& file, const std::string& why,
                       const std::string& way_out) {
  const auto beyond = std::ranges::find_if(part.classes, [&](std::int64_t label) { return label >= count; });
  if (beyond == part.classes.end()) return;
  throw UserError(fmt::format("{}: sample {} (from 0) has label {}, but {}; {}", file.string(),
                              beyond - part.classes.begin(), *beyond, why, way_out));
}

std::vector<std::string> class_names_of(const Idx& spec, const IdxMemory& memory, const IdxFiles& files) {
  std::vector<std::string> names = spec.classes;
  std::string why = fmt::format("`classes` names {}", names.size());
  if (names.empty()) {
    const std::int64_t largest = std::ranges::max(memory.train.classes);
    for (std::int64_t label = 0; label <= largest; ++label) names.push_back(std::to_string(label));
    why = fmt::format("the largest training label is {}", largest);
  }
  const auto count = static_cast<std::int64_t>(names.size());
  const std::string way_out = "name all of them under `classes`, in the order of the labels";
  need_labels_below(count, memory.train, files.labels, why, way_out);
  if (memory.test) need_labels_below(count, *memory.test, *files.test_labels, why, way_out);
  return names;
}

DataPart view_of_idx(const IdxPart& part) { return {part.samples, part.pixels, {}, part.classes, {}, {}}; }

}  // namespace

IdxFiles files_of(const Idx& spec) {
  const fs::path folder = spec.folder;
  IdxFiles files{folder / spec.images, folder / spec.labels, std::nullopt, std::nullopt};
  if (spec.test_images) files.test_images = folder / *spec.test_images;
  if (spec.test_labels) files.test_labels = folder / *spec.test_labels;
  return files;
}

std::optional<DataHeader> read_idx_header(const Idx& spec, std::vector<DataMistake>& mistakes) {
  const IdxFiles files = files_of(spec);
  IdxSizes sizes(mistakes);
  const auto train = sizes.of_images("images", files.images);
  if (train) sizes.need_labels("labels", files.labels, files.images, (*train)[0]);

  DataHeader header;
  header.is_image = true;
  if (!spec.classes.empty()) header.classes = static_cast<std::int64_t>(spec.classes.size());
  if (!files.test_images) header.test_samples = 0;
  if (files.test_images && files.test_labels) {
    const auto test = sizes.of_images("test_images", *files.test_images);
    if (test) {
      header.test_samples = (*test)[0];
      sizes.need_labels("test_labels", *files.test_labels, *files.test_images, (*test)[0]);
    }
    if (test && train && sample_of(*test) != sample_of(*train)) {
      sizes.tell("test_images",
                 fmt::format("{} holds images {}, the training images are {}",
                             files.test_images->filename().string(), to_text(sample_of(*test)),
                             to_text(sample_of(*train))),
                 "give both parts images of one size");
    }
  }
  if (!train) return std::nullopt;
  header.sample = sample_of(*train);
  header.train_samples = (*train)[0];
  return header;
}

LoadedData decode_idx_set(const Idx& spec) {
  const IdxFiles files = files_of(spec);
  std::vector<DataMistake> mistakes;
  const std::optional<DataHeader> header = read_idx_header(spec, mistakes);
  if (!mistakes.empty())
    throw UserError(fmt::format("dataset.idx.{}: {}; {}", mistakes.front().key, mistakes.front().message,
                                mistakes.front().hint));
  if (!header) throw UserError(fmt::format("there is no file {}", files.images.string()));

  const auto memory = std::make_shared<IdxMemory>();
  memory->train = read_idx_part(files.images, files.labels);
  if (files.test_images && files.test_labels)
    memory->test = read_idx_part(*files.test_images, *files.test_labels);
  LoadedData data;
  data.name = Idx::name;
  data.sample = header->sample;
  data.is_image = true;
  data.class_names = class_names_of(spec, *memory, files);
  data.train = view_of_idx(memory->train);
  if (memory->test) data.test = view_of_idx(*memory->test);
  data.memory = memory;
  return data;
}

}  // namespace bunsen
