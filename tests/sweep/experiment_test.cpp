#include "sweep/experiment.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "base/files.h"
#include "sweep/loop_limits.h"
#include "sweep/trials.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

const std::string base_config = R"(vars: {activation: relu, depth: 1}
epochs: 2
dataset: {synthetic: {samples: 200, test_samples: 50}}
validation: 40
batch: 20
layers:
  - repeat: {times: $depth, layers: [{linear: 8}, $activation]}
  - linear: 2
loss: cross_entropy
optimizer: adam
)";

/// Files in a folder that goes away with it.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("bunsen-experiment-" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path write(const std::string& name, const std::string& text) const {
    write_file_atomically(path_ / name, text);
    return path_ / name;
  }

 private:
  fs::path path_;
};

struct Answer {
  std::optional<Experiment> experiment;
  std::optional<Trials> trials;
  std::string problems;
};

Answer ask(const std::string& text, const std::vector<std::string>& sets = {},
           const std::string& base = base_config) {
  const Folder folder;
  folder.write("mlp.yaml", base);
  Sources sources;
  Diagnostics problems;
  Answer answer;
  std::vector<Override> overrides;
  for (const std::string& set : sets) overrides.push_back(*read_override(set, "--set #1", sources, problems));
  answer.experiment = read_experiment(folder.write("width_and_rate.yaml", text), sources, problems);
  if (answer.experiment) answer.trials = make_trials(*answer.experiment, overrides, {{}, true}, problems);
  answer.problems = to_text(problems, sources, false);
  return answer;
}

bool says(const Answer& answer, const std::string& text) {
  return answer.problems.find(text) != std::string::npos;
}

TEST_CASE("an experiment is a grid of points, each with its seeds") {
  const Answer answer =
      ask("base: mlp.yaml\nseeds: 2\naxes:\n  vars.activation: [relu, tanh]\n  optimizer.adam.lr: [1e-3, "
          "1e-2]\n");
  REQUIRE_MESSAGE(answer.trials, answer.problems);
  CHECK(answer.experiment->spec.name == "width-and-rate");
  REQUIRE(answer.trials->trials.size() == 8);
  const Trial& trial = answer.trials->trials[3];
  CHECK(to_text(trial.point) == "vars.activation = relu, optimizer.adam.lr = 1e-2");
  CHECK(trial.seed == 1);
  CHECK(trial.spec.seed == 1);
  CHECK(trial.spec.name == "width-and-rate");
  CHECK(std::get<Adam>(trial.spec.optimizer).lr == 1e-2);
  std::set<std::string> ids;
  for (const Trial& each : answer.trials->trials) ids.insert(each.id);
  CHECK(ids.size() == 8);
  CHECK(whole_config(*answer.experiment, {}, answer.trials->trials[0]).group ==
        whole_config(*answer.experiment, {}, answer.trials->trials[1]).group);
}

TEST_CASE("a number of seeds begins with the base's own") {
  const Answer answer = ask("base: mlp.yaml\nset: {seed: 777}\nseeds: 3\n");
  REQUIRE_MESSAGE(answer.trials, answer.problems);
  REQUIRE(answer.trials->trials.size() == 3);
  CHECK(answer.trials->trials[2].seed == 779);
}

TEST_CASE("listed seeds are taken as they are") {
  const Answer answer = ask("base: mlp.yaml\nseeds: [5, 3]\n");
  REQUIRE_MESSAGE(answer.trials, answer.problems);
  CHECK(answer.trials->trials[0].seed == 5);
  CHECK(answer.trials->trials[1].seed == 3);
}

TEST_CASE("a trial has the id of the same config run alone") {
  const Answer swept = ask("base: mlp.yaml\naxes: {epochs: [3]}\n");
  Sources sources;
  Diagnostics problems;
  const Folder folder;
  const std::optional<ConfigTree> tree =
      read_config_tree(folder.write("mlp.yaml", base_config), sources, problems);
  const std::optional<Resolved> alone =
      resolve(*tree, {*read_override("epochs=3", "--set #1", sources, problems)}, problems);
  REQUIRE(alone);
  REQUIRE_MESSAGE(swept.trials, swept.problems);
  CHECK(swept.trials->trials[0].id == alone->id);
}

