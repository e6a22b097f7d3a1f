#include "data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "base/spelling.h"
#include "base/text.h"
#include "config/json.h"
#include "data/idx_set.h"
#include "data/known_sets.h"
#include "data/part_hash.h"
#include "data/remembered.h"
#include "data/shared_memory.h"
#include "data/synthetic.h"
#include "data/table.h"

namespace bunsen {
namespace {

// --- decoding, into private memory ---

LoadedData load(const KnownSet& set, const DataPlaces& places) {
  LoadedData data;
  use_first_whole(set, places, [&](const KnownFiles& files) { data = decode_known_set(set, files); });
  return data;
}

LoadedData load(const Mnist&, const DataPlaces& places) { return load(known_set(Mnist::name), places); }
LoadedData load(const FashionMnist&, const DataPlaces& places) {
  return load(known_set(FashionMnist::name), places);
}

struct TableMemory {
  TablePart train;
  std::optional<TablePart> test;
};

DataPart view_of(const TablePart& part) {
  return {part.samples, {}, part.values, part.classes, part.targets, {}};
}

TableColumns sound_columns(const Csv& spec) {
  std::vector<DataMistake> mistakes = check_table(spec);
  TableColumns columns = read_columns(spec, mistakes);
  if (mistakes.empty() && spec.test_file) check_test_header(spec, columns, mistakes);
  if (mistakes.empty()) return columns;
  const DataMistake& first = mistakes.front();
  throw UserError(fmt::format("{}: dataset.csv.{}: {}; {}", train_file(spec).string(), first.key,
                              first.message, first.hint));
}

LoadedData load(const Csv& spec, const DataPlaces&) {
  const TableColumns columns = sound_columns(spec);
  const auto memory = std::make_shared<TableMemory>();
  memory->train = read_table_part(train_file(spec), spec, columns, spec.classes);
  if (spec.test_file) {
    memory->test = read_table_part(test_file(spec), spec, columns, memory->train.class_names);
  }
  LoadedData data;
  data.name = Csv::name;
  data.sample = Shape{{columns.features()}};
  data.is_regression = spec.task == Task::regression;
  data.has_holes = spec.missing == Missing::mean;
  data.class_names = memory->train.class_names;
  data.train = view_of(memory->train);
  if (memory->test) data.test = view_of(*memory->test);
  data.memory = memory;
  return data;
}

LoadedData load(const Idx& spec, const DataPlaces&) { return decode_idx_set(spec); }

LoadedData load(const Synthetic& spec, const DataPlaces&) {
  const auto memory = std::make_shared<std::pair<SyntheticPart, SyntheticPart>>();
  memory->first = make_synthetic(spec, false);
  LoadedData data;
  data.name = Synthetic::name;
  data.sample = Shape{{spec.features}};
  for (std::int64_t c = 0; c < spec.classes; ++c) data.class_names.push_back(std::to_string(c));
  data.train = {spec.samples, {}, memory->first.values, memory->first.classes, {}, {}};
  if (spec.test_samples > 0) {
    memory->second = make_synthetic(spec, true);
    data.test = {spec.test_samples, {}, memory->second.values, memory->second.classes, {}, {}};
  }
  data.memory = memory;
  return data;
}

void hash_parts(LoadedData& data) {
  if (data.train.sha256.empty()) data.train.sha256 = hash_of_part(data.sample, data.train);
  if (data.test && data.test->sha256.empty()) data.test->sha256 = hash_of_part(data.sample, *data.test);
}

LoadedData decode(const Dataset& dataset, const DataPlaces& places) {
  LoadedData data = std::visit([&](const auto& kind) { return load(kind, places); },
                               static_cast<const Dataset::variant&>(dataset));
  hash_parts(data);
  return data;
}

// --- from private to shared memory ---

/// Where the next array begins in the mapping; a cache line is as far as any reader wants alignment.
class Layout {
 public:
  template <class T>
  std::size_t place(std::span<const T> array) {
    const std::size_t at = (size_ + 63) / 64 * 64;
    size_ = at + array.size_bytes();
    return at;
  }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

/// Calls `action` with a reference to each array of the data, always in the same order.
template <class Action>
void for_each_array(LoadedData& data, Action action) {
  const auto of_part = [&](DataPart& part) {
    action(part.pixels);
    action(part.values);
    action(part.classes);
    action(part.targets);
  };
  of_part(data.train);
  if (data.test) of_part(*data.test);
}

void share(LoadedData& data) {
  Layout measure;
  for_each_array(data, [&](auto& array) { measure.place(array); });
  std::shared_ptr<void> memory = make_shared_memory(measure.size(), [&](std::span<std::byte> into) {
    Layout layout;
    for_each_array(data, [&](auto& array) {
      const std::size_t at = layout.place(array);
      if (!array.empty()) std::memcpy(into.data() + at, array.data(), array.size_bytes());
    });
  });
  Layout layout;
  for_each_array(data, [&](auto& array) {
    using Span = std::remove_reference_t<decltype(array)>;
    const std::byte* begin = static_cast<const std::byte*>(memory.get()) + layout.place(array);
    array = Span(reinterpret_cast<typename Span::pointer>(begin), array.size());
  });
  data.memory = std::move(memory);
}

// --- headers ---

/// Tells mistakes at the place of the nearest key that was written.
struct Teller {
  const SpecReader& reader;
  Diagnostics& problems;

