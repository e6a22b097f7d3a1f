#include "sweep/trials.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/spelling.h"
#include "base/text.h"
#include "config/json.h"

namespace bunsen {
namespace {

/// A path may be named once: as an axis, in `set`, or on the command line. What names it again is left out.
/// Two `when`s may give the same axis, each where it holds.
void leave_out_double_paths(Experiment& experiment, const std::vector<Override>& command_line,
                            Diagnostics& problems) {
  std::map<std::string, std::string> said_by;
  for (const Override& item : experiment.set) said_by.emplace(item.path, "`set`");
  for (const Override& item : command_line) said_by[item.path] = item.label.empty() ? "--set" : item.label;
  std::map<std::string, std::size_t> given_by;  // a `when`
  std::erase_if(experiment.space.groups, [&](const AxisGroup& group) {
    bool is_double = false;
    for (const Axis& axis : group.axes) {
      const auto given = given_by.find(axis.path);
      if (group.when && given != given_by.end() && given->second != *group.when) continue;
      const auto [found, is_new] = said_by.emplace(axis.path, "another axis");
      if (is_new && group.when) given_by.emplace(axis.path, *group.when);
      if (is_new) continue;
      problems.error(Code::experiment, axis.place, axis.name(), "this axis is also named by " + found->second,
                     "name it once");
      is_double = true;
    }
    return is_double;
  });
  const auto seed = said_by.find("seed");
  if (seed == said_by.end() || experiment.seeds.empty()) return;
  problems.error(Code::experiment, experiment.spec.seeds.place, "seeds",
                 "seeds are listed, and 'seed' is also named by " + seed->second, "name them once");
  experiment.seeds.clear();
}

bool begins_with_steps(const std::string& path, const std::string& beginning) {
  return path == beginning || (path.starts_with(beginning) && path[beginning.size()] == '.');
}

/// The path with a first step that was misspelled put right.
std::string meant_path(const std::string& path) {
  std::vector<std::string> known;
  for (const Field& field : field_table<TrainingSpec>().fields) known.emplace_back(field.name);
  const std::size_t dot = std::min(path.find('.'), path.size());
  return closest(path.substr(0, dot), known).value_or(path.substr(0, dot)) + path.substr(dot);
}

/// Axes of which a value or a step of the path names no type: where those below them exist, nobody knows.
void leave_out_unknown_names(Experiment& experiment, Diagnostics& problems) {
  std::erase_if(experiment.space.groups, [&](const AxisGroup& group) {
    if (!tell_unknown_names(group, experiment.base.root, problems)) {
      for (const Axis& axis : group.axes) experiment.broken.push_back(meant_path(axis.path));
      return true;
    }
    return false;
  });
}

/// Axes that exist only where a broken one chooses so are left out, and are broken too: nobody knows where
/// they are.
void leave_out_what_hangs_on_broken(Experiment& experiment) {
  const auto hangs = [&experiment](const AxisGroup& group) {
    for (const std::string& broken : experiment.broken) {
      for (const Axis& axis : group.axes) {
        if (decides(broken, axis.path, experiment.base.root)) return true;
      }
      if (!group.when) continue;
      for (const NamedValue& named : experiment.space.conditions[*group.when]) {
        if (named.axis.path == broken) return true;
      }
    }
    return false;
  };
  for (auto found = std::find_if(experiment.space.groups.begin(), experiment.space.groups.end(), hangs);
       found != experiment.space.groups.end();
       found = std::find_if(experiment.space.groups.begin(), experiment.space.groups.end(), hangs)) {
    for (const Axis& axis : found->axes) experiment.broken.push_back(axis.path);
    experiment.space.groups.erase(found);
  }
}

/// What is named wrongly says nothing of the points: all that hangs on it is left out. Returns its mistakes.
Diagnostics leave_out_misnamed(Experiment& experiment) {
  Diagnostics misnamed;
  tell_misnamed(experiment.space, experiment.broken, misnamed);
  if (!misnamed.has_errors() && experiment.broken.empty()) return misnamed;
  std::erase_if(experiment.space.groups, [&](const AxisGroup& group) {
    if (!group.when) return false;
    for (const Axis& axis : group.axes) experiment.broken.push_back(axis.path);
    return true;
  });
  experiment.space.conditions.clear();
  experiment.space.excluded.clear();
  experiment.space.included.clear();
  return misnamed;
}

/// Is an axis of the experiment, or where it stands, wrong? Then what names axes may be right.
bool tells_of_axes(const Experiment& experiment, const Diagnostics& problems) {
  constexpr std::array<std::string_view, 3> keys{"axes", "together", "when"};
  return std::any_of(problems.items().begin(), problems.items().end(), [&](const Diagnostic& item) {
    if (item.severity != Severity::error || item.place.source != experiment.document.place.source)
      return false;
    const bool is_misplaced_key = item.code == Code::unknown_key && item.path.empty();
    return item.code == Code::override_path || is_misplaced_key ||
           std::any_of(keys.begin(), keys.end(),
                       [&item](std::string_view key) { return item.path.starts_with(key); });
  });
}

void tell_misnamed_unless_they_follow(const Experiment& experiment, const Diagnostics& misnamed,
                                      Diagnostics& problems) {
  if (tells_of_axes(experiment, problems)) return;
  for (const Diagnostic& item : misnamed.items()) problems.add(item);
}

/// Could what is told of a trial come from a broken path alone? A key that it was to give is not missing.
bool follows_from_broken(const Diagnostic& item, const std::vector<std::string>& broken) {
  if (item.code != Code::missing_key) return false;
  return std::any_of(broken.begin(), broken.end(), [&item](const std::string& path) {
    return item.path.empty() || begins_with_steps(path, item.path);
  });
}

/// Mistakes of single points, put together: each is told once; one that not all points have says how many
/// trials have it, and the axes' values that these share, or their first point if they share none.
class PointProblems {
 public:
  explicit PointProblems(const std::vector<AxisGroup>& groups) {
    for (const AxisGroup& group : groups) {
      if (group.is_drawn()) drawn_.push_back(group.axes[0].place);
    }
  }