TEST_CASE("the order is base, set, command line, axes") {
  const Answer answer =
      ask("base: mlp.yaml\nset: {epochs: 5, batch.size: 50}\naxes: {optimizer.adam.lr: [1]}\n",
          {"batch.size=10"});
  REQUIRE_MESSAGE(answer.trials, answer.problems);
  CHECK(answer.trials->trials[0].spec.epochs == 5);
  CHECK(answer.trials->trials[0].spec.batch.size == 10);
}

TEST_CASE("points that are the same run are merged") {
  const Answer answer = ask("base: mlp.yaml\naxes: {optimizer: [adam, {adam: {lr: 1e-3}}]}\n");
  REQUIRE_MESSAGE(answer.trials, answer.problems);
  CHECK(answer.trials->trials.size() == 1);
  CHECK(answer.trials->merged == 1);
}

TEST_CASE("axes that move together need equally many values") {
  CHECK(ask("base: mlp.yaml\ntogether: [{batch.size: [10, 20], epochs: [4, 8]}]\n").trials->trials.size() ==
        2);
  CHECK(says(ask("base: mlp.yaml\ntogether: [{batch.size: [10, 20], epochs: [4, 8, 9]}]\n"),
             "has 3 values, and 'batch.size'"));
}

TEST_CASE("an axis also named elsewhere is a mistake") {
  CHECK(says(ask("base: mlp.yaml\naxes: {epochs: [1, 2]}\n", {"epochs=3"}), "also named by --set #1"));
  CHECK(says(ask("base: mlp.yaml\nset: {epochs: 3}\naxes: {epochs: [1, 2]}\n"), "also named by `set`"));
  CHECK(says(ask("base: mlp.yaml\naxes: {epochs: [1, 2]}\ntogether: [{epochs: [1, 2]}]\n"),
             "also named by another axis"));
}

TEST_CASE("an axis that leads nowhere is told at its key") {
  const Answer answer = ask("base: mlp.yaml\naxes:\n  optimizer.adam.learning: [1, 2]\n");
  CHECK(!answer.trials);
  CHECK(says(answer, "width_and_rate.yaml:3:"));
  CHECK(says(answer, "learning"));
}

TEST_CASE("a mistake of all points is told once, one of some says how many trials have it and where") {
  const Answer bad_base = ask("base: mlp.yaml\nset: {optimizer.adam.lr: fast}\naxes: {epochs: [1, 2]}\n");
  CHECK(says(bad_base, "fast"));
  CHECK(bad_base.problems.find("error[") == bad_base.problems.rfind("error["));
  CHECK(!says(bad_base, "trials"));
  const Answer bad_point = ask("base: mlp.yaml\naxes: {layers.1: [{linear: 2}, {linear: 3}]}\n");
  CHECK(says(bad_point, R"((in 1 of 2 trials, with layers.1 = {"linear": 3}))"));
  const Answer shared =
      ask("base: mlp.yaml\nseeds: 3\naxes: {layers.1: [{linear: 2}, {linear: 3}], epochs: [1, 2]}\n");
  CHECK(says(shared, R"((in 6 of 12 trials, with layers.1 = {"linear": 3}))"));
}

TEST_CASE("an axis that leads nowhere hides no mistake of the trials") {
  const Answer answer =
      ask("base: mlp.yaml\naxes: {optimizer.adam.lrr: [1, 2], layers.1: [{linear: 2}, {linear: 3}]}\n");
  CHECK(says(answer, "unknown key 'lrr'"));
  CHECK(says(answer, R"((in 2 of 4 trials, with layers.1 = {"linear": 3}))"));
}

TEST_CASE("all mistakes of the file are told at once") {
  const Answer answer = ask(
      "base: mlp.yaml\nsedes: 3\nseeds: -1\naxes: {epochs: 3}\nobjective: {maximize: validation.acuracy}\n");
  CHECK(says(answer, "did you mean 'seeds'"));
  CHECK(says(answer, "validation.acuracy"));
  CHECK(!answer.trials);
}

TEST_CASE("a config is no experiment, an experiment no base, and a base must be there") {
  CHECK(says(ask(base_config), "this is a config"));
  CHECK(says(ask("base: width_and_rate.yaml\naxes: {epochs: [1]}\n"),
             "is an experiment, and a base is a config"));
  CHECK(says(ask("base: absent.yaml\n"), "no such file"));
}

