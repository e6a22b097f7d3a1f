#include "sweep/queue.h"

#include <deque>
#include <map>

#include "base/errors.h"

namespace bunsen {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds patience{500};
constexpr milliseconds stop_grace{3000};
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
  else if (name == "finished")
    end.kind = TrainingEnd::Kind::interrupted;
  else
    end.kind = TrainingEnd::Kind::failed;
  if (name == "failed") end.is_recorded = text_of(event, "recorded") != "false";
  if (name == "error") end.is_recorded = false;
  return end;
}

class Queue {
 public:
  Queue(WorkerSession& session, const std::vector<std::size_t>& indices, int most_attempts,
        const QueueHooks& hooks)
      : session_(session), hooks_(hooks), most_attempts_(most_attempts) {
    for (const std::size_t index : indices) waiting_.push_back({index, 1});
  }

  bool work() {
    while (true) {
      notice_interruption();
      if (!is_stopping_) fill();
      if (on_their_way_.empty() && (waiting_.empty() || is_stopping_)) break;
      step();
    }
    for (const Task& task : waiting_) hooks_.end(task.index, {TrainingEnd::Kind::not_begun, {}, "", true});
    return !is_stopping_;
  }

 private:
  struct Task {
    std::size_t index = 0;
    int attempt = 1;
  };

  /// One more than run at a time is under way, so that no core waits for the next folder to be made.
  void fill() {
    const std::size_t wanted = static_cast<std::size_t>(session_.jobs()) + (session_.jobs() > 1 ? 1 : 0);
    while (on_their_way_.size() < wanted && !waiting_.empty() && !session_.interruption().has_arrived()) {
      const Task task = waiting_.front();
      waiting_.pop_front();
      std::optional<Node> request = hooks_.prepare(task.index, task.attempt);
      if (!request) continue;
      const std::string id = std::to_string(task.index) + "." + std::to_string(task.attempt);
      request->set("id", Node::string(id));
      on_their_way_.emplace(id, task);
      if (!session_.worker().send(*request)) return;
    }
  }

  void notice_interruption() {
    if (!session_.interruption().has_arrived()) return;
    const bool is_asked_again = session_.interruption().count() > 1 && is_stopping_;
    if (!is_stopping_) {
      is_stopping_ = true;
      kill_at_ = steady_clock::now() + stop_grace;
      for (const auto& [id, task] : on_their_way_) send_stop(id);
    }
    if (!on_their_way_.empty() && (is_asked_again || steady_clock::now() > kill_at_))
      session_.worker().kill();
  }

  void send_stop(const std::string& id) {
    Node stop = Node::map();
    stop.set("request", Node::string("stop"));
    stop.set("id", Node::string(id));
    stop.set("reason", Node::string("someone asked to stop"));
    session_.worker().send(stop);
  }

  void step() {
    const WorkerNews news = session_.worker().next(patience, session_.interruption().descriptor());
    if (news.kind == WorkerNews::Kind::ended) return lose_worker();
    if (news.kind != WorkerNews::Kind::event) return;
    const auto found = on_their_way_.find(text_of(news.event, "id"));
    if (found == on_their_way_.end()) return;
    const std::size_t index = found->second.index;
    const std::string name = text_of(news.event, "event");
    if (name == "finished" || name == "failed" || (name == "error" && !is_stopping_)) {
      on_their_way_.erase(found);
      hooks_.end(index, end_of(news.event));
    } else if (name != "error") {
      hooks_.tell(index, news.event);
    }
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
      const auto [index, attempt] = task->second;
      if (is_stopping_) {
        hooks_.end(index, {TrainingEnd::Kind::interrupted, {}, reason, true});
      } else if (attempt < most_attempts_) {
        waiting_.push_front({index, attempt + 1});
      } else {
        hooks_.end(index, {TrainingEnd::Kind::lost, {}, reason, false});
      }
    }
  }

  WorkerSession& session_;
  const QueueHooks& hooks_;
  int most_attempts_;
  std::deque<Task> waiting_;
  std::map<std::string, Task> on_their_way_;  ///< by request id
  bool is_stopping_ = false;
  steady_clock::time_point kill_at_;
};

}  // namespace

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
  return Queue(session, indices, most_attempts, hooks).work();
}

}  // namespace bunsen
