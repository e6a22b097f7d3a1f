#include "sweep/experiment.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <unordered_set>

#include "base/errors.h"
#include "base/files.h"
#include "base/spelling.h"
#include "base/text.h"
#include "config/json.h"
#include "config/text_check.h"
#include "config/yaml.h"

namespace bunsen {
namespace {

Place place_of(const Node& document, const std::string& key) {
  const Node* value = document.find(key);
  return value == nullptr ? Place{} : value->place;
}

std::optional<Node> read_document(const std::filesystem::path& file, Sources& sources,
                                  Diagnostics& problems) {
  try {
    const std::int32_t source =
        sources.add(file.string(), std::string(without_byte_order_mark(read_file(file))));
    return read_yaml(source, sources, problems);
  } catch (const UserError& error) {
    problems.error(Code::unreadable, {}, "", error.what());
    return std::nullopt;
  }
}

bool is_experiment(const Node& document, const std::filesystem::path& file, Diagnostics& problems) {
  if (kind_of(document) != DocumentKind::config) return true;
  problems.error(Code::experiment, document.keys.empty() ? document.place : document.keys[0].place, "",
                 "this is a config, and a sweep takes an experiment",
                 "write `bunsen run " + file.string() + "`, or name it as `base` of an experiment");
  return false;
}

bool read_base(Experiment& experiment, Sources& sources, Diagnostics& problems) {
  const Node& base = experiment.spec.base;
  if (base.is_scalar()) {
    const std::filesystem::path file = (experiment.file.parent_path() / base.text).lexically_normal();
    if (!std::filesystem::exists(file)) {
      problems.error(Code::experiment, base.place, "base", "no such file: " + file.string(),
                     "name a config, relative to this file");
      return false;
    }
    std::optional<ConfigTree> tree = read_config_tree(file, sources, problems);
    if (!tree) return false;
    if (kind_of(tree->root) == DocumentKind::experiment) {
      problems.error(Code::experiment, base.place, "base",
                     "'" + base.text + "' is an experiment, and a base is a config", "name its own base");
      return false;
    }
    experiment.base = std::move(*tree);
    return true;
  }
  if (!base.is_map()) {
    problems.error(Code::experiment, base.place, "base", "a base is a file name or a config in place",
                   "write base: ../configs/NAME.yaml");
    return false;
  }
  if (const Node* extends = base.find("extends")) {
    problems.error(Code::experiment, extends->place, "base.extends", "a config in place extends nothing",
                   "move it to a file of its own and name that");
    return false;
  }
  experiment.base = {base, experiment.spec.name, experiment.file.parent_path()};
  return true;
}

std::vector<std::int64_t> listed_seeds(const Node& list, Diagnostics& problems) {
  std::vector<std::int64_t> seeds;
  for (const Node& item : list.items) {
    const std::optional<std::int64_t> seed = item.as_integer();
    if (!seed || *seed < 0 || item.quoted) {
      problems.error(Code::experiment, item.place, "seeds", "a seed is an integer from 0", "write [0, 1, 2]");
    } else if (std::find(seeds.begin(), seeds.end(), *seed) != seeds.end()) {
      problems.error(Code::experiment, item.place, "seeds", "seed " + item.text + " is listed twice",
                     "leave one out");
    } else {
      seeds.push_back(*seed);
    }
  }
  if (list.items.empty())
    problems.error(Code::experiment, list.place, "seeds", "no seed is listed",
                   "write a number of seeds, or [0, 1, 2]");
  return seeds;
}

void read_seeds(Experiment& experiment, Diagnostics& problems) {
  const Node& seeds = experiment.spec.seeds;
  if (seeds.is_null()) return;
  if (seeds.is_list()) {
    experiment.seeds = listed_seeds(seeds, problems);
    return;
  }
  experiment.seed_count = seeds.is_scalar() && !seeds.quoted ? seeds.as_integer() : std::nullopt;
  if (experiment.seed_count && *experiment.seed_count >= 1 && *experiment.seed_count <= 100000) return;
  experiment.seed_count.reset();
  problems.error(Code::experiment, seeds.place, "seeds",
                 "seeds is a number of seeds from 1, or a list of seeds", "write 3, or [0, 1, 2]");
}

Place key_place(const Node* map, const std::string& key) {
  if (map == nullptr) return {};
  for (const Key& written : map->keys) {
    if (written.text == key) return written.place;
  }
  return map->place;
}

void read_axes(Experiment& experiment, Diagnostics& problems) {
  const Node* map = experiment.document.find("axes");
  for (const auto& [path, written] : experiment.spec.axes) {
    const Place place = key_place(map, path);
    AxisGroup group;
    group.axes.push_back({path, place});
    if (!written.is_null()) {  // that nothing is written was told
      for (Node& value : axis_values("axes." + path, place, written, problems))
        group.rows.push_back({std::move(value)});
    }
    if (group.rows.empty()) {
      experiment.broken.push_back(path);
    } else {
      experiment.groups.push_back(std::move(group));
    }
  }
}

/// One group of axes that move together; nothing when one has no values, or not as many as the first.
std::optional<AxisGroup> read_group(const PathValues& paths, const Node* map, const std::string& name,
                                    Diagnostics& problems) {
  AxisGroup group;
  bool is_good = true;
  for (const auto& [path, written] : paths) {
    const Place place = key_place(map, path);
    std::vector<Node> values;
    if (!written.is_null()) values = axis_values(name + "." + path, place, written, problems);
    if (values.empty()) {
      is_good = false;
      continue;
    }
    if (!group.axes.empty() && values.size() != group.rows.size()) {
      problems.error(Code::experiment, place, name + "." + path,
                     "has " + count_of(static_cast<std::int64_t>(values.size()), "value") + ", and '" +
                         group.axes[0].path + "', which moves together with it, has " +
                         std::to_string(group.rows.size()),
                     "give both the same number of values");
      is_good = false;
      continue;
    }
    group.rows.resize(values.size());
    for (std::size_t row = 0; row < values.size(); ++row) group.rows[row].push_back(std::move(values[row]));
    group.axes.push_back({path, place});
  }
  return is_good && !group.axes.empty() ? std::optional<AxisGroup>(std::move(group)) : std::nullopt;
}

void read_together(Experiment& experiment, Diagnostics& problems) {
  const Node* list = experiment.document.find("together");
  for (std::size_t index = 0; index < experiment.spec.together.size(); ++index) {
    const PathValues& paths = experiment.spec.together[index];
    const Node* map = list == nullptr || index >= list->items.size() ? nullptr : &list->items[index];
    std::optional<AxisGroup> group = read_group(paths, map, "together." + std::to_string(index), problems);
    if (group) {
      experiment.groups.push_back(std::move(*group));
      continue;
    }
    for (const auto& [path, written] : paths) experiment.broken.push_back(path);
  }
}

/// A path may be named once: as an axis, in `set`, or on the command line. What names it again is left out.
void leave_out_double_paths(Experiment& experiment, const std::vector<Override>& command_line,
                            Diagnostics& problems) {
  std::map<std::string, std::string> said_by;
  for (const Override& item : experiment.set) said_by.emplace(item.path, "`set`");
  for (const Override& item : command_line) said_by[item.path] = item.label.empty() ? "--set" : item.label;
  std::erase_if(experiment.groups, [&](const AxisGroup& group) {
    bool is_double = false;
    for (const Axis& axis : group.axes) {
      const auto [found, is_new] = said_by.emplace(axis.path, "another axis");
      if (is_new) continue;
      problems.error(Code::experiment, axis.place, "axes." + axis.path,
                     "this axis is also named by " + found->second, "name it once");
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
  std::erase_if(experiment.groups, [&](const AxisGroup& group) {
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
    for (const Axis& axis : group.axes) {
      for (const std::string& broken : experiment.broken) {
        if (decides(broken, axis.path, experiment.base.root)) return true;
      }
    }
    return false;
  };
  for (auto found = std::find_if(experiment.groups.begin(), experiment.groups.end(), hangs);
       found != experiment.groups.end();
       found = std::find_if(experiment.groups.begin(), experiment.groups.end(), hangs)) {
    for (const Axis& axis : found->axes) experiment.broken.push_back(axis.path);
    experiment.groups.erase(found);
  }
}

/// Could what is told of a trial come from a broken path alone? A key that it was to give is not missing.
bool follows_from_broken(const Diagnostic& item, const std::vector<std::string>& broken) {
  if (item.code != Code::missing_key) return false;
  return std::any_of(broken.begin(), broken.end(), [&item](const std::string& path) {
    return item.path.empty() || begins_with_steps(path, item.path);
  });
}

void read_set(Experiment& experiment) {
  for (const auto& [path, value] : experiment.spec.set) {
    if (value.is_null()) {  // that was told
      experiment.broken.push_back(path);
      continue;
    }
    Override item;
    item.path = path;
    item.value = value;
    item.place = key_place(experiment.document.find("set"), path);
    item.label = "set";
    experiment.set.push_back(std::move(item));
  }
}

/// Mistakes of single points, put together: each is told once; one that not all points have says how many
/// trials have it, and the axes' values that these share, or their first point if they share none.
class PointProblems {
 public:
  void add(const std::vector<Diagnostic>& found, const Point& point) {
    std::unordered_set<std::string> told_here;
    for (const Diagnostic& item : found) {
      std::string key = code_text(item.code) + "|" + std::to_string(item.place.source) + "|" +
                        std::to_string(item.place.offset) + "|" + item.path + "|" + item.message;
      if (!told_here.insert(key).second) continue;
      const auto [entry, is_new] = index_.emplace(std::move(key), entries_.size());
      if (is_new) entries_.push_back({item, point, point, 0});
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

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
  std::size_t points_ = 0;
};

std::vector<Override> overrides_of(const Experiment& experiment, const std::vector<Override>& command_line,
                                   const Point& point) {
  std::vector<Override> all = experiment.set;
  all.insert(all.end(), command_line.begin(), command_line.end());
  std::map<std::string, Place> places;
  for (const AxisGroup& group : experiment.groups) {
    for (const Axis& axis : group.axes) places.emplace(axis.path, axis.place);
  }
  for (const auto& [path, value] : point) {
    Override item;
    item.path = path;
    item.value = value;
    item.place = places.at(path);
    item.label = "axis";
    all.push_back(std::move(item));
  }
  return all;
}

Override seed_override(std::int64_t seed, const Place& place) {
  Override item;
  item.path = "seed";
  item.value = Node::number(seed);
  item.value.place = place;
  item.place = place;
  item.label = "seeds";
  return item;
}

void rename(Resolved& resolved, const std::string& name) {
  resolved.spec.name = name;
  resolved.document.set("name", Node::string(name));
}

/// Headers of data sets, each read once; what was told of one is told again to whoever asks for it.
class Headers {
 public:
  Headers(const DataPlaces& places, bool must_exist) : places_(places), must_exist_(must_exist) {}

  const std::optional<DataHeader>& of(const Resolved& resolved, Diagnostics& problems) {
    const Node* written = resolved.document.find("dataset");
    const auto [found, is_new] = known_.try_emplace(written == nullptr ? std::string() : json_line(*written));
    Known& known = found->second;
    if (is_new) {
      const SpecReader reader{known.problems, resolved.written};
      known.header = read_data_header(resolved.spec.dataset, places_, must_exist_, reader, known.problems);
    }
    add_all(known.problems, problems);
    return known.header;
  }

 private:
  struct Known {
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
      : experiment_(experiment), command_line_(command_line), headers_(data.places, data.must_exist) {}

  void add(const Point& point) {
    const std::vector<Override> overrides = overrides_of(experiment_, command_line_, point);
    Diagnostics found;
    make(point, overrides, found);
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
  }
  Trials take(Diagnostics& problems) {
    const std::size_t seeds = experiment_.seeds.empty()
                                  ? static_cast<std::size_t>(experiment_.seed_count.value_or(1))
                                  : experiment_.seeds.size();
    problems_.tell(seeds, problems);
    return std::move(made_);
  }

 private:
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
    std::optional<Resolved> first = resolve(experiment_.base, overrides, found);
    if (!first) return;
    if (first->spec.name == experiment_.spec.name && experiment_.spec.base.is_scalar()) {
      found.error(Code::experiment, place_of(experiment_.document, "name"), "name",
                  "experiment and base are both called '" + first->spec.name + "', and would share a folder",
                  "give the experiment another `name`");
    }
    const std::optional<DataHeader>& header = headers_.of(*first, found);
    if (found.has_errors()) return;
    if (header) {
      const SpecReader reader{found, first->written};
      std::optional<Plan> plan = make_plan(first->spec, *header, reader, found);
      if (!plan) return;
      tell_objective(*plan, found);
      made_.plans.push_back(std::move(*plan));
    } else {
      made_.plans.push_back({});
    }
    for (const std::int64_t seed : seeds_of(experiment_, first->spec.seed))
      add_seed(point, seed, *first, overrides, found);
  }

  void add_seed(const Point& point, std::int64_t seed, const Resolved& first, std::vector<Override> overrides,
                Diagnostics& found) {
    Trial trial{point, seed, first};
    if (seed != first.spec.seed) {
      overrides.push_back(seed_override(seed, experiment_.spec.seeds.place));
      std::optional<Resolved> other = resolve(experiment_.base, overrides, found);
      if (!other) return;
      trial.resolved = std::move(*other);
    }
    if (!ids_.insert(trial.resolved.id).second) {
      ++made_.merged;
      return;
    }
    rename(trial.resolved, experiment_.spec.name);
    made_.trials.push_back(std::move(trial));
    made_.plan_of.push_back(made_.plans.size() - 1);
  }

  void tell_objective(const Plan& plan, Diagnostics& found) const {
    if (!experiment_.spec.objective) return;
    const Objective& objective = *experiment_.spec.objective;
    const std::string metric = objective.maximize ? *objective.maximize : objective.minimize.value_or("");
    const Place place = place_of(experiment_.document, "objective");
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
  const std::vector<Override>& command_line_;
  Headers headers_;
  Trials made_;
  PointProblems problems_;
  std::unordered_set<std::string> ids_;
};

constexpr std::array<std::string_view, 8> config_words{"layers", "dataset", "loss",    "optimizer",
                                                       "epochs", "batch",   "extends", "transform"};
bool is_regression(const Dataset& dataset) {
  const Csv* table = std::get_if<Csv>(&dataset);
  return table != nullptr && table->task == Task::regression;
}

/// Is the value of `base`, `set`, `axes` or `together` of the kind that it has to be?
bool has_paths(const std::string& key, const Node& value) {
  if (key == "base") return !value.is_null();
  if (key != "together") return value.is_map();
  return value.is_list() &&
         std::all_of(value.items.begin(), value.items.end(), [](const Node& item) { return item.is_map(); });
}

/// In an experiment that was not read without a mistake: is it known at least what the trials are made of? A
/// key that means nothing may well have been one of these.
bool says_what_varies(const Node& document) {
  const FieldTable& table = field_table<ExperimentSpec>();
  constexpr std::array<std::string_view, 5> harmless{"name", "question", "seeds", "method", "objective"};
  std::vector<std::string> known;
  for (const Field& field : table.fields) known.emplace_back(field.name);
  for (std::size_t i = 0; i < document.keys.size(); ++i) {
    const std::string& key = document.keys[i].text;
    const std::string meant = table.find(key) != nullptr ? key : closest(key, known).value_or("");
    const bool is_harmless = std::find(harmless.begin(), harmless.end(), meant) != harmless.end();
    if (!is_harmless && (meant != key || !has_paths(key, document.items[i]))) return false;
  }
  return true;
}

std::string default_name(const std::filesystem::path& file) {
  std::string name = file.stem().string();
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

std::vector<Contradiction> ExperimentSpec::contradictions() const { return name_contradictions(name); }

template <>
const TypeOps& type_ops<Node>() {
  static const TypeOps ops = [] {
    TypeOps made;
    made.type_name = "value";
    made.read = [](SpecReader&, const Field&, const Node& node, const std::string&, void* value) {
      *static_cast<Node*>(value) = node;
      return true;
    };
    made.write = [](const void* value) { return *static_cast<const Node*>(value); };
    return made;
  }();
  return ops;
}

DocumentKind kind_of(const Node& document) {
  const auto count = [&document](const auto& words) {
    return std::count_if(words.begin(), words.end(),
                         [&](std::string_view word) { return document.find(word) != nullptr; });
  };
  // One key of the other kind is a slip, not another kind of file.
  const auto of_experiment = count(experiment_words);
  const auto of_config = count(config_words);
  if (of_experiment > 0 && of_experiment >= of_config) return DocumentKind::experiment;
  return of_config > 0 ? DocumentKind::config : DocumentKind::unknown;
}

Documents all_documents() {
  return {{"", &field_table<TrainingSpec>()},
          {"experiment", &field_table<ExperimentSpec>()},
          {"experiment.axes.*", &steps_table()}};
}

std::optional<Experiment> read_experiment(const std::filesystem::path& file, Sources& sources,
                                          Diagnostics& problems) {
  std::optional<Node> document = read_document(file, sources, problems);
  if (!document || !is_experiment(*document, file, problems)) return std::nullopt;
  Experiment experiment;
  experiment.file = std::filesystem::absolute(file).lexically_normal();
  experiment.document = std::move(*document);
  SpecReader reader{problems};
  const bool is_read =
      read_table(reader, field_table<ExperimentSpec>(), experiment.document, "", &experiment.spec);
  if (experiment.spec.name.empty()) experiment.spec.name = default_name(file);
  read_set(experiment);
  read_seeds(experiment, problems);
  read_axes(experiment, problems);
  read_together(experiment, problems);
  const bool has_base = !experiment.spec.base.is_null() && read_base(experiment, sources, problems);
  if (!has_base || (!is_read && !says_what_varies(experiment.document))) return std::nullopt;
  return experiment;
}

std::optional<Trials> make_trials(const Experiment& written, const std::vector<Override>& command_line,
                                  const DataQuestion& data, Diagnostics& problems) {
  Experiment experiment = written;
  leave_out_double_paths(experiment, command_line, problems);
  leave_out_unknown_names(experiment, problems);
  leave_out_what_hangs_on_broken(experiment);
  const std::size_t errors_before = problems.error_count();
  const std::vector<Point> points = grid_points(experiment.groups, experiment.base.root, problems);
  if (problems.error_count() > errors_before && points.empty()) return std::nullopt;
  TrialMaker maker(experiment, command_line, data);
  for (const Point& point : points) maker.add(point);
  Trials trials = maker.take(problems);
  if (problems.has_errors()) return std::nullopt;
  return trials;
}

std::optional<Goal> goal_of(const Experiment& experiment, const Trials& trials) {
  if (trials.trials.empty()) return std::nullopt;
  const TrainingSpec& spec = trials.trials[0].resolved.spec;
  const std::optional<Objective>& objective =
      experiment.spec.objective ? experiment.spec.objective : spec.objective;
  if (objective && objective->maximize) return Goal{*objective->maximize, true};
  if (objective && objective->minimize) return Goal{*objective->minimize, false};
  const bool has_validation = std::any_of(trials.trials.begin(), trials.trials.end(), [](const Trial& trial) {
    return trial.resolved.spec.validation.has_value();
  });
  if (!has_validation) return std::nullopt;
  return is_regression(spec.dataset) ? Goal{"validation.loss", false} : Goal{"validation.accuracy", true};
}

}  // namespace bunsen
