// known_sets.h - the data sets that are known by their checksums, and where their files lie.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace bunsen {

struct KnownSet {
  std::string_view name;
  std::array<std::string_view, 10> class_names;
  std::array<std::uint8_t, 8> first_train_labels;  ///< tell sets apart that use the same file names
  std::string_view train_sha256, test_sha256;      ///< of the decoded parts
  std::string_view package;                        ///< of Debian, if there is one
};

const std::vector<KnownSet>& known_sets();
const KnownSet& known_set(std::string_view name);

struct KnownFiles {
  std::filesystem::path train_images, train_labels, test_images, test_labels;
};

/// What a search found: folders whose files look right, and why the others were passed over.
struct KnownSearch {
  std::vector<KnownFiles> candidates;
  std::vector<std::string> passed_over;  ///< `data/mnist (not there)`
};

/// Reads the files' first bytes only.
KnownSearch search_known_set(const KnownSet& set, const DataPlaces& places);

/// `mnist was not found; searched data/mnist (not there), ...`.
std::string not_found_text(const KnownSet& set, const KnownSearch& search);
/// What else would do: another known set that is there, or how to get this one.
std::string way_out(const KnownSet& set, const DataPlaces& places);

/// The decoded set in private memory. Throws UserError when the files can't be read or are not this set.
LoadedData decode_known_set(const KnownSet& set, const KnownFiles& files);

}  // namespace bunsen
