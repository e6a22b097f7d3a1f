#include "worker/task.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <exception>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/machine.h"
#include "export/weights_file.h"
#include "results/run_folder.h"
#include "train/environment.h"
#include "train/train.h"
#include "worker/checked_config.h"
#include "worker/log_redirection.h"

namespace bunsen {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds progress_interval{100};

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

std::string text_at(const Node& map, std::string_view key) {
  const Node* found = map.find(key);
  return found == nullptr ? std::string() : found->as_string().value_or("");
}

Node map_at(const Node& map, std::string_view key) {
  const Node* found = map.find(key);
  return found != nullptr && found->is_map() ? *found : Node::map();
}

/// LibTorch's own errors carry a stack trace in what().
std::string reason_of(const std::exception& error) {
  if (const auto* torch_error = dynamic_cast<const c10::Error*>(&error))
    return torch_error->what_without_backtrace();
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "out of memory";
  return error.what();
}

/// Writes epochs down and tells what happens.
class TrainingReporter : public TrainingObserver {
 public:
  TrainingReporter(const TrainRequest& request, const Plan& plan, RunWriter& writer, const TaskLink& link)
      : request_(request), plan_(plan), writer_(writer), link_(link) {}

  void started(const TrainingStart& start) override;
  void stepped(const StepResult& step) override;
  void epoch_ended(const EpochRecord& record) override;
  bool wants_stop() override { return link_.wants_stop(); }
  bool wants_profile() override { return request_.profile; }
  void profiled(const Profile& profile) override;

 private:
  const TrainRequest& request_;
  const Plan& plan_;
  RunWriter& writer_;
  const TaskLink& link_;
  Clock::time_point last_progress_;
};

void TrainingReporter::started(const TrainingStart& start) {
  const ProcessIdentity process = this_process();
  Node node = event("started", request_.id);
  node.set("pid", Node::number(process.pid));
  node.set("threads", Node::number(request_.threads));
  node.set(
      "device",
      Node::string(std::string(names_of(request_.device).at(static_cast<std::size_t>(request_.device)))));
  node.set("parameters", Node::number(start.parameters));
  node.set("epochs", Node::number(start.epochs));
  node.set("steps_per_epoch", Node::number(start.steps_per_epoch));
  Node samples = Node::map();
  samples.set("train", Node::number(start.train_samples));
  samples.set("validation", Node::number(start.validation_samples));
  samples.set("test", Node::number(start.test_samples));
  node.set("samples", std::move(samples));
  link_.send(node);
}

void TrainingReporter::stepped(const StepResult& step) {
  writer_.beat();
  if (request_.trace == Trace::steps) {
    Node node = event("step", request_.id);
    node.set("step", Node::number((step.epoch - 1) * step.steps_per_epoch + step.step));
    node.set("loss", Node::number(step.loss));
    link_.send(node);
  }
  if (!request_.progress) return;
  const Clock::time_point now = Clock::now();
  if (now - last_progress_ < progress_interval) return;
  last_progress_ = now;
  Node node = event("progress", request_.id);
  node.set("epoch", Node::number(step.epoch));
  node.set("step", Node::number(step.step));
  node.set("steps", Node::number(step.steps_per_epoch));
  link_.send(node);
}

void TrainingReporter::epoch_ended(const EpochRecord& record) {
  writer_.append_epoch(record);
  Node node = event("epoch", request_.id);
  node.set("record", to_node(record, EpochForm::with_timing));
  link_.send(node);
  if (!request_.waits_after) return;
  const std::vector<std::int64_t>& waits = *request_.waits_after;
  if (std::find(waits.begin(), waits.end(), record.epoch) != waits.end()) link_.wait_for_word();
}

void TrainingReporter::profiled(const Profile& profile) {
  link_.send(to_node(profile, plan_, event("profile", request_.id)));
}

Node finished_event(const TrainRequest& request, const RunRecord& record) {
  Node node = event("finished", request.id);
  node.set("status", Node::string(std::string(word_of(record.status))));
  node.set("folder", Node::string(request.folder));
  const Node document = to_node(record);
  for (const std::string_view block : {"final", "best", "stopped_early"}) {
    if (const Node* found = document.find(block)) node.set(std::string(block), *found);
  }
  if (record.error) node.set("reason", Node::string(record.error->message));
  return node;
}

Node failed_event(const std::string& id, const std::string& reason, bool is_recorded) {
  Node node = event("failed", id);
  node.set("reason", Node::string(reason));
  node.set("recorded", Node::boolean(is_recorded));
  return node;
}

at::Device torch_device(Device device) {
  if (device == Device::cpu) return at::Device(at::kCPU);
  for (const std::string& name : devices()) {
    if (name == "cuda") return at::Device(at::kCUDA, 0);
  }
  throw UserError("this machine's LibTorch sees no CUDA device; take `runtime: {device: cpu}`");
}

/// A training that was told to stop, as what it was told to have become.
void end_as_ordered(RunRecord& record, const StopRequest& order) {
  if (order.status == StopAs::pruned) record.status = RunState::pruned;
  if (order.status != StopAs::failed) return;
  record.status = RunState::failed;
  record.error = RunError{order.reason.empty() ? "it was told to stop" : order.reason,
                          static_cast<std::int64_t>(record.epochs.size()) + 1,
                          {}};
}

/// Trains and commits; returns what was committed, or a record with the status `interrupted`.
RunRecord train_and_commit(const TrainRequest& request, RunRecord record, DataStore& store, RunWriter& writer,
                           const TaskLink& link) {
  const Clock::time_point start = Clock::now();
  forget_peak_memory();  // of this process's earlier trainings
  const Resolved config = checked_config(request.config);
  const LoadedData& data = store.get(config);
  const Plan plan = checked_plan(config, data);
  TrainingReporter reporter(request, plan, writer, link);
  Trained trained = train(config.spec, plan, data, torch_device(request.device), std::move(record), reporter);
  const bool is_stopped = trained.record.status == RunState::interrupted;
  if (is_stopped) end_as_ordered(trained.record, link.stop_order());
  if (trained.record.status == RunState::interrupted) {
    writer.set_state(RunState::interrupted);
    return std::move(trained.record);
  }
  if (request.keep_weights && !is_stopped) {
    writer.confirm();
    write_weights(std::filesystem::path(request.folder) / run_files::weights, trained);
  }
  trained.record.timing.finished_at = utc_now();
  trained.record.timing.peak_memory_bytes = peak_memory_bytes();
  trained.record.timing.total_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  writer.commit(trained.record);
  return std::move(trained.record);
}

/// Whether the failure could be written down.
bool commit_failure(RunRecord record, const std::string& reason, RunWriter& writer) {
  record.status = RunState::failed;
  record.error = RunError{reason, {}, {}};
  record.timing.finished_at = utc_now();
  try {
    record.epochs = read_epochs(writer.folder());
    writer.commit(record);
    return true;
  } catch (const UserError&) {
    return false;
  }
}

}  // namespace

