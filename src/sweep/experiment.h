// experiment.h - an experiment file -> the trials that it asks for, all checked before any of them runs.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "data/dataset.h"
#include "spec/plan.h"
#include "spec/reference.h"
#include "spec/resolve.h"
#include "sweep/axes.h"

namespace bunsen {

/// A value of any kind, kept as it is written.
template <>
const TypeOps& type_ops<Node>();

/// Every combination of the axes' values.
struct Grid {
  static constexpr std::string_view name = "grid";
  static constexpr std::string_view doc = "Every combination of the axes' values.";
  static constexpr std::string_view example = "grid";
};

/// How the points to try are chosen.
struct Method : std::variant<Grid> {
  using variant::variant;
  static constexpr std::string_view family_name = "method";
};

using PathValues = std::vector<std::pair<std::string, Node>>;

/// Everything an experiment file can say.
struct ExperimentSpec {
  std::string name;
  std::string question;
  Node base;
  PathValues set;
  Node seeds;
  PathValues axes;
  std::vector<PathValues> together;
  Method method;
  std::optional<Objective> objective;

  static constexpr std::string_view doc =
      "A file for `bunsen sweep`: trials that start from one config and differ in what `axes` name.";
  static constexpr std::string_view example = "{base: mlp.yaml, axes: {epochs: [1, 2]}}";
  static void describe(Fields<ExperimentSpec>& field) {
    field("name", &ExperimentSpec::name)
        .doc("Names the folder under results/; the file's stem when left out.");
    field("question", &ExperimentSpec::question)
        .doc("What the experiment wants to know; stands above its tables.");
    field("base", &ExperimentSpec::base)
        .required()
        .doc("The config that all trials start from: a file, relative to this one, or a config in place.");
    field("set", &ExperimentSpec::set).doc("Changes to the base for all trials: path -> value.");
    field("seeds", &ExperimentSpec::seeds)
        .doc("How many seeds each point gets (the base's and those after it), or a list of seeds.");
    field("axes", &ExperimentSpec::axes)
        .doc("What varies: path -> list of values, {log: [a, b], steps: n} or {linear: [a, b], steps: n}.");
    field("together", &ExperimentSpec::together)
        .doc("Axes that move together: a list of maps, each path -> list, of equal lengths.");
    field("method", &ExperimentSpec::method).doc("How points are chosen.");
    field("objective", &ExperimentSpec::objective)
        .absent("none")
        .doc(
            "Metric that says which point is best: last epoch, mean over seeds; `validation.accuracy`, else "
            "`validation.loss`, when left out.");
  }
  std::vector<Contradiction> contradictions() const;
};

/// An experiment file read, its base too, before trials are made of it.
struct Experiment {
  ExperimentSpec spec;
  std::filesystem::path file;  ///< absolute
  Node document;               ///< as written, with places
  ConfigTree base;
  std::vector<Override> set;
  std::vector<AxisGroup> groups;  ///< `axes`, then `together`
  /// Paths that the file means to set but says wrongly, which was told: what hangs on them is not checked.
  std::vector<std::string> broken;
  std::optional<std::int64_t> seed_count;
  std::vector<std::int64_t> seeds;  ///< when they are listed
};

/// What varies, what it became, and its name.
struct Trial {
  Point point;
  std::int64_t seed = 0;
  Resolved resolved;  ///< its name is the experiment's
};

struct Trials {
  std::vector<Trial> trials;         ///< a point's seeds stand together
  std::vector<Plan> plans;           ///< one a point, in the points' order
  std::vector<std::size_t> plan_of;  ///< trial -> index into `plans`
  std::int64_t merged = 0;           ///< trials left out because an earlier one is the same run
};

/// What an objective asks for, settled: `validation.accuracy`, upwards.
struct Goal {
  std::string metric;
  bool is_maximized = true;
};

enum class DocumentKind : std::uint8_t { config, experiment, unknown };
/// Keys that only an experiment has: one of them makes a document an experiment.
inline constexpr std::array<std::string_view, 6> experiment_words{"base",     "axes",   "seeds",
                                                                  "together", "method", "question"};
/// By its keys: `layers`, `dataset`, ... say config; `base`, `axes`, `seeds`, ... say experiment.
DocumentKind kind_of(const Node& document);

/// The declarations of everything that a file can say, for explanations and the reference page.
Documents all_documents();

/// Reads the file and its base. All mistakes go to `problems`; nothing is returned if they are such that no
/// trial can be made of it, else make_trials() tells those of trials with them.
std::optional<Experiment> read_experiment(const std::filesystem::path& file, Sources& sources,
                                          Diagnostics& problems);

/// Where data sets are searched, and whether an absent one is an error or a warning.
struct DataQuestion {
  DataPlaces places;
  bool must_exist = false;
};

/// Resolves and plans every trial: the base, `set`, `command_line`, then the point's values and the seed. A
/// mistake is told once, with how many trials have it and at which values, if it is not of all. Reads headers
/// of data only. Nothing is returned if there are errors, those told before included.
std::optional<Trials> make_trials(const Experiment& experiment, const std::vector<Override>& command_line,
                                  const DataQuestion& data, Diagnostics& problems);

/// The experiment's objective, else its base's, else the default; nothing when no trial holds out a
/// validation part.
std::optional<Goal> goal_of(const Experiment& experiment, const Trials& trials);

}  // namespace bunsen
