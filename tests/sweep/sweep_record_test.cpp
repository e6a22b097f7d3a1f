#include "sweep/sweep_record.h"

#include <doctest/doctest.h>

#include "config/json.h"

namespace bunsen {
namespace {

TrialRecord trial(std::int64_t epochs, std::int64_t seed, RunState state, std::optional<double> objective) {
  TrialRecord record;
  record.point = {{"epochs", Node::number(epochs)}};
  record.seed = seed;
  record.id = "id" + std::to_string(epochs) + std::to_string(seed);
  record.folder = "results/many/" + record.id;
  record.state = state;
  record.objective = objective;
  return record;
}

SweepRecord three_points() {
  SweepRecord record;
  record.name = "many";
  record.goal = Goal{"validation.accuracy", true};
  record.trials = {trial(1, 0, RunState::completed, 0.5), trial(1, 1, RunState::completed, 0.7),
                   trial(2, 0, RunState::completed, 0.9), trial(2, 1, RunState::failed, std::nullopt),
                   trial(3, 0, RunState::completed, 0.7), trial(3, 1, RunState::completed, 0.8)};
  return record;
}

TEST_CASE("points are ranked by the mean over seeds, and one with a failed seed has no mean") {
  const std::vector<PointScore> scores = ranked_points(three_points());
  REQUIRE(scores.size() == 2);
  CHECK(to_text(scores[0].point) == "epochs = 3");
  CHECK(scores[0].mean == doctest::Approx(0.75));
  CHECK(*scores[0].deviation == doctest::Approx(0.0707107));
  CHECK(to_text(scores[1].point) == "epochs = 1");
}

TEST_CASE("a loss is better when it is smaller") {
  SweepRecord record = three_points();
  record.goal = Goal{"validation.loss", false};
  CHECK(to_text(ranked_points(record)[0].point) == "epochs = 1");
}

TEST_CASE("sweep.json has a line a trial, with a path relative to its own folder") {
  SweepRecord record = three_points();
  record.trials[0].folder = "results/other/id10";
  const std::string text = json_document(to_node(record, "results/many"));
  CHECK(
      text.find(
          R"({"point": {"epochs": 1}, "seed": 0, "id": "id10", "path": "../other/id10", "status": "completed", "objective": 0.5})") !=
      std::string::npos);
  CHECK(text.find(R"("path": "id21", "status": "failed"})") != std::string::npos);
  CHECK(text.find(R"("objective": {)") != std::string::npos);
}

TEST_CASE("without an objective no point is best") {
  SweepRecord record = three_points();
  record.goal.reset();
  CHECK(ranked_points(record).empty());
}

TEST_CASE("the objective is the last epoch's value, or that of the best one") {
  const Node result = read_json(
      R"({"epochs": [{"validation": {"loss": 3}}, {"validation": {"loss": 1}}, {"validation": {"loss": "NaN"}}],
          "final": {"validation": {"loss": 2}}})",
      "result");
  CHECK(objective_of({"validation.loss", false}, result) == 2.0);
  CHECK(objective_of({"validation.loss", false, ObjectiveAt::best}, result) == 1.0);
  CHECK(objective_of({"validation.loss", true, ObjectiveAt::best}, result) == 3.0);
  CHECK(!objective_of({"test.loss", true, ObjectiveAt::best}, result));
}

}  // namespace
}  // namespace bunsen
