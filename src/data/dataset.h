// dataset.h - a declared data set -> its header, its checksums, its decoded bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "data/places.h"
#include "spec/data_header.h"
#include "spec/datasets/all.h"
#include "spec/shape.h"

namespace bunsen {

/// One decoded part. Samples lie one after another, each as its shape says (row-major).
struct DataPart {
  std::int64_t samples = 0;
  std::span<const std::uint8_t> pixels;   ///< images; else empty
  std::span<const float> values;          ///< tables and synthetic sets; else empty
  std::span<const std::int64_t> classes;  ///< classification; else empty
  std::span<const float> targets;         ///< regression; else empty
  std::string sha256;                     ///< of the decoded content, as docs/result_format.md defines it
};

/// A decoded data set. The spans point into one sealed, shared mapping, which forked children inherit; they
/// are valid as long as `memory` is held.
struct LoadedData {
  std::string name;  ///< `mnist`, `csv`
  Shape sample;
  bool is_image = false;
  bool is_regression = false;
  bool has_holes = false;                ///< values may be NaN: missing, to be filled from the training part
  std::vector<std::string> class_names;  ///< in class order; empty for regression
  DataPart train;
  std::optional<DataPart> test;
  std::shared_ptr<void> memory;

  std::int64_t class_count() const { return static_cast<std::int64_t>(class_names.size()); }
};

/// Reads and decodes. Known sets are accepted by checksum only. Throws UserError with path (tables:
/// `file:line: column`) and reason.
LoadedData load_data(const Dataset& dataset, const DataPlaces& places);

/// Reads headers only (an IDX file's first bytes, a table's first line). Mistakes in the config, such as a
/// label that is no column, are told to `problems` at the key's place. Absent data: an error that lists the
/// searched folders if it `must_exist`, else a warning. What can be known without the files is still
/// returned.
std::optional<DataHeader> read_data_header(const Dataset& dataset, const DataPlaces& places, bool must_exist,
                                           const SpecReader& reader, Diagnostics& problems);

/// Which data it is, whatever the files are called and whether they are compressed.
struct DataIdentity {
  std::string name;
  std::int64_t train_samples = 0;
  std::string train_sha256;
  std::optional<std::int64_t> test_samples;
  std::optional<std::string> test_sha256;
  bool operator==(const DataIdentity&) const = default;
};

DataIdentity identity_of(const LoadedData& data);

/// As load_data() and identity_of(), but remembers the answer in `places.memory` by path, size, modification
/// time and inode. `notes` gets a line for each broken copy of a known set that was passed over. Throws as
/// load_data() does.
DataIdentity identify_data(const Dataset& dataset, const DataPlaces& places, std::vector<std::string>& notes);

}  // namespace bunsen
