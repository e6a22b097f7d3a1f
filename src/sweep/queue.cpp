#include "sweep/queue.h"

#include <fmt/format.h>
#include <signal.h>

#include <deque>
#include <map>

#include "base/errors.h"
#include "base/number_text.h"

namespace bunsen {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds patience{500};
constexpr milliseconds stop_grace{3000};
constexpr milliseconds hang_grace{3000};  // for a training that is told to stop and does not
constexpr std::chrono::seconds greeting_grace{120};

std::string text_of(const Node& event, std::string_view key) {
  const Node* value = event.find(key);
  return value == nullptr ? std::string() : value->text;
}

TrainingEnd end_of(const Node& event) {
  TrainingEnd end;
  end.event = event;
  end.reason = text_of(event, "reason");
  const std::string name = text_of(event, "event");
  const std::string status = text_of(event, "status");
  if (name == "finished" && status == "completed")
    end.kind = TrainingEnd::Kind::completed;
  else if (name == "finished" && status == "diverged")
    end.kind = TrainingEnd::Kind::diverged;
  else if (name == "finished" && status == "pruned")
    end.kind = TrainingEnd::Kind::pruned;
  else if (name == "finished")
    end.kind = TrainingEnd::Kind::interrupted;
  else
    end.kind = TrainingEnd::Kind::failed;
  if (name == "failed") end.is_recorded = text_of(event, "recorded") != "false";
  if (name == "error") end.is_recorded = false;
  return end;
}

}  // namespace

class TrainingQueue::Work {
 public:
  Work(WorkerSession& session, QueueOptions options, const QueueHooks& hooks)
      : session_(session), hooks_(hooks), options_(options) {}

  bool work() {
    while (true) {
      notice_interruption();
      if (!is_stopping_) fill();
      if (on_their_way_.empty() && (lost_.empty() || is_stopping_)) break;
      end_late_ones();
      step();
    }
    for (const Task& task : lost_) hooks_.end(task.index, {TrainingEnd::Kind::not_begun, {}, "", true});
    return !is_stopping_;
  }

  void go_on(std::size_t index) {
    for (const auto& [id, task] : on_their_way_) {
      if (task.index != index) continue;
      Node request = Node::map();
      request.set("request", Node::string("continue"));
      request.set("id", Node::string(id));
      session_.worker().send(request);
    }
  }

  bool prune(std::size_t index, const std::string& reason) {
    for (auto& [id, task] : on_their_way_) {
      if (task.index != index) continue;
      if (task.stopped_as.empty()) send_stop(id, reason, "pruned");
      if (task.stopped_as.empty()) task.stopped_as = "pruned";
      return true;
    }
    return false;
  }

 private:
  struct Task {
    std::size_t index = 0;
    int attempt = 1;
    std::optional<steady_clock::time_point> started_at = {};
    pid_t pid = 0;
    std::string stopped_as = {};  ///< `pruned`, `failed`: it was told to stop
  };

  void fill() {
    const bool is_ahead = options_.works_ahead && session_.jobs() > 1;
    const std::size_t wanted = static_cast<std::size_t>(session_.jobs()) + (is_ahead ? 1 : 0);
    while (on_their_way_.size() < wanted && !session_.interruption().has_arrived()) {
      const std::optional<Task> task = next_task();
      if (!task) return;
      std::optional<Node> request = hooks_.prepare(task->index, task->attempt);
      if (!request) continue;
      const std::string id = std::to_string(task->index) + "." + std::to_string(task->attempt);
      request->set("id", Node::string(id));
      on_their_way_.emplace(id, *task);
      if (!session_.worker().send(*request)) return;
    }
  }

  std::optional<Task> next_task() {
    if (!lost_.empty()) {
      const Task task = lost_.front();
      lost_.pop_front();
      return task;
    }
    const std::optional<std::size_t> index = hooks_.next();
    return index ? std::optional<Task>(Task{*index}) : std::nullopt;
  }

  void notice_interruption() {
    if (!session_.interruption().has_arrived()) return;
    const bool is_asked_again = session_.interruption().count() > 1 && is_stopping_;
    if (!is_stopping_) {
      is_stopping_ = true;
      kill_at_ = steady_clock::now() + stop_grace;
      for (const auto& [id, task] : on_their_way_) send_stop(id, "someone asked to stop", "interrupted");
    }
    if (!on_their_way_.empty() && (is_asked_again || steady_clock::now() > kill_at_))
      session_.worker().kill();
  }

  void send_stop(const std::string& id, const std::string& reason, const std::string& status) {
    Node stop = Node::map();
    stop.set("request", Node::string("stop"));
    stop.set("id", Node::string(id));
    stop.set("reason", Node::string(reason));
    stop.set("status", Node::string(status));
    session_.worker().send(stop);
  }

  std::string lateness() const {
    return "it took longer than " + number_text(*options_.timeout_seconds) + " s (trial_timeout_seconds)";
  }