  void tell(Severity severity, Code code, const std::string& path, const std::string& message,
            const std::string& hint) const {
    std::string written = path;
    auto found = reader.origins.find(written);
    while (found == reader.origins.end() && written.find('.') != std::string::npos) {
      written.resize(written.rfind('.'));
      found = reader.origins.find(written);
    }
    const auto [place, used_at] = found == reader.origins.end() ? std::pair<Place, Place>() : found->second;
    if (severity == Severity::error) {
      problems.error(code, place, path, message, hint, used_at);
    } else {
      problems.warning(code, place, path, message, hint, used_at);
    }
  }
};

struct HeaderRequest {
  const DataPlaces& places;
  Severity if_missing;
  Teller teller;
};

std::optional<DataHeader> header(const KnownSet& set, const HeaderRequest& request) {
  const std::vector<KnownPlace> search = search_known_set(set, request.places);
  if (!has_candidate(search)) {
    request.teller.tell(request.if_missing, Code::data_missing, "dataset", not_found_text(set, search),
                        way_out(set, request.places));
  }
  return DataHeader{Shape{{1, 28, 28}}, true, false, 10, 60000, 10000};
}

std::optional<DataHeader> header(const Mnist&, const HeaderRequest& request) {
  return header(known_set(Mnist::name), request);
}
std::optional<DataHeader> header(const FashionMnist&, const HeaderRequest& request) {
  return header(known_set(FashionMnist::name), request);
}

std::optional<DataHeader> header(const Synthetic& spec, const HeaderRequest&) {
  return DataHeader{Shape{{spec.features}}, false, false, spec.classes, spec.samples, spec.test_samples};
}

/// A file beside it that was probably meant.
std::string neighbour_hint(const std::filesystem::path& file) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path(), error)) {
    if (!entry.is_directory(error)) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  const std::optional<std::string> meant = closest(file.filename().string(), names);
  if (meant) return fmt::format("did you mean '{}'?", *meant);
  return "file names are relative to the config's folder";
}

bool is_there(const std::filesystem::path& file, const std::string& path, const HeaderRequest& request) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) return true;
  request.teller.tell(request.if_missing, Code::data_missing, path,
                      fmt::format("there is no file {}", file.string()), neighbour_hint(file));
  return false;
}

void tell_mistakes(const std::vector<DataMistake>& mistakes, const std::string& path,
                   const HeaderRequest& request) {
  for (const DataMistake& mistake : mistakes) {
    request.teller.tell(Severity::error, mistake.code, path + mistake.key, mistake.message, mistake.hint);
  }
}

std::optional<DataHeader> header(const Idx& spec, const HeaderRequest& request) {
  const IdxFiles files = files_of(spec);
  is_there(files.images, "dataset.idx.images", request);
  is_there(files.labels, "dataset.idx.labels", request);
  if (files.test_images) is_there(*files.test_images, "dataset.idx.test_images", request);
  if (files.test_labels) is_there(*files.test_labels, "dataset.idx.test_labels", request);
  std::vector<DataMistake> mistakes;
  std::optional<DataHeader> out = read_idx_header(spec, mistakes);
  tell_mistakes(mistakes, "dataset.idx.", request);
  return mistakes.empty() ? out : std::nullopt;
}

