#include "cli/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <map>
#include <thread>

#include "base/byte_text.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/machine.h"
#include "base/number_text.h"
#include "base/text.h"
#include "cli/progress.h"
#include "cli/results_root.h"
#include "cli/run_setting.h"
#include "cli/sweep_tables.h"
#include "compare/run_table.h"
#include "config/json.h"
#include "results/run_folder.h"
#include "results/scan.h"
#include "sweep/decisions.h"
#include "sweep/loop_limits.h"
#include "sweep/pruning_watch.h"
#include "sweep/queue.h"
#include "sweep/stopping.h"
#include "sweep/sweep_csv.h"
#include "sweep/sweep_record.h"
#include "sweep/train_request.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_writes{500};
constexpr int most_attempts = 2;  // a worker that is killed takes innocent trials with it

/// An experiment read and checked.
struct Checked {
  Sources sources;
  Experiment experiment;
  std::vector<Override> overrides;  ///< of the command line
  Trials trials;
  std::vector<std::string> warnings;
  bool is_sound = true;
};

/// Whose weights stay: the command line's word, else the file's.
KeepWeights keep_weights_of(const SweepOptions& options, const ExperimentSpec& spec) {
  const auto words = names_of(KeepWeights{});
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (options.keep_weights == words[i]) return static_cast<KeepWeights>(i);
  }
  return spec.keep_weights;
}

std::optional<Checked> check(const SweepOptions& options, const DataPlaces& places) {
  Checked checked;
  Diagnostics problems;
  checked.overrides = overrides_from(options.sets, checked.sources, problems);
  std::optional<Experiment> experiment = read_experiment(*options.file, checked.sources, problems);
  std::optional<Trials> trials;
  const MemoryLimit memory{memory_facts().usable_bytes(), options.plan ? Severity::warning : Severity::error};
  const DataQuestion data{places, !options.plan, memory};
  if (experiment) trials = plan_trials(*experiment, checked.overrides, data, problems);
  if (experiment && !options.plan) tell_what_can_not_run(*experiment, problems);
  tell_diagnostics(options.diagnostics, *options.file, problems, checked.sources);
  checked.is_sound = !problems.has_errors();
  // A plan shows which points are sound beside those that are not.
  if (!trials || (!checked.is_sound && (!options.plan || trials->trials.empty()))) return std::nullopt;
  for (const Diagnostic& item : problems.items()) {
    if (item.severity == Severity::warning && item.path == "objective")
      checked.warnings.push_back(item.message);
  }
  checked.experiment = std::move(*experiment);
  checked.trials = std::move(*trials);
  return checked;
}

std::int64_t threads_of(const Trial& trial) { return trial.spec.runtime.threads.value_or(1); }

std::int64_t most_threads(const Trials& trials) {
  std::int64_t threads = 1;
  for (const Trial& trial : trials.trials) threads = std::max(threads, threads_of(trial));
  return threads;
}

void keep_largest(MemoryPlan& largest, const MemoryPlan& memory) {
  if (memory.total() > largest.total()) largest = memory;
}

/// Of the trials on the CPU, the one that needs most, be it there or chosen later; nothing if there is none.
MemoryPlan largest_memory(const Trials& trials) {
  MemoryPlan largest;
  for (std::size_t i = 0; i < trials.trials.size(); ++i) {
    if (trials.trials[i].spec.runtime.device == Device::cpu)
      keep_largest(largest, trials.costs[trials.cost_of[i]].memory);
  }
  for (const auto& probe : trials.probes) {
    if (probe.trial.spec.runtime.device == Device::cpu) keep_largest(largest, probe.cost.memory);
  }
  return largest;
}

/// A failure is tried again only if that is asked for: it would be passed over in silence, or come back.
bool is_to_train(RunState state, const std::string& retry) {
  if (state == RunState::failed) return retry == "failed" || retry == "all";
  if (state == RunState::diverged) return retry == "diverged" || retry == "all";
  return state != RunState::completed && state != RunState::running && state != RunState::pruned;
}