  /// One that does not stop when it is told hangs, and is killed.
  void end_late_ones() {
    if (!options_.timeout_seconds || is_stopping_) return;
    const auto allowed = std::chrono::duration<double>(*options_.timeout_seconds);
    for (auto& [id, task] : on_their_way_) {
      if (!task.started_at || task.stopped_as == "pruned") continue;
      const auto taken = steady_clock::now() - *task.started_at;
      if (taken > allowed && task.stopped_as.empty()) {
        task.stopped_as = "failed";
        send_stop(id, lateness(), task.stopped_as);
      }
      if (taken > allowed + hang_grace && task.pid > 0) {
        ::kill(task.pid, SIGKILL);
        task.pid = 0;
      }
    }
  }

  void step() {
    const milliseconds longest = options_.timeout_seconds ? patience / 5 : patience;
    const WorkerNews news = session_.worker().next(longest, session_.interruption().descriptor());
    if (news.kind == WorkerNews::Kind::ended) return lose_worker();
    if (news.kind != WorkerNews::Kind::event) return;
    const auto found = on_their_way_.find(text_of(news.event, "id"));
    if (found == on_their_way_.end()) return;
    Task& task = found->second;
    const std::size_t index = task.index;
    const std::string name = text_of(news.event, "event");
    if (name == "finished" || name == "failed" || (name == "error" && !is_stopping_ && !task.started_at)) {
      TrainingEnd end = end_of(news.event);
      if (end.kind == TrainingEnd::Kind::failed && task.stopped_as == "failed") end.reason = lateness();
      on_their_way_.erase(found);
      hooks_.end(index, end);
    } else if (name != "error") {
      if (name == "started") note_start(task, news.event);
      hooks_.tell(index, news.event);
    }
  }

  static void note_start(Task& task, const Node& event) {
    task.started_at = steady_clock::now();
    if (const Node* pid = event.find("pid")) task.pid = static_cast<pid_t>(pid->as_integer().value_or(0));
  }

  void lose_worker() {
    const std::string reason = "bunsen-worker " + session_.worker().ending();
    const bool has_never_worked = session_.worker().hello().is_null();
    session_.forget();
    // Ctrl-C reaches the worker as well, and its end may be seen first.
    is_stopping_ = is_stopping_ || session_.interruption().has_arrived();
    if (has_never_worked && !is_stopping_) throw UserError(reason, ExitCode::run_failed);
    std::map<std::string, Task> lost;
    lost.swap(on_their_way_);
    if (lost.empty()) throw UserError(reason, ExitCode::run_failed);
    for (auto task = lost.rbegin(); task != lost.rend(); ++task) {
      const auto& [index, attempt, started_at, pid, stopped_as] = task->second;
      if (stopped_as == "pruned") {
        hooks_.end(index, {TrainingEnd::Kind::pruned, {}, reason, true});
      } else if (is_stopping_) {
        hooks_.end(index, {TrainingEnd::Kind::interrupted, {}, reason, true});
      } else if (attempt < options_.most_attempts) {
        lost_.push_front({index, attempt + 1});
      } else {
        hooks_.end(index, {TrainingEnd::Kind::lost, {}, reason, false});
      }
    }
  }

  WorkerSession& session_;
  const QueueHooks& hooks_;
  QueueOptions options_;
  std::deque<Task> lost_;                     ///< with a worker, and to be tried again
  std::map<std::string, Task> on_their_way_;  ///< by request id
  bool is_stopping_ = false;
  steady_clock::time_point kill_at_;
};

TrainingQueue::TrainingQueue(WorkerSession& session, QueueOptions options, const QueueHooks& hooks)
    : work_(std::make_unique<Work>(session, options, hooks)) {}

TrainingQueue::~TrainingQueue() = default;

bool TrainingQueue::work() { return work_->work(); }

void TrainingQueue::go_on(std::size_t index) { work_->go_on(index); }

bool TrainingQueue::prune(std::size_t index, const std::string& reason) {
  return work_->prune(index, reason);
}

WorkerProcess& WorkerSession::worker() {
  if (!worker_) worker_ = std::make_unique<WorkerProcess>(options_);
  return *worker_;
}

const Node& WorkerSession::hello() {
  WorkerProcess& process = worker();
  const steady_clock::time_point deadline = steady_clock::now() + greeting_grace;
  while (process.hello().is_null()) {
    const WorkerNews news = process.next(patience);
    const bool is_late = steady_clock::now() > deadline;
    if (news.kind == WorkerNews::Kind::event || (news.kind == WorkerNews::Kind::silence && !is_late))
      continue;
    const std::string reason = is_late ? "says nothing" : process.ending();
    forget();
    throw UserError("bunsen-worker " + reason, ExitCode::run_failed);
  }
  return process.hello();
}

bool train_all(WorkerSession& session, const std::vector<std::size_t>& indices, int most_attempts,
               const QueueHooks& hooks) {
  std::size_t begun = 0;
  QueueHooks all = hooks;
  all.next = [&]() -> std::optional<std::size_t> {
    return begun < indices.size() ? std::optional<std::size_t>(indices[begun++]) : std::nullopt;
  };
  const bool is_whole = TrainingQueue(session, {most_attempts}, all).work();
  for (; begun < indices.size(); ++begun)
    hooks.end(indices[begun], {TrainingEnd::Kind::not_begun, {}, "", true});
  return is_whole;
}

}  // namespace bunsen
