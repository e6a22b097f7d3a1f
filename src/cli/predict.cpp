#include "cli/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/results_root.h"
#include "cli/run_setting.h"
#include "compare/select.h"
#include "compare/table.h"
#include "config/json.h"
#include "results/run_folder.h"
#include "sweep/queue.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

/// The folder of the one run that is meant; of several, by name, the newest.
fs::path run_folder_of(const PredictOptions& options) {
  const fs::path root = results_root(options.results);
  std::error_code ignored;
  const fs::path latest = root / options.run / "latest";
  if (fs::is_directory(latest, ignored)) return fs::canonical(latest);
  const Selection selection = select_runs(options.run, root);
  if (selection.runs.size() == 1) return selection.runs[0].folder;
  throw UserError(fmt::format("'{}' means {} runs; name one of them: {}, {}, ...", options.run,
                              selection.runs.size(), shown(selection.runs[0].folder),
                              shown(selection.runs[1].folder)));
}

Node resolved_config(const fs::path& folder) {
  const fs::path file = folder / run_files::result;
  const Node result = read_result(file);
  const Node* config = result.find("config");
  if (config == nullptr) throw UserError(shown(file) + ": has no config");
  return *config;
}

Node request_for(const fs::path& folder, const std::vector<std::int64_t>& indices) {
  Node request = Node::map();
  request.set("request", Node::string("predict"));
  request.set("id", Node::string("predict"));
  request.set("folder", Node::string(fs::absolute(folder).lexically_normal().string()));
  request.set("config", resolved_config(folder));
  Node list = Node::list();
  for (const std::int64_t index : indices) list.push(Node::number(index));
  request.set("indices", std::move(list));
  return request;
}

std::string text_at(const Node& node, std::string_view key) {
  const Node* value = node.find(key);
  return value == nullptr ? std::string() : value->text;
}

/// What the class is called; its index if the event does not say.
std::string class_name(const Node* classes, std::size_t index) {
  const bool is_named = classes != nullptr && index < classes->items.size();
  return is_named ? one_line(classes->items[index].text) : std::to_string(index);
}

void print_sample(const Node& sample, const Node* classes, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", json_line(sample));
    return;
  }
  fmt::print("sample {}  label {}  predicted {}\n", text_at(sample, "index"), text_at(sample, "label"),
             text_at(sample, "prediction"));
  const Node* probabilities = sample.find("probabilities");
  if (probabilities == nullptr) return;
  std::size_t width = 3;
  for (std::size_t index = 0; index < probabilities->items.size(); ++index)
    width = std::max(width, display_width(class_name(classes, index)));
  for (std::size_t index = 0; index < probabilities->items.size(); ++index) {
    const std::string name = class_name(classes, index);
    const double value = probabilities->items[index].as_number().value_or(0);
    const std::string bar(static_cast<std::size_t>(std::lround(value * 40)), '#');
    const std::string line =
        fmt::format("  {}{}  {:.9f}  {}", std::string(width - display_width(name), ' '), name, value, bar);
    fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

/// Prints what comes until the request has ended. Throws UserError if it failed.
void print_predictions(WorkerSession& session, bool as_json) {
  while (true) {
    const WorkerNews news =
        session.worker().next(std::chrono::seconds(1), session.interruption().descriptor());
    if (session.interruption().has_arrived()) throw UserError("interrupted", ExitCode::interrupted);
    if (news.kind == WorkerNews::Kind::ended)
      throw UserError("bunsen-worker " + session.worker().ending(), ExitCode::run_failed);
    if (news.kind != WorkerNews::Kind::event) continue;
    const std::string name = text_at(news.event, "event");
    if (name == "finished") return;
    if (name == "failed" || name == "error")
      throw UserError(text_at(news.event, "reason"), ExitCode::run_failed);
    if (name != "predictions") continue;
    for (const Node& sample : news.event.find("samples")->items)
      print_sample(sample, news.event.find("classes"), as_json);
  }
}

}  // namespace

int predict_command(const PredictOptions& options) {
  if (options.indices.empty()) throw UserError("no sample is named; add --index 0");
  const fs::path folder = run_folder_of(options);
  if (!fs::exists(folder / run_files::weights)) {
    throw UserError(fmt::format(
        "{}: no {} there (a sweep keeps the best trial's only); train it with `bunsen run {} --again`",
        shown(folder), run_files::weights, shown(folder / run_files::config)));
  }
  const Node request = request_for(folder, options.indices);
  Interruption interruption;
  WorkerSession session({worker_program(), 1, 1}, interruption);
  if (session.worker().send(request)) print_predictions(session, options.json);
  return static_cast<int>(ExitCode::done);
}

}  // namespace bunsen
