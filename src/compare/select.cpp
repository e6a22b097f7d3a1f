#include "compare/select.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/errors.h"
#include "base/spelling.h"
#include "base/text.h"
#include "results/run_folder.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view group_prefix = "group=";
constexpr std::size_t shortest_prefix = 3;
constexpr std::size_t most_named = 6;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// `results/mnist/latest` is a link: its run is the one that it leads to.
fs::path without_links(const fs::path& folder) {
  std::error_code ignored;
  const bool ends_in_slash = folder.filename().empty();
  fs::path plain = ends_in_slash ? folder.parent_path() : folder;
  if (!fs::is_symlink(plain, ignored) && plain.filename() != "." && plain.filename() != "..") return plain;
  const fs::path target = fs::canonical(plain, ignored);
  return ignored ? plain : target;
}

std::vector<RunSummary> runs_in_folder(const fs::path& folder) {
  if (is_run_folder(folder)) return {summarize_run(without_links(folder))};
  std::vector<fs::path> children;
  std::error_code ignored;
  for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end; it.increment(ignored)) {
    if (!it->is_symlink(ignored) && is_run_folder(it->path())) children.push_back(it->path());
  }
  if (children.empty()) return scan_results(folder);
  std::sort(children.begin(), children.end());
  std::vector<RunSummary> runs;
  runs.reserve(children.size());
  for (const fs::path& child : children) runs.push_back(summarize_run(child));
  return runs;
}

std::vector<RunSummary> runs_at_path(const std::string& argument, const fs::path& results_root) {
  for (const fs::path& path :
       {fs::path(argument), results_root / argument, results_root / "examples" / argument}) {
    if (is_file(path) && is_run_folder(path.parent_path()))
      return {summarize_run(without_links(path.parent_path()))};
    if (!is_folder(path)) continue;
    std::vector<RunSummary> runs = runs_in_folder(path);
    if (!runs.empty()) return runs;
  }
  return {};
}

// The runs whose key is `word`, else those whose key begins so; own runs hide examples.
std::vector<RunSummary> runs_by(std::string RunSummary::*key, const std::string& word,
                                const std::vector<RunSummary>& all) {
  std::vector<RunSummary> exact, beginning;
  for (const RunSummary& run : all) {
    if (run.*key == word) exact.push_back(run);
    if (word.size() >= shortest_prefix && (run.*key).starts_with(word)) beginning.push_back(run);
  }
  std::vector<RunSummary> found = exact.empty() ? std::move(beginning) : std::move(exact);
  const auto is_example = [](const RunSummary& run) { return run.is_example; };
  if (!std::all_of(found.begin(), found.end(), is_example)) std::erase_if(found, is_example);
  return found;
}

std::string named(std::vector<std::string> words) {
  const std::size_t more = words.size() > most_named ? words.size() - most_named : 0;
  words.resize(words.size() - more);
  return join(words, ", ") + (more > 0 ? fmt::format(" and {} more", more) : std::string());
}

[[noreturn]] void refuse_ambiguous(const std::string& argument, const std::vector<RunSummary>& runs) {
  std::vector<std::string> folders;
  folders.reserve(runs.size());
  for (const RunSummary& run : runs) folders.push_back(run.folder.string());
  throw UserError(
      fmt::format("'{}' means {} runs; name one of them: {}", argument, runs.size(), named(folders)));
}

std::vector<RunSummary> runs_of_group(const std::string& group, const std::vector<RunSummary>& all) {
  std::vector<RunSummary> found = runs_by(&RunSummary::group, group, all);
  std::set<std::string> groups;
  for (const RunSummary& run : found) groups.insert(run.group);
  if (groups.size() > 1) {
    const std::vector<std::string> words(groups.begin(), groups.end());
    throw UserError(fmt::format("'{}{}' means {} groups; name one of them: {}", group_prefix, group,
                                groups.size(), named(words)));
  }
  return found;
}

[[noreturn]] void refuse_unknown(const std::string& argument, const fs::path& results_root,
                                 const std::vector<RunSummary>& all) {
  if (is_file(argument)) {
    throw UserError(fmt::format(
        "{}: not in a run's folder; name a result.json, a run folder or a folder of runs", argument));
  }
  const std::string what = is_folder(argument)
                               ? fmt::format("there are no runs in '{}'", argument)
                               : fmt::format("there is no run, name or folder '{}'", argument);
  if (all.empty()) {
    throw UserError(fmt::format("{}, and no runs are under '{}' yet; train one with `bunsen run CONFIG`",
                                what, results_root.string()));
  }
  std::vector<std::string> names, words;
  for (const RunSummary& run : all) {
    const std::string name = run.is_example ? "examples/" + run.name : run.name;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    words.push_back(run.name);
  }
  for (const RunSummary& run : all) words.push_back(run.id);
  const std::string last_step = fs::path(argument).filename().string();
  const std::optional<std::string> near = closest(last_step.empty() ? argument : last_step, words);
  const std::string hint =
      near && *near != argument ? fmt::format("; did you mean '{}'?", *near) : std::string(";");
  throw UserError(fmt::format("{}{} under '{}' are: {}", what, hint, results_root.string(), named(names)));
}

}  // namespace

bool is_run_folder(const fs::path& folder) {
  return is_file(folder / run_files::status) || is_file(folder / run_files::result);
}

Selection select_runs(const std::string& argument, const fs::path& results_root) {
  if (argument.empty()) throw UserError("an empty argument names no run; give a run folder, an id or a name");
  Selection out{argument, runs_at_path(argument, results_root)};
  if (!out.runs.empty()) return out;
  const std::vector<RunSummary> all = scan_results(results_root);
  if (argument.starts_with(group_prefix)) {
    out.runs = runs_of_group(argument.substr(group_prefix.size()), all);
  } else {
    out.runs = runs_by(&RunSummary::id, argument, all);
    if (out.runs.size() > 1) refuse_ambiguous(argument, out.runs);
  }
  if (out.runs.empty()) refuse_unknown(argument, results_root, all);
  return out;
}

}  // namespace bunsen
