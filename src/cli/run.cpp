#include "cli/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/errors.h"
#include "base/machine.h"
#include "base/text.h"
#include "cli/profile_table.h"
#include "cli/progress.h"
#include "cli/results_root.h"
#include "cli/run_setting.h"
#include "config/json.h"
#include "results/run_folder.h"
#include "results/scan.h"
#include "spec/plan.h"
#include "sweep/queue.h"
#include "sweep/train_request.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

/// A config that can be trained: all that is known of it before anything runs.
struct Checked {
  fs::path file;
  Sources sources;
  Resolved resolved;
  Plan plan;
  std::int64_t threads = 1;
};

/// What became of one run.
struct Outcome {
  ExitCode code = ExitCode::done;
  std::string status;  ///< a word of RunState, `running` for one that runs elsewhere
  fs::path folder;
  bool was_done = false;
  Node profile = {};  ///< null unless asked for
};

Override operational(const std::string& path, const std::string& value, const std::string& label,
                     Sources& sources) {
  Override item;
  item.path = path;
  item.value = Node::scalar(value);
  item.place = {sources.add_argument(label, value), 0, static_cast<std::uint32_t>(value.size())};
  item.value.place = item.place;
  item.label = label;
  return item;
}

std::vector<Override> all_overrides(const RunOptions& options, Sources& sources, Diagnostics& problems) {
  std::vector<Override> overrides = overrides_from(options.sets, sources, problems);
  if (options.device)
    overrides.push_back(operational("runtime.device", *options.device, "--device", sources));
  if (options.threads)
    overrides.push_back(
        operational("runtime.threads", std::to_string(*options.threads), "--threads", sources));
  return overrides;
}

/// Fills `checked`; false if there was a mistake.
bool check_into(Checked& checked, const RunOptions& options, const DataPlaces& places,
                Diagnostics& problems) {
  const std::vector<Override> overrides = all_overrides(options, checked.sources, problems);
  const std::optional<ConfigTree> tree = read_config_tree(checked.file, checked.sources, problems);
  if (!tree) return false;
  std::optional<Resolved> resolved = resolve(*tree, overrides, problems);
  if (!resolved) return false;
  const SpecReader reader{problems, resolved->written};
  const TrainingSpec& spec = resolved->spec;
  const std::optional<DataHeader> header = read_data_header(spec.dataset, places, true, reader, problems);
  if (!header) return false;
  std::optional<Plan> plan = make_plan(spec, *header, reader, problems);
  if (plan) check_memory(spec, *plan, {memory_facts().usable_bytes(), Severity::error}, reader, problems);
  if (!plan || problems.has_errors()) return false;
  checked.threads = spec.runtime.threads ? *spec.runtime.threads
                                         : automatic_threads(*plan, spec.batch.size, core_facts().usable());
  checked.resolved = std::move(*resolved);
  checked.plan = std::move(*plan);
  return true;
}

/// Reads, resolves and plans a file; tells its mistakes.
std::optional<Checked> check(const fs::path& file, const RunOptions& options, const DataPlaces& places,
                             DiagnosticsOutput& output) {
  Diagnostics problems;
  Checked checked;
  checked.file = file;
  const bool is_good = check_into(checked, options, places, problems);
  output.tell(file, problems, checked.sources);
  if (!is_good) return std::nullopt;
  return checked;
}

/// Trains checked configs, one after another, on one worker.
class Runner {
 public:
  Runner(const RunOptions& options, DataPlaces places, std::int64_t threads)
      : options_(options),
        places_(std::move(places)),
        root_(results_root(options.results)),
        talk_(options.quiet),
        session_({worker_program(), 1, threads}, interruption_) {}

  /// Never throws for what concerns this run alone.
  ExitCode run(const Checked& checked) {
    try {
      const Outcome outcome = run_or_find(checked);
      tell_result(checked, outcome);
      return outcome.code;
    } catch (const UserError& error) {
      talk_.clear();
      tell_error(error.what());
      return error.exit_code == ExitCode::interrupted ? ExitCode::interrupted : ExitCode::run_failed;
    }
  }
  bool is_interrupted() { return interruption_.has_arrived(); }

 private:
  Outcome run_or_find(const Checked& checked) {
    tell_plan(checked);
    if (options_.profile && checked.resolved.spec.runtime.device != Device::cpu)
      throw UserError("only a training on the CPU has a profile; use --device cpu");
    const RunLookup found = look_up(root_, checked.resolved.spec.name, identity_of_run(checked));
    if (!trains_anyway()) {
      if (const std::optional<Outcome> outcome = already_there(found)) return *outcome;
    }
    const fs::path folder = trains_anyway()
                                ? fresh_run_folder(root_, checked.resolved.spec.name, checked.resolved.id)
                                : found.train_in;
    if (!trains_anyway()) tell_earlier(found);
    return train(checked, folder);
  }

  bool trains_anyway() const { return options_.again || options_.profile; }