  void add(const std::vector<Diagnostic>& found, const Point& point) {
    std::unordered_set<std::string> told_here;
    for (const Diagnostic& item : found) {
      std::string key = code_text(item.code) + "|" + std::to_string(item.place.source) + "|" +
                        std::to_string(item.place.offset) + "|" + item.path;
      // What is wrong with one drawn number is so with most.
      const bool is_drawn = std::find(drawn_.begin(), drawn_.end(), item.place) != drawn_.end();
      if (!is_drawn) key += "|" + item.message;
      if (!told_here.insert(key).second) continue;
      const auto [entry, is_new] = index_.emplace(std::move(key), entries_.size());
      if (is_new) entries_.push_back({item, point, point, 0});
      if (is_new && is_drawn && item.code == Code::bad_number)
        entries_.back().item.hint = "numbers are drawn; write {range: [first, last]} for integers";
      Entry& known = entries_[entry->second];
      ++known.points;
      std::erase_if(known.shared, [&point](const auto& axis) { return !has(point, axis); });
    }
    ++points_;
  }

  void tell(std::size_t seeds, Diagnostics& problems) const {
    for (const Entry& entry : entries_) {
      Diagnostic told = entry.item;
      if (entry.points < points_) told.message += " (" + where(entry, seeds) + ")";
      problems.add(std::move(told));
    }
  }

 private:
  struct Entry {
    Diagnostic item;
    Point first;
    Point shared;  ///< values that all points with this mistake have
    std::size_t points = 0;
  };

  static bool has(const Point& point, const std::pair<std::string, Node>& axis) {
    return std::any_of(point.begin(), point.end(), [&axis](const auto& other) {
      return other.first == axis.first && other.second.same_as(axis.second);
    });
  }

  std::string where(const Entry& entry, std::size_t seeds) const {
    const std::string counted = "in " + std::to_string(entry.points * seeds) + " of " +
                                count_of(static_cast<std::int64_t>(points_ * seeds), "trial");
    if (!entry.shared.empty()) return counted + ", with " + to_text(entry.shared);
    return counted + ", first with " + to_text(entry.first);
  }

