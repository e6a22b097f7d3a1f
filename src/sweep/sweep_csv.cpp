#include "sweep/sweep_csv.h"

#include <algorithm>
#include <vector>

#include "base/number_text.h"

namespace bunsen {
namespace {

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::string row;
  for (const std::string& cell : cells) row += (&cell == &cells[0] ? "" : ",") + csv_cell(cell);
  return row + "\n";
}

}  // namespace

std::string sweep_csv(const SweepRecord& record) {
  const std::vector<std::string> axes = axes_of(record);
  std::vector<std::string> titles = axes;
  for (const std::string title : {"seed", "id", "status"}) titles.push_back(title);
  if (record.goal) titles.push_back(record.goal->metric);
  titles.emplace_back("error");
  std::string text = csv_row(titles);
  for (const TrialRecord& trial : record.trials) {
    std::vector<std::string> cells(axes.size());
    for (const auto& [path, value] : trial.point) {
      const auto axis = std::find(axes.begin(), axes.end(), path);
      cells[static_cast<std::size_t>(axis - axes.begin())] = value_text(value);
    }
    cells.push_back(std::to_string(trial.seed));
    cells.push_back(trial.id);
    cells.emplace_back(word_of(trial.state));
    if (record.goal) cells.push_back(trial.objective ? number_text(*trial.objective) : "");
    cells.push_back(trial.error);
    text += csv_row(cells);
  }
  return text;
}

}  // namespace bunsen