  RunIdentity identity_of_run(const Checked& checked) {
    RunIdentity identity;
    identity.id = checked.resolved.id;
    std::vector<std::string> notes;
    identity.data = identify_data(checked.resolved.spec.dataset, places_, notes);
    for (const std::string& note : notes) talk_.say("note: " + note);
    identity.torch =
        options_.torch_version.empty() ? session_.hello().find("libtorch")->text : options_.torch_version;
    identity.device = device_of(checked.resolved.spec);
    identity.environment = {{"threads", std::to_string(checked.threads)}};
    return identity;
  }

  void tell_plan(const Checked& checked) {
    const TrainingSpec& spec = checked.resolved.spec;
    const std::string steps = checked.plan.steps_per_epoch
                                  ? with_thousands(*checked.plan.steps_per_epoch) + " steps x "
                                  : std::string();
    talk_.say(fmt::format("{} {}  {} parameters, {}{}, {}{}", spec.name, checked.resolved.id,
                          with_thousands(checked.plan.parameter_count), steps, count_of(spec.epochs, "epoch"),
                          count_of(checked.threads, "thread"),
                          spec.runtime.device == Device::cpu ? "" : " on " + device_of(spec)));
  }

  std::optional<Outcome> already_there(const RunLookup& found) {
    switch (found.kind) {
      case RunLookup::Kind::done:
        talk_.say("already done; --again trains it once more");
        if (!found.differences.empty()) talk_.say("it differs in " + join(found.differences, "; "));
        return Outcome{ExitCode::done, "completed", found.found, true};
      case RunLookup::Kind::diverged:
        talk_.warn("already tried: it diverged, and would again; --again trains it once more");
        return Outcome{ExitCode::run_failed, "diverged", found.found, true};
      case RunLookup::Kind::running_elsewhere:
        return elsewhere(found.found);
      default:
        return std::nullopt;
    }
  }

  Outcome elsewhere(const fs::path& folder) {
    talk_.warn(fmt::format("{}: {} trains it just now; wait for it, or use another --results", shown(folder),
                           writer_of(folder)));
    return {ExitCode::interrupted, "running", folder, true};
  }

  void tell_earlier(const RunLookup& found) {
    if (found.kind == RunLookup::Kind::interrupted) {
      talk_.say(fmt::format("{} was interrupted; starts over, the earlier attempt is kept beside it",
                            shown(found.found)));
    } else if (found.kind == RunLookup::Kind::failed) {
      talk_.say(fmt::format("{} failed before; tries again, the earlier attempt is kept beside it",
                            shown(found.found)));
    } else if (found.kind == RunLookup::Kind::pruned) {
      talk_.say(
          fmt::format("{} was pruned by a search; trains it to its end, what there was is kept beside it",
                      shown(found.found)));
    } else if (found.kind == RunLookup::Kind::different) {
      talk_.say(fmt::format("{} differs: {}; trains into {}", shown(found.found),
                            join(found.differences, "; "), shown(found.train_in)));
    }
  }

  void need_device(const std::string& device) {
    const Node* devices = session_.hello().find("devices");
    for (const Node& there : devices->items) {
      if (there.text == device) return;
    }
    throw UserError(fmt::format("device '{}' is not there for this LibTorch ({}); use --device cpu", device,
                                session_.hello().find("libtorch")->text));
  }

  Outcome train(const Checked& checked, const fs::path& folder) {
    Outcome outcome{ExitCode::run_failed, "failed", folder, false};
    session_.worker();  // loads LibTorch while the folder is made and git is asked
    TrainingProgress progress(talk_);
    QueueHooks hooks;
    hooks.prepare = [&](std::size_t, int) -> std::optional<Node> {
      prepare_run(folder, frozen_config(checked.resolved));
      point_latest(folder);
      const Provenance provenance = provenance_of(checked.file);
      need_device(device_of(checked.resolved.spec));
      const NewTraining training{
          "", folder, checked.threads, true, talk_.is_terminal() && !talk_.is_quiet(), options_.profile};
      return to_node(training, checked.resolved, Node::map(), provenance, checked.sources);
    };
    Node profile;
    hooks.tell = [&](std::size_t, const Node& event) {
      if (event.find("event")->text != "profile") return progress.tell(event);
      profile = event;
      for (const std::string_view key : {"event", "id"}) profile.remove(key);
    };
    hooks.end = [&](std::size_t, const TrainingEnd& end) {
      talk_.clear();
      outcome = tell_end(end, folder, progress);
      outcome.profile = profile;
    };
    try {
      train_all(session_, {0}, 1, hooks);
    } catch (const RunBusy&) {
      return elsewhere(folder);
    }
    return outcome;
  }

