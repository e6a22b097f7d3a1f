#include "cli/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "base/errors.h"
#include "base/machine.h"
#include "base/text.h"
#include "cli/run_setting.h"
#include "data/dataset.h"
#include "spec/plan.h"
#include "sweep/trials.h"

namespace bunsen {
namespace {

std::vector<std::filesystem::path> files_of(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      const bool is_yaml = entry.path().extension() == ".yaml" || entry.path().extension() == ".yml";
      if (entry.is_regular_file() && is_yaml) found.push_back(entry.path());
    }
    if (found.empty()) throw UserError(fmt::format("no .yaml file in {}", path.string()));
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

bool check_config(const ConfigTree& tree, const std::vector<Override>& overrides, const MemoryLimit& memory,
                  Diagnostics& problems) {
  const std::optional<Resolved> resolved = resolve(tree, overrides, problems);
  if (!resolved) return false;
  const SpecReader reader{problems, resolved->written};
  const std::optional<DataHeader> header =
      read_data_header(resolved->spec.dataset, default_data_places(), false, reader, problems);
  if (!header) return false;
  const std::optional<Plan> plan = make_plan(resolved->spec, *header, reader, problems);
  if (plan) check_memory(resolved->spec, *plan, memory, reader, problems);
  return plan.has_value();
}

bool check_experiment(const std::filesystem::path& file, const std::vector<Override>& overrides,
                      const MemoryLimit& memory, Sources& sources, Diagnostics& problems) {
  const std::optional<Experiment> experiment = read_experiment(file, sources, problems);
  return experiment && make_trials(*experiment, overrides, {default_data_places(), false, memory}, problems);
}

/// `no error`, `2 errors, 1 warning`.
std::string counts_text(std::size_t errors, std::size_t warnings) {
  const auto counted = [](std::size_t count, std::string_view what) {
    return count_of(static_cast<std::int64_t>(count), what);
  };
  const std::string text = errors == 0 ? std::string("no error") : counted(errors, "error");
  return warnings == 0 ? text : text + ", " + counted(warnings, "warning");
}

}  // namespace

bool check_file(const std::filesystem::path& file, const std::vector<Override>& overrides, Sources& sources,
                Diagnostics& problems, std::int64_t memory_bytes) {
  const MemoryLimit memory{memory_bytes, Severity::warning};
  const Diagnostics before = problems;
  const std::optional<ConfigTree> tree = read_config_tree(file, sources, problems);
  if (!tree || kind_of(tree->root) != DocumentKind::experiment)
    return tree && check_config(*tree, overrides, memory, problems);
  problems = before;  // its own reader tells the mistakes of an experiment
  return check_experiment(file, overrides, memory, sources, problems);
}

int check_command(const CheckOptions& options) {
  std::size_t errors = 0;
  std::size_t warnings = 0;
  const std::vector<std::filesystem::path> files = files_of(options.paths);
  DiagnosticsOutput output(options.diagnostics, DiagnosticsOutput::Document::on_stdout);
  const std::int64_t memory_bytes = options.memory_bytes.value_or(memory_facts().usable_bytes());
  for (const std::filesystem::path& file : files) {
    Sources sources;
    Diagnostics problems;
    const std::vector<Override> overrides = overrides_from(options.sets, sources, problems);
    check_file(file, overrides, sources, problems, memory_bytes);
    output.tell(file, problems, sources);
    errors += problems.error_count();
    warnings += problems.warning_count();
  }
  output.finish();
  if (output.is_text()) {
    std::cerr << count_of(static_cast<std::int64_t>(files.size()), "file") << ": "
              << counts_text(errors, warnings) << '\n';
  }
  const bool is_good = errors == 0 && (!options.strict || warnings == 0);
  return static_cast<int>(is_good ? ExitCode::done : ExitCode::bad_usage);
}

}  // namespace bunsen
