// run_record_test.cpp - the document of a run: its order, its lines, what repeats.
#include "results/run_record.h"

#include <doctest/doctest.h>

#include <cmath>

#include "config/json.h"
#include "results/example_record.h"

using namespace bunsen;

namespace {

std::vector<std::string> keys_of(const Node& node) {
  std::vector<std::string> keys;
  for (const Key& key : node.keys) keys.push_back(key.text);
  return keys;
}

}  // namespace

TEST_CASE("a result's blocks stand in the documented order, what varies last") {
  const Node node = to_node(example_record());
  CHECK(keys_of(node) == std::vector<std::string>{"schema_version", "run", "config", "dataset", "model",
                                                  "epochs", "final", "best", "stopped_early", "weights",
                                                  "timing", "environment", "origins"});
  CHECK(keys_of(*node.find("run")) ==
        std::vector<std::string>{"id", "group", "name", "status", "vars", "point"});
  CHECK(node.at_path("final.test.confusion_matrix.1.0")->as_integer() == 2);
  CHECK(node.at_path("dataset.validation.samples")->as_integer() == 5000);
  CHECK(node.at_path("environment.git_dirty")->as_boolean() == false);
}

TEST_CASE("what a run does not have is left out") {
  RunRecord record;
  record.id = "0123456789";
  record.status = RunState::failed;
  record.error = RunError{"no such file", std::nullopt, std::nullopt};
  const Node node = to_node(record);
  CHECK(keys_of(node) == std::vector<std::string>{"schema_version", "run", "config", "epochs", "weights",
                                                  "timing", "environment", "origins"});
  CHECK(node.at_path("run.error.message")->as_string() == "no such file");
  CHECK(node.at_path("run.error.epoch") == nullptr);
  CHECK(node.find("epochs")->is_list());
}

TEST_CASE("an epoch is the same record in an event, in metrics.jsonl and in the result") {
  const EpochRecord epoch = example_epoch(1);
  CHECK(json_line(to_node(epoch, EpochForm::with_timing)) ==
        R"({"epoch": 1, "learning_rate": 0.001, "train": {"loss": 0.5, "accuracy": 0.75}, )"
        R"("validation": {"loss": 0.625, "accuracy": 0.5}, "test": {"loss": 0.6, "accuracy": 0.7}, )"
        R"("layers": {"hidden": {"gradient_norm": 0.25, "dead_share": 0}, "2": {"gradient_norm": 1}}, )"
        R"("timing": {"seconds": 1.5, "samples_per_second": 40000}})");
  Node with_timing = to_node(epoch, EpochForm::with_timing);
  with_timing.remove("timing");
  CHECK(json_line(with_timing) == json_line(to_node(epoch, EpochForm::repeatable)));
  CHECK(json_document(to_node(example_record())).find("\n    " + json_line(with_timing)) !=
        std::string::npos);
}

TEST_CASE("an epoch record survives being written and read, numbers that are not finite too") {
  EpochRecord epoch = example_epoch(3);
  epoch.train[0].second = std::numeric_limits<double>::quiet_NaN();
  epoch.test[0].second = -std::numeric_limits<double>::infinity();
  epoch.validation.clear();
  const std::string line = json_line(to_node(epoch, EpochForm::with_timing));
  const std::optional<EpochRecord> read = epoch_record_of(read_json(line, "test"));
  REQUIRE(read.has_value());
  CHECK(std::isnan(read->train[0].second));
  CHECK(std::isinf(read->test[0].second));
  CHECK(read->validation.empty());
  CHECK(json_line(to_node(*read, EpochForm::with_timing)) == line);
  CHECK_FALSE(epoch_record_of(read_json(R"({"loss": 1})", "test")).has_value());
  CHECK_FALSE(epoch_record_of(read_json(R"({"epoch": 1, "train": {"loss": []}})", "test")).has_value());
}

TEST_CASE("two runs that differ in time only have equal results above the timing block") {
  RunRecord slow = example_record();
  slow.epochs[0].seconds = 99;
  slow.timing.started_at = "2027-01-01T00:00:00Z";
  const std::string a = json_document(to_node(example_record()));
  const std::string b = json_document(to_node(slow));
  CHECK(a != b);
  CHECK(a.substr(0, a.find("\"timing\"")) == b.substr(0, b.find("\"timing\"")));
}

TEST_CASE("every state has one word") {
  for (const RunState state : {RunState::queued, RunState::running, RunState::completed, RunState::diverged,
                               RunState::failed, RunState::interrupted, RunState::pruned}) {
    CHECK(run_state_of(word_of(state)) == state);
  }
  CHECK_FALSE(run_state_of("done").has_value());
}
