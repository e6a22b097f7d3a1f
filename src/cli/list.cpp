#include "cli/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/errors.h"
#include "base/text.h"
#include "cli/results_root.h"
#include "cli/run_setting.h"
#include "cli/terminal.h"
#include "compare/run_table.h"
#include "compare/select.h"
#include "config/json.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

struct Found {
  std::vector<RunSummary> runs;
  std::size_t hidden_examples = 0;
};

Found all_runs(const fs::path& results) {
  Found found;
  found.runs = scan_results(results);
  const auto is_example = [](const RunSummary& run) { return run.is_example; };
  const auto examples =
      static_cast<std::size_t>(std::count_if(found.runs.begin(), found.runs.end(), is_example));
  if (examples < found.runs.size()) {
    found.hidden_examples = examples;
    std::erase_if(found.runs, is_example);
  }
  return found;
}

Found selected_runs(const ListOptions& options, const fs::path& results) {
  Found found;
  for (const std::string& what : options.what) {
    for (RunSummary& run : select_runs(what, results).runs) {
      const auto is_same = [&](const RunSummary& other) { return other.folder == run.folder; };
      if (std::none_of(found.runs.begin(), found.runs.end(), is_same)) found.runs.push_back(std::move(run));
    }
  }
  return found;
}

void tell_nothing_there(const fs::path& results) {
  std::error_code ignored;
  fmt::print(stderr, "there are no runs under '{}' yet; train one with `{} run CONFIG`\n",
             one_line(results.string()), own_command());
  const fs::path examples = fs::path("results") / "examples";
  if (results != "results" && fs::is_directory(examples, ignored)) {
    fmt::print(stderr, "or look at the examples: `{} list {}`\n", own_command(), examples.string());
  }
}

void tell_rest(const Found& found, const TableText& table, const fs::path& results) {
  const auto is_example = [](const RunSummary& run) { return run.is_example; };
  const bool only_examples = std::all_of(found.runs.begin(), found.runs.end(), is_example);
  fmt::print(stderr, "{}{}",
             count_of(static_cast<std::int64_t>(found.runs.size()), only_examples ? "example run" : "run"),
             found.runs.size() > 1 ? ", newest first" : "");
  if (found.hidden_examples > 0) {
    fmt::print(stderr, "; {}: `{} list {}`",
               count_of(static_cast<std::int64_t>(found.hidden_examples), "example"), own_command(),
               one_line((results / "examples").string()));
  }
  if (!table.left_out.empty()) fmt::print(stderr, "; no room for {}", join(table.left_out, ", "));
  fmt::print(stderr, "\n");
  for (const RunSummary& run : found.runs) {
    if (!run.trouble.empty()) fmt::print(stderr, "{}\n", one_line(run.trouble));
  }
}

}  // namespace

int list_command(const ListOptions& options) {
  const fs::path results = results_root(options.results);
  Found found = options.what.empty() ? all_runs(results) : selected_runs(options, results);
  sort_newest_first(found.runs);
  if (options.json) {
    fmt::print("{}", json_document(run_list(found.runs)));
    return static_cast<int>(ExitCode::done);
  }
  if (found.runs.empty()) {
    tell_nothing_there(results);
    return static_cast<int>(ExitCode::done);
  }
  const TableText table =
      to_text(run_table(found.runs, static_cast<std::int64_t>(std::time(nullptr))), look_of_stdout());
  fmt::print("{}", table.text);
  std::fflush(stdout);
  tell_rest(found, table, results);
  return static_cast<int>(ExitCode::done);
}

}  // namespace bunsen
