// scan.h - which runs lie under a results folder, and what each says in short.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/run_record.h"

namespace bunsen {

/// One run folder in short. What can't be read is left empty, and `trouble` says why.
struct RunSummary {
  std::filesystem::path folder;
  std::string name;   ///< the folder's parent: `mnist-relu`
  std::string id;     ///< the folder's own: `0123456789`, `0123456789-2`
  std::string group;  ///< from result.json
  std::optional<RunState> state;
  std::int64_t attempt = 1;
  bool is_example = false;  ///< under `examples/`
  Node config;              ///< resolved, from result.json; null without one
  Node vars, point;
  Metrics final;  ///< by path: `test.accuracy`
  std::int64_t epochs = 0;
  std::string started_at;
  std::string trouble;
};

/// The result.json of a run folder, or the file itself. Throws UserError with the path and the reason.
Node read_result(const std::filesystem::path& folder_or_file);

/// Every run under `root`, `<name>/<id>` and `examples/<name>/<id>`, sorted by path; broken ones too. A root
/// that is not there has no runs.
std::vector<RunSummary> scan_results(const std::filesystem::path& root);

RunSummary summarize_run(const std::filesystem::path& run_folder);

}  // namespace bunsen
