#include "compare/run_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "base/number_text.h"
#include "base/text.h"
#include "compare/leaf_changes.h"

namespace bunsen {
namespace {

struct MetricColumn {
  std::string_view metric, short_title;
  int rank;
};
constexpr std::array<MetricColumn, 4> metric_columns = {{{"test.accuracy", "test.acc", 1},
                                                         {"validation.accuracy", "valid.acc", 1},
                                                         {"test.loss", "test.loss", 4},
                                                         {"validation.loss", "valid.loss", 5}}};

std::optional<double> metric_of(const RunSummary& run, std::string_view name) {
  for (const auto& [metric, value] : run.final) {
    if (metric == name) return value;
  }
  return std::nullopt;
}

std::string seed_of(const RunSummary& run) {
  const Node* seed = run.config.find("seed");
  return seed != nullptr && seed->is_scalar() ? seed->text : std::string();
}

Cell status_cell(const RunSummary& run) {
  if (!run.state) return {"unreadable", Paint::bad};
  const bool is_bad = *run.state == RunState::failed || *run.state == RunState::diverged;
  return {std::string(word_of(*run.state)), is_bad ? Paint::bad : Paint::plain};
}

std::string epochs_text(const RunSummary& run) {
  const Node* wanted = run.config.find("epochs");
  const bool is_short = wanted != nullptr && wanted->as_integer() && *wanted->as_integer() != run.epochs;
  return is_short ? fmt::format("{}/{}", run.epochs, wanted->text) : std::to_string(run.epochs);
}

std::optional<std::int64_t> seconds_of(const std::string& utc) {
  std::tm time{};
  int end = 0;
  const int fields = std::sscanf(utc.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &time.tm_year, &time.tm_mon,
                                 &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec, &end);
  if (fields != 6) return std::nullopt;
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  return static_cast<std::int64_t>(timegm(&time));
}

Node text_or_null(const std::string& text) { return text.empty() ? Node() : Node::string(text); }

}  // namespace

std::string point_text(const Node& point) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < point.items.size(); ++i) {
    parts.push_back(split(point.keys[i].text, '.').back() + '=' + value_text(point.items[i]));
  }
  return join(parts, " ");
}

void sort_newest_first(std::vector<RunSummary>& runs) {
  std::stable_sort(runs.begin(), runs.end(), [](const RunSummary& a, const RunSummary& b) {
    if (a.started_at.empty() || b.started_at.empty()) return a.started_at.empty() && !b.started_at.empty();
    return a.started_at > b.started_at;
  });
}

std::string metric_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  const double size = std::abs(value);
  const bool is_plain = value == 0 || (size >= 1e-3 && size < 1e6);
  return is_plain ? fmt::format("{:.4f}", value) : fmt::format("{:.4g}", value);
}

std::string age_text(const std::string& started_at, std::int64_t now_seconds) {
  const std::optional<std::int64_t> started = seconds_of(started_at);
  if (!started) return "-";
  const std::int64_t age = std::max<std::int64_t>(0, now_seconds - *started);
  constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;
  if (age < 2 * minute) return fmt::format("{} s", age);
  if (age < 2 * hour) return fmt::format("{} min", age / minute);
  return age < 2 * day ? fmt::format("{} h", age / hour) : fmt::format("{} d", age / day);
}

Table run_table(const std::vector<RunSummary>& runs, std::int64_t now_seconds) {
  Table table;
  table.columns = {{.title = "name", .least_width = 24, .keeps_end = true},
                   {.title = "id"},
                   {.title = "status"},
                   {.title = "seed", .is_number = true},
                   {.title = "epochs", .is_number = true, .rank = 2}};
  const auto has_point = [](const RunSummary& run) { return !run.point.items.empty(); };
  const auto is_example = [](const RunSummary& run) { return run.is_example; };
  const bool only_examples = std::all_of(runs.begin(), runs.end(), is_example);
  const bool shows_point = std::any_of(runs.begin(), runs.end(), has_point);
  if (shows_point) table.columns.push_back({.title = "point", .least_width = 10});
  std::vector<std::string_view> metrics;
  for (const MetricColumn& column : metric_columns) {
    const auto has_metric = [&](const RunSummary& run) { return metric_of(run, column.metric).has_value(); };
    if (std::none_of(runs.begin(), runs.end(), has_metric)) continue;
    metrics.push_back(column.metric);
    table.columns.push_back({.title = std::string(column.metric),
                             .short_title = std::string(column.short_title),
                             .is_number = true,
                             .rank = column.rank});
  }
  table.columns.push_back({.title = "age", .is_number = true, .rank = 3});
  for (const RunSummary& run : runs) {
    std::vector<Cell> row = {run.is_example && !only_examples ? "examples/" + run.name : run.name, run.id,
                             status_cell(run), seed_of(run), epochs_text(run)};
    if (shows_point) row.emplace_back(point_text(run.point));
    for (const std::string_view metric : metrics) {
      const std::optional<double> value = metric_of(run, metric);
      row.emplace_back(value ? metric_text(*value) : "-");
    }
    row.emplace_back(age_text(run.started_at, now_seconds));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Node run_list(const std::vector<RunSummary>& runs) {
  Node list = Node::list();
  for (const RunSummary& run : runs) {
    Node item = Node::map();
    item.set("name", Node::string(run.name));
    item.set("id", Node::string(run.id));
    item.set("group", text_or_null(run.group));
    item.set("status", run.state ? Node::string(std::string(word_of(*run.state))) : Node());
    const Node* seed = run.config.find("seed");
    item.set("seed", seed != nullptr ? *seed : Node());
    item.set("epochs", Node::number(run.epochs));
    item.set("point", run.point.is_map() ? run.point : Node::map());
    Node final = Node::map();
    for (const auto& [metric, value] : run.final) final.set(metric, Node::number(value));
    item.set("final", std::move(final));
    item.set("started_at", text_or_null(run.started_at));
    item.set("folder", Node::string(run.folder.string()));
    if (!run.trouble.empty()) item.set("trouble", Node::string(run.trouble));
    list.push(std::move(item));
  }
  return list;
}

}  // namespace bunsen