bool is_locked(const fs::path& run_folder) { return fs::exists(run_folder / run_files::lock); }

std::optional<double> number_at(const Node& node, const std::string& path) {
  const Node* value = node.at_path(path);
  return value == nullptr ? std::nullopt : value->as_number();
}

/// Which data each trial trains on, asked once for each data set.
class DataIdentities {
 public:
  DataIdentities(const DataPlaces& places, Talk& talk) : places_(places), talk_(talk) {}

  const DataIdentity& of(const Trial& trial) {
    const auto found = known_.find(trial.data);
    if (found != known_.end()) return found->second;
    std::vector<std::string> notes;
    DataIdentity identity = identify_data(trial.spec.dataset, places_, notes);
    for (const std::string& note : notes) talk_.say("note: " + note);
    return known_.emplace(trial.data, std::move(identity)).first->second;
  }

 private:
  const DataPlaces& places_;
  Talk& talk_;
  std::map<std::size_t, DataIdentity> known_;
};

/// The sweep on its way: trials, what became of each, and the one worker behind them.
class Sweep {
 public:
  Sweep(const SweepOptions& options, const DataPlaces& places, const Checked& checked)
      : options_(options),
        checked_(checked),
        trials_(checked.trials.trials),
        root_(results_root(options.results)),
        folder_(root_ / checked.experiment.spec.name),
        talk_(options.quiet),
        data_(places, talk_) {
    record_.name = checked.experiment.spec.name;
    record_.question = checked.experiment.spec.question;
    record_.file = options.file->string();
    record_.goal = goal_of(checked.experiment, checked.trials);
    record_.warnings = checked.warnings;
    if (checked.experiment.spec.prune && record_.goal)
      watch_.emplace(*checked.experiment.spec.prune, *record_.goal);
    keep_weights_ = keep_weights_of(options, checked.experiment.spec);
    const std::int64_t threads = most_threads(checked.trials);
    jobs_ = options.jobs.value_or(std::max<std::int64_t>(1, core_facts().usable() / threads));
    limit_jobs(memory_facts().usable_bytes());
    provenance_ = provenance_without_git(*options.file);
  }

  int show_plan() {
    find_done(options_.torch_version);
    tell_head();
    const SweepPlan plan = plan_of_todo();
    if (options_.json) {
      Node document = to_node(record_, folder_);
      document.set("plan", to_node(plan));
      fmt::print("{}", json_document(document));
    } else {
      const bool has_rows = !record_.trials.empty() || !plan.invalid.empty();
      if (has_rows) fmt::print("{}", trials_table(record_, plan.invalid));
      talk_.say(plan_text(plan));
    }
    return static_cast<int>(checked_.is_sound ? ExitCode::done : ExitCode::bad_usage);
  }

  int train() {
    Interruption interruption;
    const std::int64_t threads = most_threads(checked_.trials);
    WorkerSession session({worker_program(), jobs_, threads}, interruption);
    find_done(options_.torch_version.empty() ? session.hello().find("libtorch")->text
                                             : options_.torch_version);
    tell_head();
    make_folder(folder_);
    seconds_before_ = seconds_spent_before();
    bool is_whole = true;
    if (!todo_.empty()) {
      session.worker();
      provenance_ = provenance_of(*options_.file);
      record_.state = SweepState::running;
      write_record();
      QueueOptions options{most_attempts};
      options.timeout_seconds = checked_.experiment.spec.trial_timeout_seconds;
      const QueueHooks queue_hooks = hooks();
      TrainingQueue queue(session, options, queue_hooks);
      queue_ = &queue;
      is_whole = queue.work();
      queue_ = nullptr;
    }
    talk_.clear();
    record_.state = !is_whole                    ? SweepState::interrupted
                    : record_.stopped_by.empty() ? SweepState::finished
                                                 : SweepState::stopped;
    write_record();
    return tell_outcome(is_whole);
  }

