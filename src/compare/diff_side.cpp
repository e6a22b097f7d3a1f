#include "compare/diff_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "compare/run_table.h"
#include "compare/select.h"
#include "config/json.h"
#include "results/run_folder.h"
#include "spec/resolve.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_document = 256ULL << 20U;

bool looks_like_result(const Node& document) {
  const Node* run = document.find("run");
  return run != nullptr && run->is_map() && document.find("schema_version") != nullptr &&
         document.find("config") != nullptr;
}

std::string text_at(const Node& document, std::string_view path) {
  const Node* node = document.at_path(path);
  return node != nullptr ? node->as_string().value_or("") : std::string();
}

DiffRun run_of(Node result, std::string folder) {
  DiffRun run;
  run.id = text_at(result, "run.id");
  run.status = text_at(result, "run.status");
  run.folder = std::move(folder);
  const Node* seed = result.at_path("config.seed");
  if (seed != nullptr) run.seed = seed->as_integer();
  run.result = std::move(result);
  return run;
}

Node map_at(const Node& document, std::string_view path) {
  const Node* node = document.at_path(path);
  return node != nullptr ? *node : Node();
}

void take_first_run(DiffSide& side) {
  const Node& result = side.runs.front().result;
  side.name = text_at(result, "run.name");
  side.config = map_at(result, "config");
  side.causes = {map_at(result, "run.vars"), map_at(result, "run.point"), map_at(result, "origins")};
}

std::optional<DiffSide> config_side(const std::string& argument, Sources& sources, Diagnostics& problems) {
  const std::optional<ConfigTree> tree = read_config_tree(argument, sources, problems);
  if (!tree) return std::nullopt;
  const std::optional<Resolved> resolved = resolve(*tree, {}, problems);
  if (!resolved) return std::nullopt;
  DiffSide side;
  side.argument = argument;
  side.kind = SideKind::config;
  side.name = resolved->spec.name;
  side.config = resolved->document;
  side.causes.vars = resolved->vars;
  std::map<std::string, std::string> origins;
  for (const auto& [path, places] : resolved->origins) origins[path] = sources.describe(places.first);
  side.causes.origins = Node::map();
  for (const auto& [path, place] : origins) side.causes.origins.set(path, Node::string(place));
  return side;
}

std::string group_title(const std::vector<const RunSummary*>& runs) {
  const RunSummary& first = *runs.front();
  const Node& keys = first.point.items.empty() ? first.vars : first.point;
  const std::string values = keys.items.empty() ? std::string() : ", " + value_text(keys);
  return fmt::format("group={} ({}{})", first.group, count_of(static_cast<std::int64_t>(runs.size()), "run"),
                     values);
}

// Statistics over runs of different configs would mean nothing.
void refuse_several_groups(const std::string& argument, const std::vector<RunSummary>& runs) {
  constexpr std::size_t most_named = 6;
  std::vector<std::string> groups;
  for (const RunSummary& run : runs) {
    if (!run.group.empty() && std::find(groups.begin(), groups.end(), run.group) == groups.end())
      groups.push_back(run.group);
  }
  if (groups.size() < 2) return;
  std::vector<std::string> titles;
  for (const std::string& group : groups) {
    if (titles.size() == most_named) break;
    std::vector<const RunSummary*> members;
    for (const RunSummary& run : runs) {
      if (run.group == group) members.push_back(&run);
    }
    titles.push_back(group_title(members));
  }
  const std::string more =
      groups.size() > most_named ? fmt::format(" and {} more", groups.size() - most_named) : std::string();
  throw UserError(fmt::format("'{}' holds runs of {} configs; name a run or a group: {}{}", argument,
                              groups.size(), join(titles, ", "), more));
}

std::string state_text(const RunSummary& run) {
  return run.state ? std::string(word_of(*run.state)) : std::string("unreadable");
}

// A seed counts once: its newest completed run, else its newest one.
void keep_one_a_seed(DiffSide& side) {
  std::vector<DiffRun> kept;
  for (DiffRun& run : side.runs) {
    const auto same =
        std::find_if(kept.begin(), kept.end(), [&](const DiffRun& other) { return other.seed == run.seed; });
    if (same == kept.end()) {
      kept.push_back(std::move(run));
      continue;
    }
    // Runs come newest first, so only a completed one takes the place of one that is not.
    const bool replaces = run.status == word_of(RunState::completed) && same->status != run.status;
    if (replaces) std::swap(*same, run);
    side.superseded.push_back(fmt::format("{} ({}): another run of seed {} counts",
                                          fs::path(run.folder).filename().string(), run.status,
                                          run.seed ? std::to_string(*run.seed) : "unknown"));
  }
  std::sort(kept.begin(), kept.end(), [](const DiffRun& a, const DiffRun& b) { return a.seed < b.seed; });
  side.runs = std::move(kept);
}

DiffSide runs_side(const std::string& argument, const fs::path& results_root) {
  Selection selection = select_runs(argument, results_root);
  refuse_several_groups(argument, selection.runs);
  sort_newest_first(selection.runs);
  DiffSide side;
  side.argument = argument;
  for (const RunSummary& run : selection.runs) {
    if (!fs::exists(run.folder / run_files::result)) {
      side.left_out.push_back(fmt::format("{} ({}): no result yet", run.id, state_text(run)));
      continue;
    }
    side.runs.push_back(run_of(read_result(run.folder), run.folder.string()));
    side.runs.back().id = run.id;
  }
  if (side.runs.empty()) {
    throw UserError(fmt::format("'{}' has no result to compare: {}; run it to its end first", argument,
                                join(side.left_out, ", ")));
  }
  keep_one_a_seed(side);
  take_first_run(side);
  return side;
}

}  // namespace

DiffSide side_of_result(const std::string& argument, Node result) {
  DiffSide side;
  side.argument = argument;
  side.runs.push_back(run_of(std::move(result), argument));
  take_first_run(side);
  return side;
}

std::optional<DiffSide> read_side(const std::string& argument, const fs::path& results_root, Sources& sources,
                                  Diagnostics& problems) {
  std::error_code ignored;
  const fs::path path(argument);
  const std::string ending = path.extension().string();
  const bool is_file = fs::is_regular_file(path, ignored);
  if (is_file && (ending == ".yaml" || ending == ".yml")) return config_side(argument, sources, problems);
  if (!is_file || ending != ".json") return runs_side(argument, results_root);
  Node document = read_json(read_file(path, largest_document), argument);
  if (looks_like_result(document)) return side_of_result(argument, std::move(document));
  DiffSide side;
  side.argument = argument;
  side.kind = SideKind::document;
  side.document = std::move(document);
  return side;
}

}  // namespace bunsen
