// train_request.h - a resolved config -> what the worker is asked to train.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "spec/resolve.h"

namespace bunsen {

/// Where a run comes from, for its record.
struct Provenance {
  std::string source_file;  ///< config or experiment, as given
  std::string command_line;
  std::string git_commit;  ///< of the folder that the file lies in; empty if there is none
  bool is_git_dirty = false;
};

/// Looks at the file's folder and at this process's command line.
Provenance provenance_of(const std::filesystem::path& file);
/// The same without asking git, which takes some hundredths of a second.
Provenance provenance_without_git(const std::filesystem::path& file);

struct NewTraining {
  std::string id;                ///< of the request
  std::filesystem::path folder;  ///< run folder
  std::int64_t threads = 1;
  bool keep_weights = true;
  bool wants_progress = false;
  bool wants_profile = false;                  ///< CPU only
  std::vector<std::int64_t> waits_after = {};  ///< epochs after which it waits to be told to go on
};

/// The line of docs/worker_protocol.md. `point` is a map of axis values, empty for a run of its own.
Node to_node(const NewTraining& request, const Resolved& resolved, const Node& point,
             const Provenance& provenance, const Sources& sources);

/// The frozen config.yaml of a run folder: the resolved config with a line that says what it is.
std::string frozen_config(const Resolved& resolved);

}  // namespace bunsen
