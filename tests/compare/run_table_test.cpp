#include "compare/run_table.h"

#include <doctest/doctest.h>

#include "config/json.h"
#include "results.h"

namespace bunsen {
namespace {

constexpr std::int64_t noon = 1769860800;  // 2026-01-31T12:00:00Z

RunSummary run(const std::string& name, const std::string& id, const std::string& started_at) {
  RunSummary summary;
  summary.folder = "results/" + name + '/' + id;
  summary.name = name;
  summary.id = id;
  summary.group = "0011223344";
  summary.state = RunState::completed;
  summary.config = test::json(R"({"seed": 7, "epochs": 4})");
  summary.final = {{"train.loss", 0.4}, {"test.loss", 0.51236}, {"test.accuracy", 0.8441}};
  summary.epochs = 4;
  summary.started_at = started_at;
  return summary;
}

TEST_CASE("a run's line says name, id, status, seed, epochs, final metrics and age") {
  RunSummary diverged = run("mlp", "bbbbbbbbbb", "2026-01-31T11:58:30Z");
  diverged.state = RunState::diverged;
  diverged.epochs = 2;
  diverged.final.clear();
  CHECK(to_text(run_table({diverged, run("softmax", "aaaaaaaaaa", "2026-01-31T09:00:00Z")}, noon), {}).text ==
        "name     id          status     seed  epochs  test.accuracy  test.loss   age\n"
        "mlp      bbbbbbbbbb  diverged      7     2/4              -          -  90 s\n"
        "softmax  aaaaaaaaaa  completed     7       4         0.8441     0.5124   3 h\n");
}

TEST_CASE("a run of which nothing is known still has its line") {
  RunSummary broken;
  broken.name = "mlp";
  broken.id = "cccccccccc";
  CHECK(to_text(run_table({broken}, noon), {}).text ==
        "name  id          status      seed  epochs  age\n"
        "mlp   cccccccccc  unreadable             0    -\n");
}

TEST_CASE("axis values have a column when a run has some") {
  RunSummary trial = run("activations", "aaaaaaaaaa", "");
  trial.point = test::json(R"({"vars.activation": "tanh", "optimizer.adam.lr": 0.001})");
  trial.final.clear();
  CHECK(to_text(run_table({trial}, noon), {}).text ==
        "name         id          status     seed  epochs  point                     age\n"
        "activations  aaaaaaaaaa  completed     7       4  activation=tanh lr=0.001    -\n");
}

TEST_CASE("examples and own runs can be told apart") {
  RunSummary example = run("mlp", "aaaaaaaaaa", "");
  example.is_example = true;
  const RunSummary own = run("mlp", "bbbbbbbbbb", "");
  CHECK(run_table({own, example}, noon).rows[1][0].text == "examples/mlp");
  CHECK(run_table({example}, noon).rows[0][0].text == "mlp");
}

TEST_CASE("the usual table fits 80 columns") {
  RunSummary own = run("fashion-softmax-long", "aaaaaaaaaa-2", "2026-01-31T11:00:00Z");
  own.final = {
      {"validation.loss", 0.5}, {"validation.accuracy", 0.8}, {"test.loss", 0.5}, {"test.accuracy", 0.8}};
  const TableText table = to_text(run_table({own}, noon), {.width = 80});
  CHECK(table.text ==
        "name                  id            status     seed  epochs  test.acc  valid.acc\n"
        "fashion-softmax-long  aaaaaaaaaa-2  completed     7       4    0.8000     0.8000\n");
}

TEST_CASE("runs that have not started come first, then the newest") {
  std::vector<RunSummary> runs = {run("a", "1", "2026-01-30T00:00:00Z"), run("b", "2", ""),
                                  run("c", "3", "2026-01-31T00:00:00Z")};
  sort_newest_first(runs);
  CHECK(runs[0].name + runs[1].name + runs[2].name == "bca");
}

TEST_CASE("an age has one unit") {
  CHECK(age_text("2026-01-31T11:59:50Z", noon) == "10 s");
  CHECK(age_text("2026-01-31T11:50:00Z", noon) == "10 min");
  CHECK(age_text("2026-01-30T13:00:00Z", noon) == "23 h");
  CHECK(age_text("2026-01-21T12:00:00Z", noon) == "10 d");
  CHECK(age_text("2026-02-01T12:00:00Z", noon) == "0 s");
  CHECK(age_text("yesterday", noon) == "-");
}

TEST_CASE("a metric too small for four decimals shows its digits") {
  CHECK(metric_text(0.97124) == "0.9712");
  CHECK(metric_text(0.0000231234) == "2.312e-05");
  CHECK(metric_text(0) == "0.0000");
  CHECK(metric_text(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("the list as JSON has a line a run and null for what is unknown") {
  RunSummary queued = run("mlp", "bbbbbbbbbb", "");
  queued.state = RunState::queued;
  queued.group.clear();
  queued.config = Node();
  queued.final.clear();
  queued.epochs = 0;
  CHECK(
      json_document(run_list({run("softmax", "aaaaaaaaaa", "2026-01-31T09:00:00Z"), queued})) ==
      "[\n"
      R"(  {"name": "softmax", "id": "aaaaaaaaaa", "group": "0011223344", "status": "completed", "seed": 7, "epochs": 4, "point": {}, "final": {"train.loss": 0.4, "test.loss": 0.51236, "test.accuracy": 0.8441}, "started_at": "2026-01-31T09:00:00Z", "folder": "results/softmax/aaaaaaaaaa"},)"
      "\n"
      R"(  {"name": "mlp", "id": "bbbbbbbbbb", "group": null, "status": "queued", "seed": null, "epochs": 0, "point": {}, "final": {}, "started_at": null, "folder": "results/mlp/bbbbbbbbbb"})"
      "\n]\n");
}

}  // namespace
}  // namespace bunsen
