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
#include "sweep/point_table.h"

namespace bunsen {
namespace {

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

/// Where values of the file are, and what their keys are called.
struct Written {
  const Node* map = nullptr;
  std::string name;  ///< `together.0`
};

bool has_misspelled_method(const Node& document) {
  std::vector<std::string> known;
  for (const Field& field : field_table<ExperimentSpec>().fields) known.emplace_back(field.name);
  return std::any_of(document.keys.begin(), document.keys.end(),
                     [&known](const Key& key) { return closest(key.text, known) == "method"; });
}

/// Do axes need no steps? Where it is not clear which method is meant, missing ones are not told.
bool may_draw(const Experiment& experiment) {
  const Node* method = experiment.document.find("method");
  if (method == nullptr) return has_misspelled_method(experiment.document);
  const std::string name = method->is_scalar()                         ? method->text
                           : method->is_map() && !method->keys.empty() ? method->keys[0].text
                                                                       : "";
  return name != "grid" && name != "csv";
}

std::optional<AxisGroup> read_axis(const std::string& path, const Node& value, const Written& written,
                                   bool may_draw_values, Diagnostics& problems) {
  if (value.is_null()) return std::nullopt;  // that was told
  const Axis axis{path, key_place(written.map, path), written.name + "." + path};
  std::optional<AxisValues> values = axis_values(axis.name(), axis.place, value, may_draw_values, problems);
  if (!values) return std::nullopt;
  AxisGroup group;
  group.axes.push_back(axis);
  for (Node& each : values->listed) group.rows.push_back({std::move(each)});
  group.domain = values->domain;
  return group;
}

/// Each path is an axis of its own.
void read_axes(Experiment& experiment, const PathValues& paths, const Written& written,
               std::optional<std::size_t> when, Diagnostics& problems) {
  for (const auto& [path, value] : paths) {
    std::optional<AxisGroup> group = read_axis(path, value, written, may_draw(experiment), problems);
    if (!group) {
      experiment.broken.push_back(path);
      continue;
    }
    group->when = when;
    experiment.space.groups.push_back(std::move(*group));
  }
}

/// One group of axes that move together; nothing when one has no values, or not as many as the first.
std::optional<AxisGroup> read_group(const PathValues& paths, const Written& written, Diagnostics& problems) {
  AxisGroup group;
  bool is_good = true;
  for (const auto& [path, value] : paths) {
    std::optional<AxisGroup> axis = read_axis(path, value, written, false, problems);
    if (!axis) {
      is_good = false;
      continue;
    }
    if (group.axes.empty()) {
      group = std::move(*axis);
      continue;
    }
    if (axis->rows.size() != group.rows.size()) {
      problems.error(Code::experiment, axis->axes[0].place, axis->axes[0].name(),
                     "has " + count_of(static_cast<std::int64_t>(axis->rows.size()), "value") + ", and '" +
                         group.axes[0].path + "', which moves together with it, has " +
                         std::to_string(group.rows.size()),
                     "give both the same number of values");
      is_good = false;
      continue;
    }
    for (std::size_t row = 0; row < group.rows.size(); ++row)
      group.rows[row].push_back(std::move(axis->rows[row][0]));
    group.axes.push_back(std::move(axis->axes[0]));
  }
  return is_good && !group.axes.empty() ? std::optional<AxisGroup>(std::move(group)) : std::nullopt;
}

/// An item of a list of the document that was read well enough to have one.
const Node* item_of(const Experiment& experiment, const std::string& key, std::size_t index) {
  const Node* list = experiment.document.find(key);
  return list == nullptr || index >= list->items.size() ? nullptr : &list->items[index];
}

void read_together(Experiment& experiment, Diagnostics& problems) {
  for (std::size_t index = 0; index < experiment.spec.together.size(); ++index) {
    const PathValues& paths = experiment.spec.together[index];
    const Written written{item_of(experiment, "together", index), "together." + std::to_string(index)};
    std::optional<AxisGroup> group = read_group(paths, written, problems);
    if (group) {
      experiment.space.groups.push_back(std::move(*group));
      continue;
    }
    for (const auto& [path, value] : paths) experiment.broken.push_back(path);
  }
}

/// Values that the file names for axes; those of which nothing is written were told.
NamedValues named_values(Experiment& experiment, const PathValues& paths, const Written& written) {
  NamedValues named;
  for (const auto& [path, value] : paths) {
    if (value.is_null()) {
      experiment.broken.push_back(path);
    } else {
      named.push_back({{path, key_place(written.map, path), written.name + "." + path}, value});
    }
  }
  return named;
}

void read_when(Experiment& experiment, Diagnostics& problems) {
  for (std::size_t index = 0; index < experiment.spec.when.size(); ++index) {
    const When& when = experiment.spec.when[index];
    const Node* item = item_of(experiment, "when", index);
    const std::string name = "when." + std::to_string(index);
    const auto part = [&](const std::string& key) {
      return Written{item == nullptr ? nullptr : item->find(key), name + "." + key};
    };
    experiment.space.conditions.push_back(named_values(experiment, when.condition, part("if")));
    read_axes(experiment, when.axes, part("axes"), index, problems);
  }
}

void read_points(Experiment& experiment, const std::string& key, const std::vector<PathValues>& list,
                 std::vector<NamedValues>& points) {
  for (std::size_t index = 0; index < list.size(); ++index) {
    const Written written{item_of(experiment, key, index), key + "." + std::to_string(index)};
    points.push_back(named_values(experiment, list[index], written));
  }
}

/// The method's table is where the axes are, and so there are no others.
void read_csv_points(Experiment& experiment, const CsvMethod& method, Sources& sources,
                     Diagnostics& problems) {
  for (const std::string_view key : {"axes", "together", "when"}) {
    const Node* other = experiment.document.find(key);
    if (other == nullptr || other->items.empty()) continue;
    problems.error(Code::experiment, key_place(&experiment.document, std::string(key)), std::string(key),
                   "the table's columns are the axes, and this names others",
                   "leave out one of the two, or make them columns");
  }
  const Node* place = experiment.document.at_path("method.csv.file");
  if (place == nullptr) place = experiment.document.at_path("method.csv");
  const std::filesystem::path file = (experiment.file.parent_path() / method.file).lexically_normal();
  std::optional<AxisGroup> group =
      read_point_table(file, place == nullptr ? Place{} : place->place, sources, problems);
  if (group) experiment.space.groups = {std::move(*group)};
}

void read_space(Experiment& experiment, Sources& sources, Diagnostics& problems) {
  const ExperimentSpec& spec = experiment.spec;
  const Written axes{experiment.document.find("axes"), "axes"};
  read_axes(experiment, spec.axes, axes, std::nullopt, problems);
  read_together(experiment, problems);
  read_when(experiment, problems);
  read_points(experiment, "exclude", spec.exclude, experiment.space.excluded);
  read_points(experiment, "include", spec.include, experiment.space.included);
  const auto* table = std::get_if<CsvMethod>(&spec.method);
  if (table != nullptr && !table->file.empty()) read_csv_points(experiment, *table, sources, problems);
}

/// A method whose mistake was told: its axes are checked at one point at least.
void ask_for_one_point(Experiment& experiment) {
  Method& method = experiment.spec.method;
  if (may_draw(experiment) && !method.draws_values()) method = RandomMethod{1, 0};
  std::visit(
      [](auto& chosen) {
        if constexpr (requires { chosen.trials; }) chosen.trials = std::max<std::int64_t>(1, chosen.trials);
      },
      static_cast<Method::variant&>(method));
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

constexpr std::array<std::string_view, 8> config_words{"layers", "dataset", "loss",    "optimizer",
                                                       "epochs", "batch",   "extends", "transform"};
/// Is the value of `base`, `set`, `axes`, `together` ... of the kind that it has to be?
bool has_paths(const std::string& key, const Node& value) {
  if (key == "base") return !value.is_null();
  if (key == "set" || key == "axes") return value.is_map();
  return value.is_list() &&
         std::all_of(value.items.begin(), value.items.end(), [](const Node& item) { return item.is_map(); });
}

/// In an experiment that was not read without a mistake: is it known at least what the trials are made of? A
/// key that means nothing may well have been one of these.
bool says_what_varies(const Node& document) {
  const FieldTable& table = field_table<ExperimentSpec>();
  constexpr std::array<std::string_view, 10> harmless{"name",        "question",  "seeds",
                                                      "method",      "objective", "prune",
                                                      "budget",      "failures",  "trial_timeout_seconds",
                                                      "keep_weights"};
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
          {"experiment.axes.*", &values_table()}};
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
  if (!is_read) ask_for_one_point(experiment);
  read_set(experiment);
  read_seeds(experiment, problems);
  read_space(experiment, sources, problems);
  const bool has_base = !experiment.spec.base.is_null() && read_base(experiment, sources, problems);
  experiment.space.base = experiment.base.root;
  experiment.space.method_place = place_of(experiment, "method");
  if (!has_base || (!is_read && !says_what_varies(experiment.document))) return std::nullopt;
  return experiment;
}

Place place_of(const Experiment& experiment, const std::string& key) {
  const Node* value = experiment.document.find(key);
  return value == nullptr ? Place{} : value->place;
}

}  // namespace bunsen