 private:
  SweepPlan plan_of_todo() const {
    SweepPlan plan{checked_.trials.invalid, jobs_, todo_.size(), {}, {}};
    std::vector<TrialTime> times;
    for (std::size_t index = 0; index < trials_.size(); ++index) {
      const TrialCost& cost = checked_.trials.costs[checked_.trials.cost_of[index]];
      const bool is_to_train_now = is_to_train(record_.trials[index].state, options_.retry);
      times.push_back({cost.rough_seconds, seconds_[index], is_to_train_now});
      if (is_to_train_now) keep_largest(plan.memory, cost.memory);
    }
    add_chosen_later(plan, times);
    plan.time = time_of(times, jobs_);
    return plan;
  }

  /// Points that are chosen later are taken to be like those that stand for them.
  void add_chosen_later(SweepPlan& plan, std::vector<TrialTime>& times) const {
    const std::vector<Probe>& probes = checked_.trials.probes;
    if (probes.empty()) return;
    const Experiment& experiment = checked_.experiment;
    const std::int64_t seeds = experiment.seeds.empty() ? experiment.seed_count.value_or(1)
                                                        : static_cast<std::int64_t>(experiment.seeds.size());
    const std::int64_t count = checked_.trials.chosen_later * seeds;
    for (std::int64_t number = 0; number < count; ++number) {
      const TrialCost& cost = probes[static_cast<std::size_t>(number) % probes.size()].cost;
      times.push_back({cost.rough_seconds, std::nullopt, true});
      keep_largest(plan.memory, cost.memory);
    }
    plan.to_train += static_cast<std::size_t>(count);
  }

  void find_done(const std::string& torch) {
    torch_ = torch;
    const PresentIds present(root_);
    record_.trials.reserve(trials_.size());
    for (std::size_t index = 0; index < trials_.size(); ++index) {
      seconds_.emplace_back();
      record_.trials.push_back(found_record(trials_[index], &present, &seconds_.back()));
      const RunState state = record_.trials.back().state;
      if (state == RunState::completed) note_best(index);
      load_curve(index);
    }
    for (std::size_t index = 0; index < trials_.size(); ++index) leave_out_if_pruned(index);
    for (std::size_t index = 0; index < trials_.size(); ++index) {
      const RunState state = record_.trials[index].state;
      if (!is_to_train(state, options_.retry)) {
        ++begun_;
        continue;
      }
      todo_.push_back(index);
      epochs_of_todo_ += trials_[index].spec.epochs;
    }
  }

  /// `present`: what was there a moment ago, if that will do. `seconds`: what the run took, if it is done.
  TrialRecord found_record(const Trial& trial, const PresentIds* present = nullptr,
                           std::optional<double>* seconds = nullptr) {
    TrialRecord record{trial.point, trial.seed, trial.id, folder_ / trial.id, RunState::queued, {}, ""};
    RunIdentity identity{trial.id, {}, torch_, device_of(trial.spec)};
    try {
      identity.data = data_.of(trial);
    } catch (const UserError&) {
      if (options_.plan) return record;  // absent data: a warning said so
      throw;
    }
    if (present != nullptr && !present->has(trial.id)) return record;
    const RunLookup found = look_up(root_, record_.name, identity, LookIn::everywhere);
    const auto is_there = [](const fs::path& folder) {
      return !folder.empty() && fs::exists(folder / run_files::result);
    };
    record.folder = found.train_in;
    if (found.kind == RunLookup::Kind::done || found.kind == RunLookup::Kind::diverged) {
      record.folder = found.found;
      record.state = found.kind == RunLookup::Kind::done ? RunState::completed : RunState::diverged;
      const Node result = read_result(found.found);
      if (found.kind == RunLookup::Kind::diverged) {
        record.error = reason_in(found.found);
        if (is_to_train(record.state, options_.retry)) record.folder = found.train_in;
      }
      if (record_.goal) record.objective = objective_of(*record_.goal, result);
      if (seconds != nullptr) *seconds = number_at(result, "timing.total_seconds");
    } else if (found.kind == RunLookup::Kind::pruned && watch_ && options_.retry != "all") {
      record.state = RunState::pruned;
    } else if (found.kind == RunLookup::Kind::running_elsewhere) {
      record.folder = found.found;
      record.state = RunState::running;
    } else if (found.kind == RunLookup::Kind::failed) {
      record.state = RunState::failed;
      if (is_there(found.found)) record.error = reason_in(found.found);
    } else if (found.kind == RunLookup::Kind::interrupted) {
      record.state = RunState::interrupted;
    }
    return record;
  }