TEST_CASE("a base may stand in place") {
  std::string text = "axes: {epochs: [1, 2]}\nbase:\n";
  for (std::size_t at = 0; at < base_config.size();) {
    const std::size_t end = base_config.find('\n', at);
    text += "  " + base_config.substr(at, end - at + 1);
    at = end + 1;
  }
  const Answer answer = ask(text);
  REQUIRE_MESSAGE(answer.trials, answer.problems);
  CHECK(answer.trials->trials.size() == 2);
}

TEST_CASE("an experiment and its base may not share a name") {
  CHECK(says(ask("name: mlp\nbase: mlp.yaml\n"), "would share a folder"));
}

TEST_CASE("an objective on a part that is not held out is a mistake, on the test part a warning") {
  CHECK(says(ask("base: mlp.yaml\nset: {validation: none}\nobjective: {maximize: validation.accuracy}\n"),
             "is not measured"));
  const Answer answer = ask("base: mlp.yaml\nobjective: {minimize: test.loss}\n");
  CHECK(answer.trials);
  CHECK(says(answer, "warning"));
}

TEST_CASE("the goal is the experiment's objective, else the validation accuracy, else nothing") {
  const auto goal = [](const std::string& text) {
    const Answer answer = ask(text);
    REQUIRE_MESSAGE(answer.trials, answer.problems);
    return goal_of(*answer.experiment, *answer.trials);
  };
  CHECK(goal("base: mlp.yaml\nobjective: {minimize: train.loss}\n")->metric == "train.loss");
  CHECK(goal("base: mlp.yaml\n")->metric == "validation.accuracy");
  CHECK(!goal("base: mlp.yaml\nset: {validation: none}\n"));
}

TEST_CASE("an axis takes listed values, steps, a range or a choice") {
  const auto count = [](const std::string& values) {
    const Answer answer = ask("base: mlp.yaml\naxes: {batch.size: " + values + "}\n");
    REQUIRE_MESSAGE(answer.trials, answer.problems);
    return answer.trials->trials.size();
  };
  CHECK(count("[10, 20]") == 2);
  CHECK(count("{choice: [10, 20, 30]}") == 3);
  CHECK(count("{range: [10, 40], step: 10}") == 4);
  CHECK(count("{linear: [10, 50], steps: 5}") == 5);
}

TEST_CASE("steps are needed in a grid, and not where values are drawn") {
  const std::string axes = "base: mlp.yaml\naxes: {optimizer.adam.lr: {log: [1e-4, 1e-1]}}\n";
  CHECK(says(ask(axes), "'steps' is missing"));
  const Answer drawn = ask(axes + "method: {random: 5}\n");
  REQUIRE_MESSAGE(drawn.trials, drawn.problems);
  CHECK(drawn.trials->trials.size() == 5);
  const Answer unknown = ask(axes + "method: {randm: 5}\n");
  CHECK(says(unknown, "did you mean 'random'"));
  CHECK(!says(unknown, "steps"));
}

TEST_CASE("a `when` of the file is an axis at some points") {
  const Answer answer =
      ask("base: mlp.yaml\naxes: {vars.activation: [relu, tanh]}\nwhen: [{if: {vars.activation: relu}, axes: "
          "{init.weight.normal.std: [0.1, 1]}}]\n");
  REQUIRE_MESSAGE(answer.trials, answer.problems);
  CHECK(answer.trials->trials.size() == 3);
}

TEST_CASE("what hangs on a broken axis is not told") {
  const Answer answer =
      ask("base: mlp.yaml\naxes: {vars.activation: [], epochs: [1, 2]}\nwhen: [{if: {vars.activation: relu}, "
          "axes: "
          "{init.weight.normal.std: [0.1, 1]}}]\nexclude: [{vars.activation: relu}]\n");
  CHECK(says(answer, "this axis has no values"));
  CHECK(answer.problems.find("error[") == answer.problems.rfind("error["));
}

TEST_CASE("all seeds of a point but the first are made without reading it again, with the same ids") {
  const Answer answer = ask("base: mlp.yaml\nset: {seed: 4}\nseeds: 2\n");
  const Answer alone = ask("base: mlp.yaml\nset: {seed: 5}\n");
  REQUIRE_MESSAGE(answer.trials, answer.problems);
  REQUIRE(answer.trials->trials.size() == 2);
  const Trial& second = answer.trials->trials[1];
  CHECK(second.id == alone.trials->trials[0].id);
  const Resolved whole = whole_config(*answer.experiment, {}, second);
  const Resolved whole_alone = whole_config(*alone.experiment, {}, alone.trials->trials[0]);
  CHECK(whole.id == second.id);
  CHECK(whole.group == whole_alone.group);
  CHECK(whole.document.same_as(whole_alone.document));
}