  std::vector<Place> drawn_;  ///< axes whose numbers are drawn
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
  std::size_t points_ = 0;
};

/// What is changed in the base at a point.
class PointOverrides {
 public:
  PointOverrides(const Experiment& experiment, const std::vector<Override>& command_line)
      : shared_(experiment.set) {
    shared_.insert(shared_.end(), command_line.begin(), command_line.end());
    for (const AxisGroup& group : experiment.space.groups) {
      for (const Axis& axis : group.axes) places_.emplace(axis.path, axis.place);
    }
  }

  std::vector<Override> at(const Point& point) const {
    std::vector<Override> all;
    all.reserve(shared_.size() + point.size() + 1);
    all = shared_;
    for (const auto& [path, value] : point) {
      Override& item = all.emplace_back();
      item.path = path;
      item.value = value;
      item.place = places_.at(path);
      item.label = "axis";
    }
    return all;
  }

 private:
  std::vector<Override> shared_;
  std::unordered_map<std::string, Place> places_;
};

/// Headers of data sets, each read once; what was told of one is told again to whoever asks for it.
class Headers {
 public:
  Headers(const DataPlaces& places, bool must_exist) : places_(places), must_exist_(must_exist) {}

  /// A data set's header, and the number that it has among all.
  std::pair<const std::optional<DataHeader>*, std::size_t> of(const Identified& config,
                                                              Diagnostics& problems) {
    static const Field any;
    const Node written = write_value(any, type_ops<Dataset>(), &config.spec.dataset, WriteMode::full);
    const auto [found, is_new] = known_.try_emplace(json_line(written));
    Known& known = found->second;
    if (is_new) {
      known.number = known_.size() - 1;
      const SpecReader reader{known.problems, config.written};
      known.header = read_data_header(config.spec.dataset, places_, must_exist_, reader, known.problems);
    }
    add_all(known.problems, problems);
    return {&known.header, known.number};
  }

 private:
  struct Known {
    std::size_t number = 0;
    std::optional<DataHeader> header;
    Diagnostics problems;
  };
  static void add_all(const Diagnostics& from, Diagnostics& to) {
    for (const Diagnostic& item : from.items()) to.add(item);
  }
  const DataPlaces& places_;
  bool must_exist_;
  std::map<std::string, Known> known_;
};

std::vector<std::int64_t> seeds_of(const Experiment& experiment, std::int64_t own_seed) {
  if (!experiment.seeds.empty()) return experiment.seeds;
  std::vector<std::int64_t> seeds;
  for (std::int64_t index = 0; index < experiment.seed_count.value_or(1); ++index)
    seeds.push_back(own_seed + index);
  return seeds;
}

/// The trials of one point; nothing is added when it has a mistake.
class TrialMaker {
 public:
  TrialMaker(const Experiment& experiment, const std::vector<Override>& command_line,
             const DataQuestion& data)
      : experiment_(experiment),
        overrides_(experiment, command_line),
        headers_(data.places, data.must_exist),
        memory_(data.memory),
        problems_(experiment.space.groups) {}

  void reserve(std::size_t points) {
    const std::size_t seeds = seed_count();
    made_.trials.reserve(points * seeds);
    made_.costs.reserve(points);
    made_.cost_of.reserve(points * seeds);
    ids_.reserve(points * seeds);
  }

  void add(const Point& point, bool is_probe = false) {
    const std::vector<Override> overrides = overrides_.at(point);
    Diagnostics found;
    is_probe_ = is_probe;
    make(point, overrides, found);
    if (found.items().empty()) {
      problems_.add({}, point);
      return;
    }
    std::vector<Diagnostic> told = found.items();
    // A path that leads nowhere must not hide what is wrong with the rest.
    const std::vector<Override> sound = without_bad_paths(overrides, found);
    if (sound.size() < overrides.size()) {
      Diagnostics of_rest;
      make(point, sound, of_rest);
      told.insert(told.end(), of_rest.items().begin(), of_rest.items().end());
    }
    std::erase_if(told,
                  [this](const Diagnostic& item) { return follows_from_broken(item, experiment_.broken); });
    problems_.add(told, point);
    const auto error = std::find_if(told.begin(), told.end(),
                                    [](const Diagnostic& item) { return item.severity == Severity::error; });
    if (error != told.end()) made_.invalid.push_back({point, error->message});
  }

