// known_sets.h - the data sets that are known by their checksums, and where their files lie.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace bunsen {

/// A file of a known set. It may lie there compressed, with `.gz` behind its name.
struct KnownFile {
  std::string_view name;
  std::vector<std::int64_t> sizes;  ///< `[60000, 28, 28]`
  std::string_view sha256;          ///< of the file, decompressed
};

struct KnownSet {
  std::string_view name;
  std::array<std::string_view, 10> class_names;
  std::array<std::uint8_t, 8> first_train_labels;  ///< tell sets apart that use the same file names
  std::array<KnownFile, 4> files;                  ///< training images and labels, test images and labels
  std::string_view train_sha256, test_sha256;      ///< of the decoded parts
  std::string_view package;                        ///< of Debian, if there is one
  std::string_view url;                            ///< of the folder from which its files can be had, as .gz
  std::int64_t download_bytes;                     ///< about, for people
};

const std::vector<KnownSet>& known_sets();
const KnownSet& known_set(std::string_view name);
std::vector<std::string> known_set_names();

/// As paths, in the order of KnownSet::files.
using KnownFiles = std::array<std::filesystem::path, 4>;

/// A folder in which a set was looked for, and what speaks against it.
struct KnownPlace {
  std::filesystem::path folder;
  KnownFiles files;        ///< sound only for a candidate
  std::string reason;      ///< `not there`; empty: a candidate, whose files' first bytes look right
  bool is_broken = false;  ///< it holds this set, but not whole

  bool is_candidate() const { return reason.empty(); }
};

/// All folders, in the order of the search. Reads the files' first bytes only.
std::vector<KnownPlace> search_known_set(const KnownSet& set, const DataPlaces& places);
bool has_candidate(const std::vector<KnownPlace>& search);

/// `folder/name` or `folder/name.gz`, whichever is there; else empty.
std::filesystem::path find_known_file(const std::filesystem::path& folder, const KnownFile& file);

/// Reads the whole file: why it is not the one that is wanted, as a clause; empty if it is.
std::string reason_against_file(const KnownFile& wanted, const std::filesystem::path& file);

/// Calls `use` with the files of one candidate after another, until it does not throw UserError. Returns a
/// line for each broken copy of the set that stood before that one. Throws UserError if none will do.
std::vector<std::string> use_first_whole(const KnownSet& set, const DataPlaces& places,
                                         const std::function<void(const KnownFiles&)>& use);

/// `'mnist' was not found; searched data/mnist (not there), ...`.
std::string not_found_text(const KnownSet& set, const std::vector<KnownPlace>& search);
/// What else would do: fetching it, a package, another known set that is there.
std::string way_out(const KnownSet& set, const DataPlaces& places);

/// The decoded set in private memory. Throws UserError when the files can't be read or are not this set.
LoadedData decode_known_set(const KnownSet& set, const KnownFiles& files);

/// The checksums of these files, remembered as identify_data() does. Throws UserError when they are not this
/// set.
DataIdentity identify_files(const KnownSet& set, const KnownFiles& files, const DataPlaces& places);
/// Have these files been found right, and are they unchanged?
bool is_remembered(const KnownSet& set, const KnownFiles& files, const DataPlaces& places);

}  // namespace bunsen
