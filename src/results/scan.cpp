#include "results/scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/errors.h"
#include "base/files.h"
#include "config/json.h"
#include "results/run_folder.h"

namespace bunsen {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view examples_name = "examples";

/// Real subfolders in order; links such as `latest` are left out.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->symlink_status(ignored).type() == fs::file_type::directory) folders.push_back(it->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw UserError(fmt::format("can't read {}: {}", folder.string(), error.message()));
  }
  std::ranges::sort(folders);
  return folders;
}

bool is_run(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / run_files::status, error) || fs::exists(folder / run_files::result, error) ||
         fs::exists(folder / run_files::config, error);
}

std::string text_at(const Node& node, std::string_view path) {
  const Node* found = node.at_path(path);
  return found == nullptr ? "" : found->as_string().value_or("");
}

Node node_at(const Node& node, std::string_view path) {
  const Node* found = node.at_path(path);
  return found == nullptr ? Node() : *found;
}

void add_result(RunSummary& summary, const Node& result) {
  summary.group = text_at(result, "run.group");
  summary.config = node_at(result, "config");
  summary.vars = node_at(result, "run.vars");
  summary.point = node_at(result, "run.point");
  summary.started_at = text_at(result, "timing.started_at");
  if (const Node* epochs = result.find("epochs"))
    summary.epochs = static_cast<std::int64_t>(epochs->items.size());
  const Node* final = result.find("final");
  if (final == nullptr || !final->is_map()) return;
  for (std::size_t part = 0; part < final->keys.size(); ++part) {
    const Node& metrics = final->items[part];
    for (std::size_t i = 0; i < metrics.keys.size(); ++i) {
      const std::optional<double> value = metrics.items[i].as_number();
      if (value) summary.final.emplace_back(final->keys[part].text + '.' + metrics.keys[i].text, *value);
    }
  }
}

void scan_names(const fs::path& folder, bool is_example, std::vector<RunSummary>& runs) {
  for (const fs::path& name : folders_in(folder)) {
    if (!is_example && name.filename() == examples_name) {
      scan_names(name, true, runs);
      continue;
    }
    for (const fs::path& run : folders_in(name)) {
      if (!is_run(run)) continue;
      runs.push_back(summarize_run(run));
      runs.back().is_example = is_example;
    }
  }
}

}  // namespace

Node read_result(const fs::path& folder_or_file) {
  std::error_code error;
  const bool is_folder = fs::is_directory(folder_or_file, error);
  const fs::path file = is_folder ? folder_or_file / run_files::result : folder_or_file;
  const std::string text = read_file(file);
  Node result = read_json(text, file.string());
  const Node* version = result.find("schema_version");
  if (version == nullptr || !version->as_integer()) {
    throw UserError(fmt::format("{} is no result of bunsen: it has no schema_version", file.string()));
  }
  if (*version->as_integer() != 1) {
    throw UserError(fmt::format("{} has schema_version {}, this bunsen reads 1; use a newer bunsen",
                                file.string(), *version->as_integer()));
  }
  return result;
}

RunSummary summarize_run(const fs::path& run_folder) {
  RunSummary summary;
  summary.folder = run_folder;
  summary.id = run_folder.filename().string();
  summary.name = run_folder.parent_path().filename().string();
  try {
    summary.state = effective_state(run_folder);
    if (const std::optional<RunStatus> status = read_status(run_folder)) summary.attempt = status->attempt;
    std::error_code error;
    if (fs::exists(run_folder / run_files::result, error)) {
      add_result(summary, read_result(run_folder));
    } else {
      summary.epochs = static_cast<std::int64_t>(read_epochs(run_folder).size());
    }
  } catch (const UserError& problem) {
    summary.trouble = problem.what();
  }
  return summary;
}

std::vector<RunSummary> scan_results(const fs::path& root) {
  std::vector<RunSummary> runs;
  scan_names(root, false, runs);
  return runs;
}

}  // namespace bunsen
