// queue.h - trains a list of runs on one worker, whatever happens to it, and stops in order when asked to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/node.h"
#include "sweep/interruption.h"
#include "sweep/worker_process.h"

namespace bunsen {

/// A worker that is started when it is first needed, and again after it died.
class WorkerSession {
 public:
  WorkerSession(WorkerOptions options, Interruption& interruption)
      : options_(std::move(options)), interruption_(interruption) {}

  /// The running worker. Throws UserError if it can't be started.
  WorkerProcess& worker();
  /// What it said of itself: waits for `hello`. Throws UserError if it ends without one.
  const Node& hello();
  void forget() { worker_.reset(); }
  Interruption& interruption() { return interruption_; }
  std::int64_t jobs() const { return options_.jobs; }

 private:
  WorkerOptions options_;
  Interruption& interruption_;
  std::unique_ptr<WorkerProcess> worker_;
};

/// How a training ended.
struct TrainingEnd {
  enum class Kind : std::uint8_t {
    completed,
    diverged,
    failed,       ///< the worker said so
    pruned,       ///< the front stopped it, for good
    interrupted,  ///< someone asked to stop
    lost,         ///< the worker itself died
    not_begun,    ///< still in the queue when someone asked to stop
  };
  Kind kind = Kind::completed;
  Node event;  ///< `finished` or `failed`; null for the last two kinds
  std::string reason;
  bool is_recorded = true;  ///< failed: whether the run's folder says so
};

struct QueueHooks {
  /// The next training's index; nothing: none for now (asked again after each end).
  std::function<std::optional<std::size_t>()> next;
  /// Makes the run's folder and returns the `train` request, without `id`; nothing if it is not to be trained
  /// after all (the hook has then told why). `attempt` counts from 1.
  std::function<std::optional<Node>(std::size_t index, int attempt)> prepare;
  /// Events of a training on its way: `started`, `progress`, `epoch`.
  std::function<void(std::size_t index, const Node& event)> tell;
  std::function<void(std::size_t index, const TrainingEnd& end)> end;
};

struct QueueOptions {
  int most_attempts = 1;                       ///< of a training that is lost with its worker
  std::optional<double> timeout_seconds = {};  ///< of one training, from its first step
  /// Ask for one more than run at a time, so that no core waits for the next folder to be made.
  bool works_ahead = true;
};

/// Trainings on one worker, at most `session.jobs()` at the same time.
class TrainingQueue {
 public:
  TrainingQueue(WorkerSession& session, QueueOptions options, const QueueHooks& hooks);
  ~TrainingQueue();
  TrainingQueue(const TrainingQueue&) = delete;
  TrainingQueue& operator=(const TrainingQueue&) = delete;

  /// Until `next` has none and all have ended. False if someone asked to stop: trainings on their way are
  /// then told to stop, and after three seconds, or when asked once more, killed.
  bool work();
  /// Lets a training that waits after an epoch go on. This and the next are to be called by the hooks.
  void go_on(std::size_t index);
  /// Ends a training on its way, which becomes `pruned`. False: it is not on its way.
  bool prune(std::size_t index, const std::string& reason);

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

/// Trains `indices` in order; those that are not begun end as such.
bool train_all(WorkerSession& session, const std::vector<std::size_t>& indices, int most_attempts,
               const QueueHooks& hooks);

}  // namespace bunsen
