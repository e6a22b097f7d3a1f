// data.h - `bunsen data list`, `verify` and `fetch`: the known data sets, where they are and how they get
// here.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bunsen {

struct DataOptions {
  std::vector<std::string> names;   ///< of known sets
  std::optional<std::string> to;    ///< fetch: the folder in which the set's folder is made
  std::optional<std::string> from;  ///< fetch: URL of the folder with the set's files
  bool json = false;
  bool quiet = false;
};

/// A table of the known sets; how to get those that are not there goes to standard error.
int data_list_command(const DataOptions& options);
/// Reads every file of the sets named, or of all that are there. 1 when one is wrong or a named set is
/// absent.
int data_verify_command(const DataOptions& options);
/// Downloads the sets named, whole or not at all.
int data_fetch_command(const DataOptions& options);

}  // namespace bunsen
