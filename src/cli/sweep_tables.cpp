#include "cli/sweep_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal.h"
#include "compare/table.h"

namespace bunsen {
namespace {

/// The axes of all points, in the order in which they first stand there.
std::vector<std::string> axes_of(const SweepRecord& record) {
  std::vector<std::string> axes;
  for (const TrialRecord& trial : record.trials) {
    for (const auto& [path, value] : trial.point) {
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

std::string trials_table(const SweepRecord& record) {
  const std::vector<std::string> axes = axes_of(record);
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
  return to_text(table, look_of_stdout()).text;
}

std::string outcome_table(const SweepRecord& record) {
  const std::vector<PointScore> scores = ranked_points(record);
  if (scores.empty()) return "";
  const std::vector<std::string> axes = axes_of(record);
  Table table = table_with(axes);
  add_number_column(table, record.goal->metric);
  add_number_column(table, "sd");
  add_number_column(table, "seeds");
  for (const PointScore& score : scores) {
    std::vector<Cell> row = cells_of(score.point, axes);
    row.emplace_back(objective_text(*record.goal, score.mean),
                     &score == &scores[0] ? Paint::bold : Paint::plain);
    row.emplace_back(score.deviation ? objective_text(*record.goal, *score.deviation) : std::string("-"));
    row.emplace_back(std::to_string(score.seeds));
    table.rows.push_back(std::move(row));
  }
  return to_text(table, look_of_stdout()).text;
}

}  // namespace bunsen
