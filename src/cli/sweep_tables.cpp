#include "cli/sweep_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/byte_text.h"
#include "base/number_text.h"
#include "base/text.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "compare/table.h"

namespace bunsen {
namespace {

std::vector<std::string> axes_with(const SweepRecord& record, const std::vector<InvalidPoint>& invalid) {
  std::vector<std::string> axes = axes_of(record);
  for (const InvalidPoint& point : invalid) {
    for (const auto& [path, value] : point.point) {
      if (std::find(axes.begin(), axes.end(), path) == axes.end()) axes.push_back(path);
    }
  }
  return axes;
}

std::vector<Cell> cells_of(const Point& point, const std::vector<std::string>& axes) {
  std::vector<Cell> cells;
  for (const std::string& axis : axes) {
    const auto found =
        std::find_if(point.begin(), point.end(), [&](const auto& entry) { return entry.first == axis; });
    cells.push_back(found == point.end() ? Cell("-", Paint::faint) : Cell(value_text(found->second)));
  }
  return cells;
}

Table table_with(const std::vector<std::string>& axes) {
  Table table;
  for (const std::string& axis : axes) {
    Column column;
    column.title = axis;
    table.columns.push_back(std::move(column));
  }
  return table;
}

void add_number_column(Table& table, const std::string& title) {
  Column column;
  column.title = title;
  column.is_number = true;
  table.columns.push_back(std::move(column));
}

Cell state_cell(RunState state) {
  if (state == RunState::completed) return {"done"};
  if (state == RunState::queued) return {"to train"};
  const bool is_bad = state == RunState::failed || state == RunState::diverged;
  return {std::string(word_of(state)), is_bad ? Paint::bad : Paint::plain};
}

}  // namespace

std::string objective_text(const Goal& goal, double value) {
  return goal.metric.ends_with("accuracy") ? fmt::format("{:.4f}", value) : fmt::format("{:.6g}", value);
}

std::string trials_table(const SweepRecord& record, const std::vector<InvalidPoint>& invalid) {
  const std::vector<std::string> axes = axes_with(record, invalid);
  Table table = table_with(axes);
  add_number_column(table, "seed");
  for (const std::string title : {"id", "state"}) {
    Column column;
    column.title = title;
    table.columns.push_back(std::move(column));
  }
  if (record.goal) add_number_column(table, record.goal->metric);
  for (const TrialRecord& trial : record.trials) {
    std::vector<Cell> row = cells_of(trial.point, axes);
    row.emplace_back(std::to_string(trial.seed));
    row.emplace_back(trial.id);
    row.push_back(state_cell(trial.state));
    if (trial.objective) row.emplace_back(objective_text(*record.goal, *trial.objective));
    table.rows.push_back(std::move(row));
  }
  for (const InvalidPoint& point : invalid) {
    std::vector<Cell> row = cells_of(point.point, axes);
    for (int empty = 0; empty < 2; ++empty) row.emplace_back("-", Paint::faint);
    row.emplace_back("invalid", Paint::bad);
    table.rows.push_back(std::move(row));
  }
  return to_text(table, look_of_stdout()).text;
}

std::int64_t SweepPlan::memory_bytes() const {
  return memory_of_trainings(memory, std::min<std::int64_t>(jobs, static_cast<std::int64_t>(to_train)));
}

std::string plan_text(const SweepPlan& plan) {
  if (plan.to_train == 0) return "nothing to train";
  const std::string time =
      plan.time ? "about " + duration_text(plan.time->seconds) : "a time that no rule tells";
  std::string text = fmt::format("to train: {}, {} at a time, and about {}{}", time, plan.jobs,
                                 byte_text(plan.memory_bytes()), plan.memory.data ? "" : " and the data");
  if (plan.time && plan.time->measured_on > 0)
    text += fmt::format("; the time by {}", count_of(plan.time->measured_on, "finished trial"));
  if (plan.time && plan.time->measured_on == 0) text += "; the time by the multiply-adds, very roughly";
  return text;
}

Node to_node(const SweepPlan& plan) {
  Node node = Node::map();
  node.set("to_train", Node::number(static_cast<std::int64_t>(plan.to_train)));
  node.set("jobs", Node::number(plan.jobs));
  if (plan.time) {
    node.set("seconds", Node::number(round_significant(plan.time->seconds, 3)));
    node.set("seconds_measured_on", Node::number(plan.time->measured_on));
  }
  node.set("memory_bytes", Node::number(plan.memory_bytes()));
  Node& invalid = node.set("invalid", Node::list());
  for (const InvalidPoint& point : plan.invalid) {
    Node& entry = invalid.push(Node::map());
    entry.set("point", to_node(point.point));
    entry.set("reason", Node::string(point.reason));
  }
  return node;
}

std::string outcome_table(const SweepRecord& record) {
  const std::vector<PointScore> scores = ranked_points(record);
  if (scores.empty()) return "";
  const std::vector<std::string> axes = axes_of(record);
  Table table = table_with(axes);
  add_number_column(table, record.goal->metric);
  add_number_column(table, "sd");
  add_number_column(table, "seeds");
  constexpr std::size_t most_rows = 20;
  for (const PointScore& score : scores) {
    if (table.rows.size() == most_rows) break;
    std::vector<Cell> row = cells_of(score.point, axes);
    row.emplace_back(objective_text(*record.goal, score.mean),
                     &score == &scores[0] ? Paint::bold : Paint::plain);
    row.emplace_back(score.deviation ? objective_text(*record.goal, *score.deviation) : std::string("-"));
    row.emplace_back(std::to_string(score.seeds));
    table.rows.push_back(std::move(row));
  }
  std::string text = to_text(table, look_of_stdout()).text;
  if (scores.size() > most_rows) text += fmt::format("... and {} more\n", scores.size() - most_rows);
  return text;
}

}  // namespace bunsen
