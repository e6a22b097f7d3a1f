#include "sweep/experiment_spec.h"

namespace bunsen {

void ExperimentSpec::describe(Fields<ExperimentSpec>& field) {
  field("name", &ExperimentSpec::name).doc("Names the folder under results/; the file's stem when left out.");
  field("question", &ExperimentSpec::question)
      .doc("What the experiment wants to know; stands above its tables.");
  field("base", &ExperimentSpec::base)
      .required()
      .doc("The config that all trials start from: a file, relative to this one, or a config in place.");
  field("set", &ExperimentSpec::set).doc("Changes to the base for all trials: path -> value.");
  field("seeds", &ExperimentSpec::seeds)
      .doc("How many seeds each point gets (the base's and those after it), or a list of seeds.");
  field("axes", &ExperimentSpec::axes)
      .doc(
          "What varies: path -> list of values, {log: [a, b], steps: n}, {linear: [a, b], steps: n}, {range: "
          "[a, b]} or {choice: [...]}; `steps` is not needed where the method draws values.");
  field("together", &ExperimentSpec::together)
      .doc("Axes that move together: a list of maps, each path -> list, of equal lengths.");
  field("when", &ExperimentSpec::when)
      .doc("Axes that exist only where others have certain values: [{if: {...}, axes: {...}}].");
  field("exclude", &ExperimentSpec::exclude)
      .doc("Points that are left out: a list of maps, axis -> value; a point that has them all is none.");
  field("include", &ExperimentSpec::include)
      .doc("Points that are added: a list of maps, each with a value for every axis that exists there.");
  field("method", &ExperimentSpec::method).doc("How points are chosen.");
  field("objective", &ExperimentSpec::objective)
      .absent("none")
      .doc(
          "Metric that says which point is best, as the mean over its seeds; the base's, else "
          "`validation.accuracy`, else `validation.loss`, when left out.");
  field("prune", &ExperimentSpec::prune).absent("none").doc("Which points are stopped early.");
  field("budget", &ExperimentSpec::budget).doc("What ends the sweep before all is done.");
  field("failures", &ExperimentSpec::failures).doc("What happens when a trial fails.");
  field("trial_timeout_seconds", &ExperimentSpec::trial_timeout_seconds)
      .absent("none")
      .above(0)
      .doc("A trial that takes longer fails.");
  field("keep_weights", &ExperimentSpec::keep_weights)
      .doc("Whose weights stay on disk; their hashes stay in every result.");
}

std::vector<Contradiction> ExperimentSpec::contradictions() const { return name_contradictions(name); }

}  // namespace bunsen