  void limit_jobs(std::int64_t memory_bytes) {
    const MemoryPlan memory = largest_memory(checked_.trials);
    const std::int64_t fitting = trainings_that_fit(memory, memory_bytes, jobs_);
    if (fitting == jobs_) return;
    talk_.say(fmt::format("{} at a time instead of {}: a trial needs about {} of this machine's {}", fitting,
                          jobs_, byte_text(memory.total()), byte_text(memory_bytes)));
    jobs_ = fitting;
  }

  std::size_t point_of(std::size_t trial) const { return checked_.trials.cost_of[trial]; }

  /// What an earlier training told of this point's epochs.
  void load_curve(std::size_t index) {
    const TrialRecord& trial = record_.trials[index];
    if (!watch_ || (trial.state != RunState::completed && trial.state != RunState::pruned)) return;
    if (!fs::exists(trial.folder / run_files::result)) return;
    const Node result = read_result(trial.folder);
    watch_->begin(point_of(index), index, trials_[index].spec.epochs);
    const Node* epochs = result.find("epochs");
    if (epochs == nullptr) return;
    for (const Node& epoch : epochs->items) watch_->add_score(point_of(index), index, score_in(epoch));
    if (trial.state == RunState::completed) watch_->finish(point_of(index), index);
  }

  double score_in(const Node& epoch) const {
    return number_at(epoch, record_.goal->metric).value_or(std::numeric_limits<double>::quiet_NaN());
  }

  /// A point that was pruned has no seed to train.
  void leave_out_if_pruned(std::size_t index) {
    if (record_.trials[index].state != RunState::pruned) return;
    const auto belongs = [&](std::size_t other) { return point_of(other) == point_of(index); };
    for (std::size_t other = 0; other < trials_.size(); ++other) {
      if (belongs(other) && is_to_train(record_.trials[other].state, options_.retry))
        record_.trials[other].state = RunState::pruned;
    }
  }

  static std::string reason_in(const fs::path& folder) {
    try {
      const Node result = read_result(folder);
      const Node* message = result.at_path("run.error.message");
      return message == nullptr ? "" : message->as_string().value_or("");
    } catch (const UserError& error) {
      return error.what();
    }
  }

  double seconds_spent_before() const {
    try {
      const std::optional<std::string> text = read_file_if_there(folder_ / "sweep.json");
      if (!text) return 0;
      return number_at(read_json(*text, "sweep.json"), "timing.seconds").value_or(0);
    } catch (const UserError&) {
      return 0;  // what can't be read is written anew
    }
  }

  void tell_head() {
    if (!record_.question.empty()) talk_.say(record_.question);
    std::string text =
        fmt::format("{}: {}", record_.name, count_of(static_cast<std::int64_t>(trials_.size()), "trial"));
    text += fmt::format(" ({})", count_of(static_cast<std::int64_t>(checked_.trials.costs.size()), "point"));
    if (checked_.trials.chosen_later > 0)
      text += fmt::format(", {} chosen while it runs", count_of(checked_.trials.chosen_later, "more point"));
    if (checked_.trials.merged > 0)
      text += fmt::format(", {} more are the same runs", checked_.trials.merged);
    if (checked_.trials.left_out > 0)
      text += fmt::format(", {} excluded", count_of(checked_.trials.left_out, "point"));
    if (!checked_.trials.invalid.empty())
      text += fmt::format(", {} invalid",
                          count_of(static_cast<std::int64_t>(checked_.trials.invalid.size()), "point"));
    const std::size_t done =
        count_of_state(record_, RunState::completed) + count_of_state(record_, RunState::diverged);
    const std::size_t failed =
        options_.retry == "failed" || options_.retry == "all" ? 0 : count_of_state(record_, RunState::failed);
    if (failed > 0) text += fmt::format(", {} failed before", failed);
    talk_.say(text + fmt::format(", {} done, {} to train, {} at a time", done, todo_.size(), jobs_));
  }

