#include "results/look_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/errors.h"
#include "results/run_folder.h"
#include "results/scan.h"

namespace bunsen {

namespace fs = std::filesystem;

namespace {

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

fs::path numbered(const fs::path& folder, const std::string& id, int number) {
  return folder / (number == 1 ? id : fmt::format("{}-{}", id, number));
}

/// The numbers of `<id>` (1), `<id>-2`, ... in a name's folder, newest first; small gaps are left by deleted
/// runs.
std::vector<int> tries_in(const fs::path& folder, const std::string& id) {
  constexpr int widest_gap = 8;
  std::vector<int> tries;
  for (int number = 1; number <= (tries.empty() ? 0 : tries.back()) + widest_gap; ++number) {
    if (is_folder(numbered(folder, id, number))) tries.push_back(number);
  }
  std::ranges::reverse(tries);
  return tries;
}

std::vector<fs::path> candidates(const fs::path& root, const std::string& name, const std::string& id,
                                 LookIn where) {
  std::vector<fs::path> all;
  const auto add_tries = [&](const fs::path& folder) {
    for (const int number : tries_in(folder, id)) all.push_back(numbered(folder, id, number));
  };
  add_tries(root / name);
  if (where == LookIn::own_name || !is_folder(root)) return all;
  std::vector<fs::path> names;
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    const fs::path other = it->path().filename();
    if (other != name && other != "examples" && is_folder(it->path())) names.push_back(it->path());
  }
  if (error) throw UserError(fmt::format("can't read {}: {}", root.string(), error.message()));
  std::ranges::sort(names);
  for (const fs::path& folder : names) add_tries(folder);
  return all;
}

std::string text_at(const Node& result, const std::string& path) {
  const Node* found = result.at_path(path);
  return found == nullptr ? "" : found->as_string().value_or("");
}

void compare(std::vector<std::string>& differences, std::string_view what, const std::string& here,
             const std::string& there) {
  if (here == there) return;
  const auto shown = [](const std::string& text) { return text.empty() ? "none" : text; };
  differences.push_back(fmt::format("{} {}, there {}", what, shown(here), shown(there)));
}

std::vector<std::string> essential_differences(const RunIdentity& wanted, const Node& result) {
  std::vector<std::string> differences;
  const auto short_hash = [](const std::string& hash) { return hash.substr(0, 12); };
  compare(differences, "training data", short_hash(wanted.data.train_sha256),
          short_hash(text_at(result, "dataset.train.sha256")));
  compare(differences, "test data", short_hash(wanted.data.test_sha256.value_or("")),
          short_hash(text_at(result, "dataset.test.sha256")));
  compare(differences, "LibTorch", wanted.torch, text_at(result, "environment.torch"));
  compare(differences, "device", wanted.device, text_at(result, "environment.device"));
  return differences;
}

std::vector<std::string> environment_differences(const RunIdentity& wanted, const Node& result) {
  std::vector<std::string> differences;
  for (const auto& [key, value] : wanted.environment)
    compare(differences, key, value, text_at(result, "environment." + key));
  return differences;
}

struct Candidate {
  fs::path folder;
  RunState state = RunState::queued;
  std::optional<std::vector<std::string>> essential;  ///< differences; only where a result can be read
  std::vector<std::string> environment;
  bool is_pruned_elsehow = false;  ///< pruned with other data, LibTorch or device: says nothing of this run
};

Candidate judge(const fs::path& folder, RunState state, const RunIdentity& wanted) {
  Candidate candidate{folder, state, std::nullopt, {}};
  const bool is_pruned = state == RunState::pruned && fs::exists(folder / run_files::result);
  if (state != RunState::completed && state != RunState::diverged && !is_pruned) return candidate;
  try {
    const Node result = read_result(folder);
    candidate.essential = essential_differences(wanted, result);
    candidate.environment = environment_differences(wanted, result);
  } catch (const UserError& problem) {
    candidate.essential = {{problem.what()}};
  }
  if (is_pruned) {
    candidate.is_pruned_elsehow = !candidate.essential->empty();
    candidate.essential.reset();
  }
  return candidate;
}

RunLookup found_same(RunLookup::Kind kind, const Candidate& candidate, RunLookup lookup) {
  lookup.kind = kind;
  lookup.found = candidate.folder;
  lookup.differences = candidate.environment;
  return lookup;
}

std::optional<RunLookup::Kind> kind_of_unfinished(RunState state) {
  switch (state) {
    case RunState::queued:
      return RunLookup::Kind::queued;
    case RunState::interrupted:
      return RunLookup::Kind::interrupted;
    case RunState::failed:
      return RunLookup::Kind::failed;
    case RunState::pruned:
      return RunLookup::Kind::pruned;
    default:
      return std::nullopt;
  }
}

}  // namespace

fs::path fresh_run_folder(const fs::path& results_root, const std::string& name, const std::string& id) {
  const fs::path folder = results_root / name;
  const std::vector<int> tries = tries_in(folder, id);
  return numbered(folder, id, tries.empty() ? 1 : tries.front() + 1);
}

PresentIds::PresentIds(const fs::path& results_root) {
  std::error_code ignored;  // look_up() tells what can't be read
  for (fs::directory_iterator name(results_root, ignored), end; !ignored && name != end;
       name.increment(ignored)) {
    std::error_code unread;
    for (fs::directory_iterator run(name->path(), unread); !unread && run != end; run.increment(unread)) {
      const std::string folder = run->path().filename().string();
      ids_.insert(folder.substr(0, folder.find('-')));
    }
  }
}

RunLookup look_up(const fs::path& results_root, const std::string& name, const RunIdentity& wanted,
                  LookIn where) {
  std::vector<Candidate> all;
  for (const fs::path& folder : candidates(results_root, name, wanted.id, where)) {
    // A folder that says nothing yet has just been made by another process, or by one that died at once.
    all.push_back(judge(folder, effective_state(folder).value_or(RunState::queued), wanted));
  }
  RunLookup lookup;
  lookup.train_in = fresh_run_folder(results_root, name, wanted.id);

  const auto same = [&](RunState state) {
    return std::ranges::find_if(
        all, [&](const Candidate& c) { return c.state == state && c.essential && c.essential->empty(); });
  };
  if (const auto it = same(RunState::completed); it != all.end())
    return found_same(RunLookup::Kind::done, *it, lookup);
  for (const Candidate& candidate : all) {
    if (candidate.state == RunState::running)
      return found_same(RunLookup::Kind::running_elsewhere, candidate, lookup);
  }
  if (const auto it = same(RunState::diverged); it != all.end())
    return found_same(RunLookup::Kind::diverged, *it, lookup);
  for (const Candidate& candidate : all) {
    // Only under the own name: another experiment's unfinished runs are its own affair.
    const std::optional<RunLookup::Kind> kind =
        kind_of_unfinished(candidate.is_pruned_elsehow ? RunState::interrupted : candidate.state);
    if (!kind || candidate.folder.parent_path() != results_root / name) continue;
    lookup.kind = *kind;
    lookup.found = lookup.train_in = candidate.folder;
    return lookup;
  }
  for (const Candidate& candidate : all) {
    if (!candidate.essential) continue;
    lookup.kind = RunLookup::Kind::different;
    lookup.found = candidate.folder;
    lookup.differences = *candidate.essential;
    return lookup;
  }
  return lookup;
}

}  // namespace bunsen
