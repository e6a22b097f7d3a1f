// fetch_set.h - a known data set from a server into a folder, whole or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/known_sets.h"
#include "fetch/download.h"

namespace bunsen {

struct FetchObserver {
  std::function<bool()> should_stop;
  std::function<void(const std::string& file, const DownloadState&)> progress;
  std::function<void(const std::string&)> say;  ///< a line that stays
};

/// What became of a set's four files, by their names.
struct FetchReport {
  std::vector<std::string> fetched;
  std::vector<std::string> kept;       ///< were there and right
  std::vector<std::string> set_aside;  ///< were there and wrong: now called so
};

/// Gets the files of `set` that are not in `folder`, or not right, from `url/NAME.gz`. All of them are
/// downloaded beside their places and held against their checksums before the first is renamed: when anything
/// goes wrong (UserError) nothing has changed. A second fetch into the same folder waits for the first.
FetchReport fetch_set(const KnownSet& set, const std::filesystem::path& folder, const std::string& url,
                      const FetchObserver& observer, const Patience& patience = {});

}  // namespace bunsen