TEST_CASE("an axis that changes nothing is told, and so are points that are the same run") {
  CHECK(says(ask("base: mlp.yaml\naxes: {epochs: [1, 2], runtime.threads: [1, 2]}\n"),
             "axes.runtime.threads: this axis changes nothing"));
  const Answer same = ask("base: mlp.yaml\naxes: {optimizer: [adam, sgd, {adam: {lr: 1e-3}}]}\n");
  CHECK(says(same, "1 trial would be the same run as an earlier one"));
  CHECK(same.trials->trials.size() == 2);
  CHECK(!says(ask("base: mlp.yaml\naxes: {epochs: [1, 2]}\n"), "warning"));
}

TEST_CASE("what can be made is returned beside what can't, with the reason") {
  const Folder folder;
  folder.write("mlp.yaml", base_config);
  Sources sources;
  Diagnostics problems;
  const std::optional<Experiment> experiment = read_experiment(
      folder.write("some.yaml", "base: mlp.yaml\naxes: {layers.1: [{linear: 2}, {linear: 3}]}\n"), sources,
      problems);
  const std::optional<Trials> trials = plan_trials(*experiment, {}, {{}, true}, problems);
  REQUIRE(trials);
  CHECK(problems.has_errors());
  CHECK(trials->trials.size() == 1);
  REQUIRE(trials->invalid.size() == 1);
  CHECK(to_text(trials->invalid[0].point) == R"(layers.1 = {"linear": 3})");
}

TEST_CASE("what the loop can't run is told with its key") {
  const auto told = [](const std::string& text) {
    const Answer answer = ask("base: mlp.yaml\naxes: {epochs: [1, 2]}\n" + text);
    REQUIRE_MESSAGE(answer.trials, answer.problems);
    Diagnostics problems;
    tell_what_can_not_run(*answer.experiment, problems);
    std::string paths;
    for (const Diagnostic& item : problems.items()) paths += item.path + " ";
    return paths;
  };
  CHECK(told("method: {random: 2}\nkeep_weights: all\nfailures: continue\nobjective: {maximize: "
             "validation.accuracy, at: "
             "best}\n") == "");
  CHECK(
      told("method: {tpe: 5}\nprune: asha\nbudget: {hours: 1}\nfailures: stop\ntrial_timeout_seconds: 9\n") ==
      "method ");
}

TEST_CASE("what judges points needs an objective") {
  const Answer answer =
      ask("base: mlp.yaml\nset: {validation: none}\naxes: {epochs: [1, 2]}\nprune: median\nbudget: {target: "
          "1}\n");
  CHECK(says(answer, "points are pruned by what they reached"));
  CHECK(says(answer, "the target is an objective's"));
  CHECK(says(ask("base: mlp.yaml\naxes: {epochs: [1, 2]}\nprune: {asha: {min_epochs: 2}}\n"),
             "nothing is ever pruned: no trial has more than 2 epochs"));
}

TEST_CASE("the columns of a table are axes, its lines points") {
  const Folder folder;
  folder.write("mlp.yaml", base_config);
  folder.write("points.csv", "optimizer,optimizer.adam.lr,epochs\nadam,1e-3,1\n\"{sgd: {lr: 0.5}}\",,2\n");
  Sources sources;
  Diagnostics problems;
  const auto experiment = read_experiment(
      folder.write("table.yaml", "base: mlp.yaml\nmethod: {csv: points.csv}\nseeds: 2\n"), sources, problems);
  REQUIRE(experiment);
  const std::optional<Trials> trials = make_trials(*experiment, {}, {{}, true}, problems);
  REQUIRE_MESSAGE(trials, to_text(problems, sources, false));
  REQUIRE(trials->trials.size() == 4);
  CHECK(to_text(trials->trials[0].point) == "optimizer = adam, optimizer.adam.lr = 1e-3, epochs = 1");
  CHECK(to_text(trials->trials[2].point) == R"(optimizer = {"sgd": {"lr": 0.5}}, epochs = 2)");
  CHECK(std::get<Sgd>(trials->trials[2].spec.optimizer).lr == 0.5);
}

}  // namespace
}  // namespace bunsen