  QueueHooks hooks() {
    QueueHooks hooks;
    hooks.next = [this] { return next(); };
    hooks.prepare = [this](std::size_t index, int attempt) { return prepare(index, attempt); };
    hooks.tell = [this](std::size_t index, const Node& event) { tell(index, event); };
    hooks.end = [this](std::size_t index, const TrainingEnd& end) { take_end(index, end); };
    return hooks;
  }

  std::optional<std::size_t> next() {
    for (; next_todo_ < todo_.size(); ++next_todo_) {
      if (record_.trials[todo_[next_todo_]].state != RunState::pruned) break;
      ++ended_;
    }
    if (record_.stopped_by.empty() && next_todo_ < todo_.size())
      record_.stopped_by = reason_to_stop_now().value_or("");
    if (!record_.stopped_by.empty() || next_todo_ == todo_.size()) return std::nullopt;
    ++begun_;
    return todo_[next_todo_++];
  }

  std::optional<std::string> reason_to_stop_now() {
    const ExperimentSpec& spec = checked_.experiment.spec;
    SweepTally tally{begun_, failed_now_, seconds_so_far(), {}};
    if (spec.budget.target) {
      const std::vector<PointScore> points = ranked_points(record_);
      if (!points.empty()) tally.best_mean = points[0].mean;
    }
    return reason_to_stop(spec.budget, spec.failures, record_.goal, tally);
  }

  double seconds_so_far() const {
    return seconds_before_ + std::chrono::duration<double>(steady_clock::now() - started_at_).count();
  }

  std::optional<Node> prepare(std::size_t index, int attempt) {
    TrialRecord& record = record_.trials[index];
    const Trial& trial = trials_[index];
    try {
      const Resolved config = whole_config(checked_.experiment, checked_.overrides, trial);
      prepare_folder(record.folder, config, attempt);
      record.state = RunState::queued;
      NewTraining training{"", record.folder, threads_of(trial), keep_weights_ != KeepWeights::none};
      if (watch_) training.waits_after = judged_epochs(*checked_.experiment.spec.prune, trial.spec.epochs);
      return to_node(training, config, to_node(trial.point), provenance_, checked_.sources);
    } catch (const RunBusy& error) {
      if (!is_someone_elses(index, true)) fail(index, error.what());
    } catch (const UserError& error) {
      if (!is_someone_elses(index, false)) fail(index, error.what());
    }
    return std::nullopt;
  }