  Trials take(Diagnostics& problems) {
    problems_.tell(seed_count(), problems);
    return std::move(made_);
  }

 private:
  std::size_t seed_count() const {
    return experiment_.seeds.empty() ? static_cast<std::size_t>(experiment_.seed_count.value_or(1))
                                     : experiment_.seeds.size();
  }

  static std::vector<Override> without_bad_paths(std::vector<Override> overrides, const Diagnostics& found) {
    std::erase_if(overrides, [&found](const Override& item) {
      return std::any_of(found.items().begin(), found.items().end(), [&item](const Diagnostic& told) {
        return told.code == Code::override_path && told.place.source == item.place.source &&
               told.place.offset >= item.place.offset &&
               told.place.offset + told.place.length <= item.place.offset + item.place.length;
      });
    });
    return overrides;
  }

  void make(const Point& point, const std::vector<Override>& overrides, Diagnostics& found) {
    std::optional<Identified> config = identify(experiment_.base, overrides, found);
    if (!config) return;
    if (config->spec.name == experiment_.spec.name && experiment_.spec.base.is_scalar()) {
      found.error(Code::experiment, place_of(experiment_, "name"), "name",
                  "experiment and base are both called '" + config->spec.name + "', and would share a folder",
                  "give the experiment another `name`");
    }
    const auto [header, data] = headers_.of(*config, found);
    if (found.has_errors()) return;
    TrialCost cost;
    if (*header) {
      const SpecReader reader{found, config->written};
      const std::optional<Plan> plan = make_plan(config->spec, **header, reader, found);
      if (!plan) return;
      tell_objective(*plan, found);
      check_memory(config->spec, *plan, memory_, reader, found);
      cost = {rough_seconds(config->spec, *plan), plan->memory};
    }
    config->spec.name = experiment_.spec.name;
    Trial trial{point, config->spec.seed, std::move(config->id), std::move(config->spec), data};
    if (is_probe_) {
      made_.probes.push_back({std::move(trial), cost});
      return;
    }
    made_.costs.push_back(cost);
    for (const std::int64_t seed : seeds_of(experiment_, trial.seed)) add_seed(trial, seed);
  }

  void add_seed(const Trial& first, std::int64_t seed) {
    Trial trial = first;
    if (seed != first.seed) {
      trial.seed = trial.spec.seed = seed;
      trial.id = run_id(trial.spec);
    }
    const auto [found, is_new] = ids_.emplace(trial.id, made_.trials.size());
    if (!is_new) {
      ++made_.merged;
      if (!same_point(trial.point, made_.trials[found->second].point))
        made_.doubles.emplace_back(found->second, trial.point);
      return;
    }
    made_.trials.push_back(std::move(trial));
    made_.cost_of.push_back(made_.costs.size() - 1);
  }

  void tell_objective(const Plan& plan, Diagnostics& found) const {
    if (!experiment_.spec.objective) return;
    const SweepObjective& objective = *experiment_.spec.objective;
    const std::string metric = objective.maximize ? *objective.maximize : objective.minimize.value_or("");
    const Place place = place_of(experiment_, "objective");
    const auto is_of_validation = [](const std::string& path) {
      return begins_with_steps(path, "validation");
    };
    const bool is_validation_known =
        std::none_of(experiment_.broken.begin(), experiment_.broken.end(), is_of_validation);
    if (metric.starts_with("validation.") && plan.validation_samples.value_or(1) == 0) {
      if (!is_validation_known) return;
      found.error(Code::experiment, place, "objective",
                  "'" + metric + "' is not measured: no validation part is held out",
                  "add `validation: 0.1` to `set`");
    } else if (metric.starts_with("test.")) {
      found.warning(Code::suspicious, place, "objective",
                    "points are chosen by the test part, so its figures no longer say how good the choice is "
                    "on new data",
                    "hold out a part: `validation: 0.1`, and use `validation.accuracy`");
    }
  }