Node event(const std::string& name, const std::string& id) {
  Node node = Node::map();
  node.set("event", Node::string(name));
  node.set("id", Node::string(id));
  return node;
}

RunRecord record_of(const TrainRequest& request, const WorkerBuild& build) {
  RunRecord record;
  record.id = text_at(request.run, "id");
  record.group = text_at(request.run, "group");
  record.name = text_at(request.run, "name");
  record.vars = map_at(request.run, "vars");
  record.point = map_at(request.run, "point");
  record.config = request.config;
  record.timing.started_at = utc_now();
  record.environment = present_environment(request.device);
  record.environment.threads = request.threads;
  record.environment.bunsen = build.version;
  record.environment.torch = build.torch;
  record.environment.git_commit = text_at(request.environment, "git_commit");
  if (const Node* dirty = request.environment.find("git_dirty"))
    record.environment.git_dirty = dirty->as_boolean();
  record.environment.source_file = text_at(request.environment, "source_file");
  record.environment.command_line = text_at(request.environment, "command_line");
  for (std::size_t i = 0; i < request.origins.keys.size(); ++i) {
    record.origins.emplace_back(request.origins.keys[i].text,
                                request.origins.items[i].as_string().value_or(""));
  }
  return record;
}

void run_training(const TrainRequest& request, const WorkerBuild& build, DataStore& store,
                  const TaskLink& link) {
  // Told last, when the lock is given back and an empty log is gone: who hears it finds the folder at rest.
  Node last_event;
  {
    std::optional<RunWriter> writer;
    RunRecord record;
    try {
      record = record_of(request, build);
      writer.emplace(request.folder);
      const LogRedirection log(request.folder);
      const RunRecord ended = train_and_commit(request, record, store, *writer, link);
      last_event = ended.status == RunState::failed ? failed_event(request.id, ended.error->message, true)
                                                    : finished_event(request, ended);
    } catch (const std::exception& error) {
      const std::string reason = reason_of(error);
      const bool is_recorded = writer && commit_failure(std::move(record), reason, *writer);
      last_event = failed_event(request.id, reason, is_recorded);
    }
  }
  link.send(last_event);
}

}  // namespace bunsen