  /// Another process on the same results may have been faster: its run is taken as it is. If the folder
  /// `is_held`, the holder is given a moment to say what it does.
  bool is_someone_elses(std::size_t index, bool is_held) {
    TrialRecord now = found_record(trials_[index]);
    for (int patience = is_held ? 20 : 0; patience > 0 && is_to_train(now.state, "all"); --patience) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      now = found_record(trials_[index]);
    }
    if (is_held && (now.state == RunState::queued || is_locked(now.folder))) now.state = RunState::running;
    if (is_to_train(now.state, "all")) return false;
    if (now.state == RunState::running) {
      talk_.say(
          fmt::format("{}: {} trains it just now; left alone", values_of(index), writer_of(now.folder)));
    } else {
      talk_.say(fmt::format("{}: another process has done it", values_of(index)));
    }
    ++ended_;
    record_.trials[index] = now;
    if (now.state == RunState::completed) note_best(index);
    return true;
  }

  /// After the death of a worker its trainings may live for a moment longer.
  static void prepare_folder(const fs::path& folder, const Resolved& config, int attempt) {
    for (int patience = attempt > 1 ? 30 : 0;; --patience) {
      try {
        return prepare_run(folder, frozen_config(config));
      } catch (const RunBusy&) {
        if (patience <= 0) throw;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    }
  }

  void tell(std::size_t index, const Node& event) {
    const std::string& name = event.find("event")->text;
    if (name == "started") {
      record_.trials[index].state = RunState::running;
      if (watch_) watch_->begin(point_of(index), index, trials_[index].spec.epochs);
    }
    if (name != "epoch") return;
    ++epochs_done_;
    if (watch_) judge(index, *event.find("record"));
    draw();
  }

  void judge(std::size_t index, const Node& epoch_record) {
    const auto epoch = static_cast<std::int64_t>(number_at(epoch_record, "epoch").value_or(0));
    const std::vector<std::int64_t> waits =
        judged_epochs(*checked_.experiment.spec.prune, trials_[index].spec.epochs);
    const std::optional<Judgement> judgement =
        watch_->note_epoch(point_of(index), index, epoch, score_in(epoch_record));
    if (judgement && judgement->verdict.was_judged)
      append_decision(folder_, to_node(*judgement, record_.trials[index].point));
    if (judgement && !judgement->verdict.goes_on) return prune_point(index, *judgement);
    if (std::find(waits.begin(), waits.end(), epoch) != waits.end()) queue_->go_on(index);
  }

  /// All seeds of a trial's point, also those that have not begun.
  void prune_point(std::size_t index, const Judgement& judgement) {
    const std::string reason =
        fmt::format("pruned after epoch {}: {} {}, and {} was needed", judgement.epoch, record_.goal->metric,
                    objective_text(*record_.goal, judgement.verdict.score),
                    objective_text(*record_.goal, judgement.verdict.bar));
    talk_.say(fmt::format("{}  {}", point_text(to_node(record_.trials[index].point)), reason));
    for (std::size_t seed = 0; seed < trials_.size(); ++seed) {
      if (point_of(seed) != point_of(index) || queue_->prune(seed, reason)) continue;
      const RunState state = record_.trials[seed].state;
      if (state == RunState::queued || state == RunState::interrupted)
        record_.trials[seed].state = RunState::pruned;
    }
  }

  void take_end(std::size_t index, const TrainingEnd& end) {
    TrialRecord& record = record_.trials[index];
    if (watch_) {
      if (end.kind == TrainingEnd::Kind::completed) watch_->finish(point_of(index), index);
      const bool has_curve =
          end.kind == TrainingEnd::Kind::completed || end.kind == TrainingEnd::Kind::pruned;
      if (!has_curve) watch_->forget(point_of(index), index);
    }
    switch (end.kind) {
      case TrainingEnd::Kind::completed:
        complete(index, end.event);
        break;
      case TrainingEnd::Kind::diverged:
        ++ended_;
        ++failed_now_;
        record.state = RunState::diverged;
        record.error = end.reason;
        talk_.warn(
            fmt::format("trial {}/{} diverged: {}: {}", ended_, todo_.size(), values_of(index), end.reason));
        break;
      case TrainingEnd::Kind::failed:
      case TrainingEnd::Kind::lost:
        if (end.is_recorded || !is_someone_elses(index, end.kind == TrainingEnd::Kind::failed))
          fail(index, end.reason);
        break;
      case TrainingEnd::Kind::interrupted:
        if (record.state == RunState::running) record.state = RunState::interrupted;
        break;
      case TrainingEnd::Kind::pruned:
        ++ended_;
        record.state = RunState::pruned;
        break;
      case TrainingEnd::Kind::not_begun:
        break;
    }
    draw();
    if (steady_clock::now() - written_at_ > between_writes) write_record();
  }

  void complete(std::size_t index, const Node& event) {
    TrialRecord& record = record_.trials[index];
    ++ended_;
    record.state = RunState::completed;
    std::string figure;
    if (record_.goal) {
      const bool is_in_event = record_.goal->at == ObjectiveAt::last;
      record.objective = objective_of(*record_.goal, is_in_event ? event : read_result(record.folder));
      if (record.objective)
        figure =
            fmt::format("  {} {}", record_.goal->metric, objective_text(*record_.goal, *record.objective));
    }
    talk_.say(fmt::format("trial {}/{}  {}{}", ended_, todo_.size(), values_of(index), figure));
    newest_ = record.folder;
    note_best(index);
  }

  void fail(std::size_t index, const std::string& reason) {
    TrialRecord& record = record_.trials[index];
    ++ended_;
    ++failed_now_;
    record.state = RunState::failed;
    record.error = reason;
    talk_.warn(fmt::format("trial {}/{} failed: {}: {}; {}", ended_, todo_.size(), values_of(index), reason,
                           place_to_look(record.folder)));
  }

  static std::string place_to_look(const fs::path& folder) {
    const fs::path log = folder / run_files::log;
    return fs::exists(log) ? "log: " + shown(log) : "folder: " + shown(folder);
  }

  /// Keeps the best trial's weights only, if that is what was asked for; nothing outside this experiment's
  /// folder is touched.
  void note_best(std::size_t index) {
    if (!record_.goal || !record_.trials[index].objective) return;
    const bool is_best = !best_ || is_better(*record_.goal, *record_.trials[index].objective,
                                             *record_.trials[*best_].objective);
    const std::optional<std::size_t> loser = is_best ? best_ : std::optional<std::size_t>(index);
    if (is_best) best_ = index;
    if (!loser || options_.plan || keep_weights_ != KeepWeights::best) return;
    const fs::path& folder = record_.trials[*loser].folder;
    std::error_code ignored;
    if (folder.parent_path() == folder_) fs::remove(folder / run_files::weights, ignored);
  }

  std::string values_of(std::size_t index) const {
    const TrialRecord& record = record_.trials[index];
    const std::string point = point_text(to_node(record.point));
    return point.empty() ? fmt::format("seed {}", record.seed)
                         : fmt::format("{} seed {}", point, record.seed);
  }

  void draw() {
    if (!talk_.is_terminal() || epochs_of_todo_ == 0) return;
    const double share = static_cast<double>(epochs_done_) / static_cast<double>(epochs_of_todo_);
    const std::chrono::duration<double> elapsed = steady_clock::now() - started_at_;
    std::string text = fmt::format("{} {}/{} trials", bar_text(share, 24), ended_, todo_.size());
    if (best_)
      text += fmt::format("  best {}", objective_text(*record_.goal, *record_.trials[*best_].objective));
    const std::size_t failed = count_of_state(record_, RunState::failed);
    if (failed > 0) text += fmt::format("  {} failed", failed);
    if (epochs_done_ > 0) text += "  ETA " + duration_text(elapsed.count() * (1 - share) / share);
    talk_.draw(text);
  }

  void write_record() {
    written_at_ = steady_clock::now();
    record_.seconds = round_significant(seconds_so_far(), 6);
    write_file_atomically(folder_ / "sweep.csv", sweep_csv(record_));
    write_file_atomically(folder_ / "sweep.json", json_document(to_node(record_, folder_)));
  }

  int tell_outcome(bool is_whole) {
    if (!newest_.empty()) point_latest(newest_);
    if (options_.json) {
      fmt::print("{}", json_document(to_node(record_, folder_)));
    } else {
      fmt::print("{}{}\n{}\n", outcome_table(record_), shown(folder_ / "sweep.json"),
                 shown(folder_ / "sweep.csv"));
    }
    std::fflush(stdout);
    if (!is_whole) {
      talk_.warn(fmt::format("interrupted; {} trials are done and kept, the same command goes on",
                             count_of_state(record_, RunState::completed)));
      return static_cast<int>(ExitCode::interrupted);
    }
    const std::size_t pruned = count_of_state(record_, RunState::pruned);
    if (pruned > 0)
      talk_.say(fmt::format("{} pruned; why, is in {}", count_of(static_cast<std::int64_t>(pruned), "trial"),
                            shown(folder_ / "decisions.jsonl")));
    if (!record_.stopped_by.empty())
      talk_.warn(fmt::format("stopped: {}; {} not begun", record_.stopped_by,
                             count_of(static_cast<std::int64_t>(todo_.size() - next_todo_), "trial")));
    if (tell_failures()) return static_cast<int>(ExitCode::run_failed);
    if (count_of_state(record_, RunState::running) > 0) {
      talk_.warn(
          "some trials are trained by another process just now; run the same command again when they are "
          "done");
      return static_cast<int>(ExitCode::interrupted);
    }
    if (!options_.json) talk_.say(fmt::format("next: {} list {}", own_command(), record_.name));
    return static_cast<int>(ExitCode::done);
  }

  /// False: there are none.
  bool tell_failures() {
    constexpr std::size_t most_lines = 10;
    const std::size_t failed = count_of_state(record_, RunState::failed);
    const std::size_t diverged = count_of_state(record_, RunState::diverged);
    if (failed + diverged == 0) return false;
    std::size_t told = 0;
    for (std::size_t index = 0; index < record_.trials.size() && told < most_lines; ++index) {
      const TrialRecord& trial = record_.trials[index];
      if (trial.state != RunState::failed && trial.state != RunState::diverged) continue;
      ++told;
      talk_.warn(fmt::format("{}: {}: {}; {}", word_of(trial.state), values_of(index), trial.error,
                             place_to_look(trial.folder)));
    }
    if (failed + diverged > told)
      talk_.warn(fmt::format("... and {} more in sweep.csv", failed + diverged - told));
    talk_.warn(fmt::format("{} of {} failed or diverged", failed + diverged,
                           count_of(static_cast<std::int64_t>(record_.trials.size()), "trial")));
    talk_.say(fmt::format("next: {} sweep {} --retry {}", own_command(), record_.file,
                          failed == 0     ? "diverged"
                          : diverged == 0 ? "failed"
                                          : "all"));
    return true;
  }

  const SweepOptions& options_;
  const Checked& checked_;
  const std::vector<Trial>& trials_;
  fs::path root_;
  fs::path folder_;
  std::string torch_;
  Talk talk_;
  DataIdentities data_;
  Provenance provenance_;
  SweepRecord record_;
  std::vector<std::size_t> todo_;
  std::vector<std::optional<double>> seconds_;  ///< of each trial that is done
  std::optional<PruningWatch> watch_;           ///< if points are pruned
  TrainingQueue* queue_ = nullptr;
  KeepWeights keep_weights_ = KeepWeights::best;
  std::int64_t jobs_ = 1;
  std::optional<std::size_t> best_;
  fs::path newest_;
  std::size_t next_todo_ = 0;
  std::int64_t begun_ = 0;  ///< trials that have ended or are on their way, earlier commands' too
  std::int64_t failed_now_ = 0;
  double seconds_before_ = 0;  ///< that earlier commands took
  std::size_t ended_ = 0;
  std::int64_t epochs_of_todo_ = 0;
  std::int64_t epochs_done_ = 0;
  steady_clock::time_point started_at_ = steady_clock::now();
  steady_clock::time_point written_at_{};
};

}  // namespace

int sweep_command(const SweepOptions& options) {
  if (!options.file) {
    list_files("experiments", "sweep");
    return static_cast<int>(ExitCode::bad_usage);
  }
  const DataPlaces places = default_data_places();
  const std::optional<Checked> checked = check(options, places);
  if (!checked) return static_cast<int>(ExitCode::bad_usage);
  Sweep sweep(options, places, *checked);
  return options.plan ? sweep.show_plan() : sweep.train();
}

}  // namespace bunsen