  Outcome tell_end(const TrainingEnd& end, const fs::path& folder, const TrainingProgress& progress) {
    switch (end.kind) {
      case TrainingEnd::Kind::completed:
        return {ExitCode::done, "completed", folder, false};
      case TrainingEnd::Kind::diverged:
        talk_.warn(
            fmt::format("diverged: {}; all epochs so far are kept; try a smaller learning rate", end.reason));
        return {ExitCode::run_failed, "diverged", folder, false};
      case TrainingEnd::Kind::interrupted:
      case TrainingEnd::Kind::pruned:
      case TrainingEnd::Kind::not_begun:
        talk_.warn(fmt::format(
            "interrupted after {} of {} epochs; they are kept in {}; the same command starts over",
            progress.epochs_done(), progress.epochs(), shown(folder)));
        return {ExitCode::interrupted, "interrupted", folder, false};
      case TrainingEnd::Kind::failed:
        if (!end.is_recorded && effective_state(folder) == RunState::running) return elsewhere(folder);
        tell_error(fmt::format("{}: {}", shown(folder), end.reason));
        return {ExitCode::run_failed, "failed", folder, false};
      case TrainingEnd::Kind::lost:
        tell_error(fmt::format("{}: {}", shown(folder), end.reason));
        talk_.warn(fmt::format("its {} are kept; the same command starts over",
                               count_of(progress.epochs_done(), "epoch")));
        return {ExitCode::run_failed, "interrupted", folder, false};
    }
    return {ExitCode::run_failed, "failed", folder, false};
  }

  /// Results go to standard output: figures and path, or one line of JSON.
  void tell_result(const Checked& checked, const Outcome& outcome) {
    const fs::path file = outcome.folder / run_files::result;
    const bool has_result = outcome.status != "running" && fs::exists(file);
    const Node result = has_result ? read_result(file) : Node::map();
    if (options_.json) {
      fmt::print("{}\n", json_line(as_json(checked, outcome, result)));
    } else if (has_result) {
      tell_early_end(result);
      const Node* final_figures = result.find("final");
      if (outcome.profile.is_map()) fmt::print("{}\n", profile_text(outcome.profile, checked.threads));
      if (final_figures != nullptr) fmt::print("{}", figures_text(*final_figures, result.find("best")));
      fmt::print("{}\n", shown(file));
    }
    std::fflush(stdout);
    if (outcome.status == "completed" && !options_.json)
      talk_.say(fmt::format("next: {} predict {} --index 0", own_command(), shown(outcome.folder)));
  }

  void tell_early_end(const Node& result) {
    const Node* stopped = result.find("stopped_early");
    if (stopped == nullptr) return;
    const Node* best_epoch = stopped->find("best_epoch");
    talk_.say(fmt::format(
        "ended early after epoch {}: {} {}", stopped->find("epoch")->text, stopped->find("metric")->text,
        best_epoch != nullptr ? "is no better since epoch " + best_epoch->text : "was never a number"));
  }

  static Node as_json(const Checked& checked, const Outcome& outcome, const Node& result) {
    Node node = Node::map();
    node.set("file", Node::string(checked.file.string()));
    node.set("name", Node::string(checked.resolved.spec.name));
    node.set("id", Node::string(checked.resolved.id));
    node.set("status", Node::string(outcome.status));
    node.set("already_done", Node::boolean(outcome.was_done));
    node.set("folder", Node::string(outcome.folder.string()));
    for (const std::string key : {"final", "best", "stopped_early", "weights"}) {
      if (const Node* value = result.find(key)) node.set(key, *value);
    }
    if (outcome.profile.is_map()) node.set("profile", outcome.profile);
    return node;
  }

  const RunOptions& options_;
  DataPlaces places_;
  fs::path root_;
  Talk talk_;
  Interruption interruption_;
  WorkerSession session_;
};

ExitCode worse(ExitCode left, ExitCode right) { return std::max(left, right); }

}  // namespace

int run_command(const RunOptions& options) {
  if (options.files.empty()) {
    list_files("configs", "run");
    return static_cast<int>(ExitCode::bad_usage);
  }
  // All files are checked before the first is trained: nobody should learn of a slip in the second after an
  // hour.
  const DataPlaces places = default_data_places();
  ExitCode code = ExitCode::done;
  std::vector<Checked> good;
  DiagnosticsOutput output(options.diagnostics, DiagnosticsOutput::Document::line_on_stderr);
  for (const fs::path& file : options.files) {
    std::optional<Checked> checked = check(file, options, places, output);
    if (checked)
      good.push_back(std::move(*checked));
    else
      code = ExitCode::bad_usage;
  }
  output.finish();
  if (good.empty()) return static_cast<int>(code);
  std::int64_t threads = 1;
  for (const Checked& checked : good) threads = std::max(threads, checked.threads);
  Runner runner(options, places, threads);
  for (const Checked& checked : good) {
    code = worse(code, runner.run(checked));
    if (runner.is_interrupted()) return static_cast<int>(ExitCode::interrupted);
  }
  return static_cast<int>(code);
}

}  // namespace bunsen
