#include "sweep/sweep_record.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <unordered_set>

namespace bunsen {
namespace {

constexpr std::array<std::string_view, 5> state_words{"planned", "running", "finished", "interrupted",
                                                      "stopped"};

PointScore score_of(const Point& point, const std::vector<double>& values) {
  PointScore score;
  score.point = point;
  score.seeds = static_cast<std::int64_t>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  score.mean = sum / static_cast<double>(values.size());
  if (values.size() < 2) return score;
  double squares = 0;
  for (const double value : values) squares += (value - score.mean) * (value - score.mean);
  score.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return score;
}

Node trial_node(const TrialRecord& trial, const std::filesystem::path& sweep_folder) {
  Node node = Node::map();
  node.set("point", to_node(trial.point));
  node.set("seed", Node::number(trial.seed));
  node.set("id", Node::string(trial.id));
  if (!trial.folder.empty()) {
    const auto whole = [](const std::filesystem::path& path) {
      return std::filesystem::absolute(path).lexically_normal();
    };
    node.set("path", Node::string(whole(trial.folder).lexically_relative(whole(sweep_folder)).string()));
  }
  node.set("status", Node::string(std::string(word_of(trial.state))));
  if (trial.objective) node.set("objective", Node::number(*trial.objective));
  if (!trial.error.empty()) node.set("error", Node::string(trial.error));
  return node;
}

Node score_node(const PointScore& score) {
  Node node = Node::map();
  node.set("point", to_node(score.point));
  node.set("mean", Node::number(score.mean));
  if (score.deviation) node.set("deviation", Node::number(*score.deviation));
  node.set("seeds", Node::number(score.seeds));
  return node;
}

}  // namespace

bool is_better(const Goal& goal, double left, double right) {
  return goal.is_maximized ? left > right : left < right;
}

std::optional<double> objective_of(const Goal& goal, const Node& result) {
  const auto number_at = [](const Node& node, const std::string& path) {
    const Node* value = node.at_path(path);
    return value == nullptr ? std::nullopt : value->as_number();
  };
  if (goal.at == ObjectiveAt::last) return number_at(result, "final." + goal.metric);
  std::optional<double> best;
  const Node* epochs = result.find("epochs");
  if (epochs == nullptr) return best;
  for (const Node& epoch : epochs->items) {
    const std::optional<double> value = number_at(epoch, goal.metric);
    if (value && !std::isnan(*value) && (!best || is_better(goal, *value, *best))) best = value;
  }
  return best;
}

std::vector<std::string> axes_of(const SweepRecord& record) {
  std::vector<std::string> axes;
  std::unordered_set<std::string> seen;
  for (const TrialRecord& trial : record.trials) {
    for (const auto& [path, value] : trial.point) {
      if (seen.insert(path).second) axes.push_back(path);
    }
  }
  return axes;
}

std::size_t count_of_state(const SweepRecord& record, RunState state) {
  const auto has_state = [state](const TrialRecord& trial) { return trial.state == state; };
  return static_cast<std::size_t>(std::count_if(record.trials.begin(), record.trials.end(), has_state));
}

std::vector<PointScore> ranked_points(const SweepRecord& record) {
  std::vector<PointScore> scores;
  if (!record.goal) return scores;
  for (std::size_t first = 0; first < record.trials.size();) {
    std::size_t end = first;
    std::vector<double> values;
    while (end < record.trials.size() && same_point(record.trials[end].point, record.trials[first].point)) {
      const TrialRecord& trial = record.trials[end++];
      const bool counts =
          trial.state == RunState::completed && trial.objective && std::isfinite(*trial.objective);
      if (counts) values.push_back(*trial.objective);
    }
    if (values.size() == end - first) scores.push_back(score_of(record.trials[first].point, values));
    first = end;
  }
  std::stable_sort(scores.begin(), scores.end(), [&](const PointScore& left, const PointScore& right) {
    return is_better(*record.goal, left.mean, right.mean);
  });
  return scores;
}

Node to_node(const SweepRecord& record, const std::filesystem::path& sweep_folder) {
  Node node = Node::map();
  node.set("schema_version", Node::number(std::int64_t{1}));
  node.set("experiment", Node::string(record.name));
  if (!record.question.empty()) node.set("question", Node::string(record.question));
  node.set("file", Node::string(record.file));
  node.set("state", Node::string(std::string(state_words[static_cast<std::size_t>(record.state)])));
  if (!record.stopped_by.empty()) node.set("stopped_by", Node::string(record.stopped_by));
  if (record.goal) {
    Node objective = Node::map();
    objective.set(record.goal->is_maximized ? "maximize" : "minimize", Node::string(record.goal->metric));
    if (record.goal->at == ObjectiveAt::best) objective.set("at", Node::string("best"));
    node.set("objective", std::move(objective));
  }
  if (!record.warnings.empty()) {
    Node& warnings = node.set("warnings", Node::list());
    for (const std::string& warning : record.warnings) warnings.push(Node::string(warning));
  }
  Node trials = Node::list();
  for (const TrialRecord& trial : record.trials) trials.push(trial_node(trial, sweep_folder));
  node.set("trials", std::move(trials));
  Node points = Node::list();
  for (const PointScore& score : ranked_points(record)) points.push(score_node(score));
  node.set("points", std::move(points));
  node.set("timing", Node::map()).set("seconds", Node::number(record.seconds));
  return node;
}

}  // namespace bunsen