  const Experiment& experiment_;
  PointOverrides overrides_;
  Headers headers_;
  MemoryLimit memory_;
  Trials made_;
  PointProblems problems_;
  std::unordered_map<std::string, std::size_t> ids_;
  bool is_probe_ = false;
};

/// The point without one of its axes.
std::string key_without(const Point& point, const std::string& path) {
  Point rest;
  for (const auto& axis : point) {
    if (axis.first != path) rest.push_back(axis);
  }
  return key_of(rest);
}

/// Does the axis have several values at each of which all else gives the same run?
bool differs_in_nothing(const Trials& trials, const std::string& path) {
  const auto has_axis = [&path](const Point& point) {
    return std::any_of(point.begin(), point.end(), [&path](const auto& axis) { return axis.first == path; });
  };
  std::unordered_map<std::string, const Point*> seen;
  for (const Trial& trial : trials.trials) {
    if (!has_axis(trial.point)) continue;
    const auto [found, is_new] = seen.emplace(key_without(trial.point, path), &trial.point);
    if (!is_new && !same_point(*found->second, trial.point)) return false;
  }
  return std::any_of(trials.doubles.begin(), trials.doubles.end(), [&](const auto& same) {
    const Point& first = trials.trials[same.first].point;
    return has_axis(first) && has_axis(same.second) &&
           key_without(first, path) == key_without(same.second, path);
  });
}

/// Points that are the same run as another, by what their axes say.
void tell_same_runs(const Experiment& experiment, const Trials& trials, Diagnostics& problems) {
  if (trials.doubles.empty()) return;
  bool is_told = false;
  std::unordered_set<std::string> looked_at;
  for (const AxisGroup& group : experiment.space.groups) {
    for (const Axis& axis : group.axes) {
      if (!looked_at.insert(axis.path).second || !differs_in_nothing(trials, axis.path)) continue;
      problems.warning(Code::suspicious, axis.place, axis.name(),
                       "this axis changes nothing: all its values give the same run",
                       "leave it out, or give it values that differ in what is trained");
      is_told = true;
    }
  }
  if (is_told) return;
  const auto& [first, second] = trials.doubles[0];
  const Axis* axis = experiment.space.groups.empty() ? nullptr : &experiment.space.groups[0].axes[0];
  problems.warning(Code::suspicious, axis == nullptr ? Place{} : axis->place, "",
                   count_of(trials.merged, "trial") + " would be the same run as an earlier one, first (" +
                       to_text(second) + ") as (" + to_text(trials.trials[first].point) + ")",
                   "each is trained once");
}

bool is_regression(const Dataset& dataset) {
  const Csv* table = std::get_if<Csv>(&dataset);
  return table != nullptr && table->task == Task::regression;
}

/// What judges points needs something to judge them by.
void tell_missing_goal(const Experiment& experiment, const Trials& trials, Diagnostics& problems) {
  if (goal_of(experiment, trials)) return;
  const ExperimentSpec& spec = experiment.spec;
  const auto tell = [&](const std::string& key, const std::string& what) {
    problems.error(Code::experiment, place_of(experiment, key), key,
                   what + ", and there is no objective: no validation part is held out",
                   "add `validation: 0.1` to `set`, or name an `objective`");
  };
  if (std::holds_alternative<TpeMethod>(spec.method)) tell("method", "tpe chooses by what was reached");
  if (spec.prune) tell("prune", "points are pruned by what they reached");
  if (spec.budget.target) tell("budget", "the target is an objective's");
}

void tell_prunes_nothing(const Experiment& experiment, const Trials& trials, Diagnostics& problems) {
  const AshaPruner* asha = experiment.spec.prune ? std::get_if<AshaPruner>(&*experiment.spec.prune) : nullptr;
  if (asha == nullptr) return;
  std::int64_t longest = 0;
  for (const Trial& trial : trials.trials) longest = std::max(longest, trial.spec.epochs);
  for (const Probe& probe : trials.probes) longest = std::max(longest, probe.trial.spec.epochs);
  if (longest == 0 || asha->min_epochs < longest) return;
  problems.warning(Code::suspicious, place_of(experiment, "prune"), "prune.asha.min_epochs",
                   "nothing is ever pruned: no trial has more than " + count_of(longest, "epoch"),
                   "write a smaller number");
}

}  // namespace

std::optional<Trials> plan_trials(const Experiment& written, const std::vector<Override>& command_line,
                                  const DataQuestion& data, Diagnostics& problems) {
  Experiment experiment = written;
  leave_out_double_paths(experiment, command_line, problems);
  leave_out_unknown_names(experiment, problems);
  leave_out_what_hangs_on_broken(experiment);
  const Diagnostics misnamed = leave_out_misnamed(experiment);
  const Points points = make_points(experiment.space, experiment.spec.method, problems);
  if (points.points.empty() && points.probes.empty()) {
    tell_misnamed_unless_they_follow(experiment, misnamed, problems);
    return std::nullopt;
  }
  TrialMaker maker(experiment, command_line, data);
  maker.reserve(points.points.size());
  for (const Point& point : points.points) maker.add(point);
  for (const Point& probe : points.probes) maker.add(probe, true);
  Trials trials = maker.take(problems);
  tell_misnamed_unless_they_follow(experiment, misnamed, problems);
  trials.left_out = points.left_out;
  trials.chosen_later = points.chosen_later;
  if (!problems.has_errors()) tell_same_runs(experiment, trials, problems);
  if (!problems.has_errors()) tell_missing_goal(experiment, trials, problems);
  tell_prunes_nothing(experiment, trials, problems);
  return trials;
}

std::optional<Trials> make_trials(const Experiment& experiment, const std::vector<Override>& command_line,
                                  const DataQuestion& data, Diagnostics& problems) {
  std::optional<Trials> trials = plan_trials(experiment, command_line, data, problems);
  if (problems.has_errors()) return std::nullopt;
  return trials;
}

Resolved whole_config(const Experiment& experiment, const std::vector<Override>& command_line,
                      const Trial& trial) {
  std::vector<Override> overrides = PointOverrides(experiment, command_line).at(trial.point);
  Diagnostics told;  // all of it was told when the trial was made
  std::optional<Resolved> config = resolve(experiment.base, overrides, told);
  if (config && config->spec.seed != trial.seed) {
    Override seed;
    seed.path = "seed";
    seed.value = Node::number(trial.seed);
    seed.value.place = seed.place = experiment.spec.seeds.place;
    seed.label = "seeds";
    overrides.push_back(std::move(seed));
    config = resolve(experiment.base, overrides, told);
  }
  assert(config && config->id == trial.id);
  config->spec.name = trial.spec.name;
  config->document.set("name", Node::string(trial.spec.name));
  return std::move(*config);
}

std::optional<Goal> goal_of(const Experiment& experiment, const Trials& trials) {
  if (trials.trials.empty() && trials.probes.empty()) return std::nullopt;
  const TrainingSpec& spec = trials.trials.empty() ? trials.probes[0].trial.spec : trials.trials[0].spec;
  const std::optional<SweepObjective>& own = experiment.spec.objective;
  const ObjectiveAt at = own ? own->at : ObjectiveAt::last;
  std::optional<Objective> objective = spec.objective;
  if (own) objective = Objective{own->maximize, own->minimize};
  if (objective && objective->maximize) return Goal{*objective->maximize, true, at};
  if (objective && objective->minimize) return Goal{*objective->minimize, false, at};
  const bool has_validation =
      std::any_of(trials.trials.begin(), trials.trials.end(),
                  [](const Trial& trial) { return trial.spec.validation.has_value(); }) ||
      std::any_of(trials.probes.begin(), trials.probes.end(),
                  [](const Probe& probe) { return probe.trial.spec.validation.has_value(); });
  if (!has_validation) return std::nullopt;
  return is_regression(spec.dataset) ? Goal{"validation.loss", false} : Goal{"validation.accuracy", true};
}

}  // namespace bunsen