std::optional<DataHeader> header(const Csv& spec, const HeaderRequest& request) {
  std::vector<DataMistake> mistakes = check_table(spec);
  const bool has_train = is_there(train_file(spec), "dataset.csv.file", request);
  const bool has_test = spec.test_file && is_there(test_file(spec), "dataset.csv.test_file", request);
  TableColumns columns;
  std::string reading = "file";
  try {
    if (has_train) columns = read_columns(spec, mistakes);
    reading = "test_file";
    if (has_train && has_test && mistakes.empty()) check_test_header(spec, columns, mistakes);
  } catch (const UserError& problem) {
    mistakes.push_back(
        {reading, Code::data_mismatch, problem.what(), "a table is text with a header line, plain or .gz"});
  }
  tell_mistakes(mistakes, "dataset.csv.", request);
  if (!has_train || !mistakes.empty()) return std::nullopt;

  DataHeader out;
  out.sample = Shape{{columns.features()}};
  out.is_regression = spec.task == Task::regression;
  if (!spec.classes.empty()) out.classes = static_cast<std::int64_t>(spec.classes.size());
  if (!spec.test_file) out.test_samples = 0;
  return out;
}

// --- identities, remembered ---

DataIdentity identify(const KnownSet& set, const DataPlaces& places, std::vector<std::string>& notes) {
  DataIdentity identity;
  notes = use_first_whole(set, places,
                          [&](const KnownFiles& files) { identity = identify_files(set, files, places); });
  return identity;
}

/// One's own files: the numbers also depend on how the config reads them.
template <class Spec>
DataIdentity identify(const Spec& spec, const std::vector<std::filesystem::path>& files,
                      const DataPlaces& places) {
  const std::string question =
      fmt::format("{} {}", Spec::name, json_line(write_spec(spec, WriteMode::minimal)));
  return recall_or(places.memory, question, files,
                   [&] { return identity_of(decode(Dataset(spec), places)); });
}

std::vector<std::filesystem::path> paths_of(const Csv& spec) {
  std::vector<std::filesystem::path> files = {train_file(spec)};
  if (spec.test_file) files.push_back(test_file(spec));
  return files;
}

std::vector<std::filesystem::path> paths_of(const Idx& spec) {
  const IdxFiles files = files_of(spec);
  std::vector<std::filesystem::path> out = {files.images, files.labels};
  if (files.test_images) out.push_back(*files.test_images);
  if (files.test_labels) out.push_back(*files.test_labels);
  return out;
}

}  // namespace

LoadedData load_data(const Dataset& dataset, const DataPlaces& places) {
  LoadedData data = decode(dataset, places);
  share(data);
  return data;
}

std::optional<DataHeader> read_data_header(const Dataset& dataset, const DataPlaces& places, bool must_exist,
                                           const SpecReader& reader, Diagnostics& problems) {
  const HeaderRequest request{places, must_exist ? Severity::error : Severity::warning, {reader, problems}};
  return std::visit([&](const auto& kind) { return header(kind, request); },
                    static_cast<const Dataset::variant&>(dataset));
}

DataIdentity identity_of(const LoadedData& data) {
  DataIdentity identity{data.name, data.train.samples, data.train.sha256, std::nullopt, std::nullopt};
  if (data.test) {
    identity.test_samples = data.test->samples;
    identity.test_sha256 = data.test->sha256;
  }
  return identity;
}

DataIdentity identify_data(const Dataset& dataset, const DataPlaces& places,
                           std::vector<std::string>& notes) {
  if (std::holds_alternative<Mnist>(dataset)) return identify(known_set(Mnist::name), places, notes);
  if (std::holds_alternative<FashionMnist>(dataset))
    return identify(known_set(FashionMnist::name), places, notes);
  if (const auto* csv = std::get_if<Csv>(&dataset)) return identify(*csv, paths_of(*csv), places);
  if (const auto* idx = std::get_if<Idx>(&dataset)) return identify(*idx, paths_of(*idx), places);
  return identity_of(decode(dataset, places));
}

}  // namespace bunsen
