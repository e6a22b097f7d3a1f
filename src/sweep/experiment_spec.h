// experiment_spec.h - everything that an experiment file can say.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "spec/training.h"
#include "sweep/any_value.h"

namespace bunsen {

using PathValues = std::vector<std::pair<std::string, Node>>;

/// Every combination of the axes' values.
struct GridMethod {
  static constexpr std::string_view name = "grid";
  static constexpr std::string_view doc = "Every combination of the axes' values.";
  static constexpr std::string_view example = "grid";
};

/// What the methods that draw points have in common.
template <class T>
void describe_drawing(Fields<T>& field) {
  field.main("trials", &T::trials)
      .required()
      .at_least(1)
      .at_most(1'000'000)
      .doc("How many points; each is trained with all `seeds`. More of them later add to those there are.");
  field("seed", &T::seed).at_least(0).doc("Seed of the draw.");
}

struct RandomMethod {
  std::int64_t trials = 0;
  std::int64_t seed = 0;

  static constexpr std::string_view name = "random";
  static constexpr std::string_view doc = "Points drawn at random (Bergstra and Bengio 2012).";
  static constexpr std::string_view example = "random: {trials: 50, seed: 1}";
  static void describe(Fields<RandomMethod>& field) { describe_drawing(field); }
};

struct SobolMethod {
  std::int64_t trials = 0;
  std::int64_t seed = 0;

  static constexpr std::string_view name = "sobol";
  static constexpr std::string_view doc =
      "Points spread evenly: Sobol's sequence with the numbers of Joe and Kuo (2008), shifted by `seed`.";
  static constexpr std::string_view example = "sobol: {trials: 64}";
  static void describe(Fields<SobolMethod>& field) { describe_drawing(field); }
};

struct TpeMethod {
  std::int64_t trials = 0;
  std::int64_t seed = 0;
  std::int64_t startup_trials = 10;
  std::int64_t candidates = 24;
  bool joint = true;

  static constexpr std::string_view name = "tpe";
  static constexpr std::string_view doc =
      "Each point is chosen by what the earlier ones gave: the tree-structured Parzen estimator (Bergstra et "
      "al. 2011).";
  static constexpr std::string_view example = "tpe: {trials: 50, seed: 1}";
  static void describe(Fields<TpeMethod>& field) {
    describe_drawing(field);
    field("startup_trials", &TpeMethod::startup_trials)
        .at_least(1)
        .at_most(1'000'000)
        .doc("The first points, which are drawn at random.");
    field("candidates", &TpeMethod::candidates)
        .at_least(1)
        .at_most(100'000)
        .doc("Values drawn for an axis, of which the most promising is taken.");
    field("joint", &TpeMethod::joint)
        .doc("Choose the axes that all points have together, not each by itself.");
  }
};

struct CsvMethod {
  std::string file;

  static constexpr std::string_view name = "csv";
  static constexpr std::string_view doc =
      "Points from a table: each column is an axis, its path in the first line; each further line is a "
      "point. "
      "An empty cell leaves its axis out.";
  static constexpr std::string_view example = "csv: points.csv";
  static void describe(Fields<CsvMethod>& field) {
    field.main("file", &CsvMethod::file).required().doc("The table, relative to this file.");
  }
};

/// How the points to try are chosen.
struct Method : std::variant<GridMethod, RandomMethod, SobolMethod, TpeMethod, CsvMethod> {
  using variant::variant;
  static constexpr std::string_view family_name = "method";

  /// Are values drawn between the ends of an axis, so that it needs no steps?
  bool draws_values() const {
    return std::holds_alternative<RandomMethod>(*this) || std::holds_alternative<SobolMethod>(*this) ||
           std::holds_alternative<TpeMethod>(*this);
  }
};

/// Axes that exist only at some points.
struct When {
  PathValues condition;
  PathValues axes;

  static constexpr std::string_view doc = "Axes that exist only where others have certain values.";
  static constexpr std::string_view example =
      "[{if: {vars.activation: relu}, axes: {init.weight.normal.std: [0.1, 1]}}]";
  static void describe(Fields<When>& field) {
    field("if", &When::condition)
        .required()
        .doc(
            "Axis -> value, or a list of values; all must hold. A component's name alone means it with any "
            "fields.");
    field("axes", &When::axes).required().doc("The axes that exist there, written as in `axes`.");
  }
};

enum class ObjectiveAt : std::uint8_t { last, best };
inline constexpr std::array<std::string_view, 2> names_of(ObjectiveAt) { return {"last", "best"}; }

/// Which metric says that a point is the best one.
struct SweepObjective {
  std::optional<std::string> maximize;
  std::optional<std::string> minimize;
  ObjectiveAt at = ObjectiveAt::last;

