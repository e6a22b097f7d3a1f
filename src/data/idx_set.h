// idx_set.h - one's own IDX files -> their header, their images and labels.
#pragma once

#include <optional>
#include <vector>

#include "data/data_mistake.h"
#include "data/dataset.h"

namespace bunsen {

/// The data set's files as paths.
struct IdxFiles {
  std::filesystem::path images, labels;
  std::optional<std::filesystem::path> test_images, test_labels;
};
IdxFiles files_of(const Idx& spec);

/// Reads the first bytes of those files that are there; what does not fit together is appended to `mistakes`.
/// Nothing if there are no training images or they are none.
std::optional<DataHeader> read_idx_header(const Idx& spec, std::vector<DataMistake>& mistakes);

/// The decoded set in private memory; checksums not yet filled in. Throws UserError when the files can't be
/// read or don't fit together.
LoadedData decode_idx_set(const Idx& spec);

}  // namespace bunsen