  static constexpr std::string_view doc = "Which metric says that a point is the best one.";
  static constexpr std::string_view example = "{maximize: validation.accuracy, at: last}";
  static void describe(Fields<SweepObjective>& field) {
    field("maximize", &SweepObjective::maximize)
        .absent("none")
        .doc("Metric that should be large: `validation.accuracy`.");
    field("minimize", &SweepObjective::minimize)
        .absent("none")
        .doc("Metric that should be small: `validation.loss`.");
    field("at", &SweepObjective::at)
        .doc("Which epoch counts: the `last`, or the one at which the metric was `best`.");
  }
  std::vector<Contradiction> contradictions() const { return Objective{maximize, minimize}.contradictions(); }
};

struct AshaPruner {
  std::int64_t min_epochs = 1;
  std::int64_t reduction = 4;

  static constexpr std::string_view name = "asha";
  static constexpr std::string_view doc =
      "After min_epochs, min_epochs * reduction, ... epochs only the best 1/reduction of the points that "
      "came "
      "so far go on (Li et al. 2020).";
  static constexpr std::string_view example = "asha: {min_epochs: 2, reduction: 3}";
  static void describe(Fields<AshaPruner>& field) {
    field("min_epochs", &AshaPruner::min_epochs).at_least(1).doc("Epochs that every point gets.");
    field("reduction", &AshaPruner::reduction).at_least(2).doc("One of so many points goes on.");
  }
};

struct MedianPruner {
  std::int64_t startup_points = 5;
  std::int64_t warmup_epochs = 0;

  static constexpr std::string_view name = "median";
  static constexpr std::string_view doc =
      "A point goes on unless its best so far is worse than the median of the finished points at that epoch "
      "(Golovin et al. 2017).";
  static constexpr std::string_view example = "median: {startup_points: 5}";
  static void describe(Fields<MedianPruner>& field) {
    field("startup_points", &MedianPruner::startup_points)
        .at_least(1)
        .doc("Nothing is pruned until so many points are finished.");
    field("warmup_epochs", &MedianPruner::warmup_epochs)
        .at_least(0)
        .doc("Nothing is pruned after these first epochs.");
  }
};

/// Which points are stopped early. A point's seeds live or die together.
struct Pruner : std::variant<AshaPruner, MedianPruner> {
  using variant::variant;
  static constexpr std::string_view family_name = "pruner";
};

/// What ends a sweep before all is done.
struct Budget {
  std::optional<std::int64_t> trials;
  std::optional<double> hours;
  std::optional<double> target;

  static constexpr std::string_view doc = "What ends the sweep before all is done, whichever comes first.";
  static constexpr std::string_view example = "{trials: 200, hours: 2, target: 0.91}";
  static void describe(Fields<Budget>& field) {
    field("trials", &Budget::trials).absent("none").at_least(1).doc("Trials, each seed counted.");
    field("hours", &Budget::hours).absent("none").above(0).doc("Hours since the sweep began.");
    field("target", &Budget::target).absent("none").doc("A point's objective that is good enough.");
  }
  bool is_set() const { return trials || hours || target; }
};

struct GoOn {
  static constexpr std::string_view name = "continue";
  static constexpr std::string_view doc = "The other trials are trained.";
  static constexpr std::string_view example = "continue";
};

struct StopAtOnce {
  static constexpr std::string_view name = "stop";
  static constexpr std::string_view doc = "No further trial begins after the first failure.";
  static constexpr std::string_view example = "stop";
};

struct StopAfter {
  std::int64_t failures = 0;

  static constexpr std::string_view name = "stop_after";
  static constexpr std::string_view doc = "No further trial begins after so many failures.";
  static constexpr std::string_view example = "stop_after: 3";
  static void describe(Fields<StopAfter>& field) {
    field.main("failures", &StopAfter::failures).required().at_least(1).doc("How many.");
  }
};

/// What happens when a trial fails.
struct Failures : std::variant<GoOn, StopAtOnce, StopAfter> {
  using variant::variant;
  static constexpr std::string_view family_name = "answer to failures";
};

enum class KeepWeights : std::uint8_t { best, all, none };
inline constexpr std::array<std::string_view, 3> names_of(KeepWeights) { return {"best", "all", "none"}; }

/// Everything an experiment file can say.
struct ExperimentSpec {
  std::string name;
  std::string question;
  Node base;
  PathValues set;
  Node seeds;
  PathValues axes;
  std::vector<PathValues> together;
  std::vector<When> when;
  std::vector<PathValues> exclude;
  std::vector<PathValues> include;
  Method method;
  std::optional<SweepObjective> objective;
  std::optional<Pruner> prune;
  Budget budget;
  Failures failures;
  std::optional<double> trial_timeout_seconds;
  KeepWeights keep_weights = KeepWeights::best;

  static constexpr std::string_view doc =
      "A file for `bunsen sweep`: trials that start from one config and differ in what `axes` name.";
  static constexpr std::string_view example = "{base: mlp.yaml, axes: {epochs: [1, 2]}}";
  static void describe(Fields<ExperimentSpec>& field);
  std::vector<Contradiction> contradictions() const;
};

}  // namespace bunsen
