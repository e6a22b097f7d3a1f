// worker_process.h - starts bunsen-worker, speaks its protocol (docs/worker_protocol.md), and learns of its
// death.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "config/node.h"

namespace bunsen {

/// $BUNSEN_WORKER_PROGRAM, else `bunsen-worker` beside the running program. Throws UserError if it is not
/// there.
std::filesystem::path worker_program();

struct WorkerOptions {
  std::filesystem::path program;
  std::int64_t jobs = 1;     ///< trainings at the same time
  std::int64_t threads = 1;  ///< of one training
};

/// What `WorkerProcess::next` brings.
struct WorkerNews {
  enum class Kind : std::uint8_t {
    event,      ///< `event` is a line of the protocol
    silence,    ///< nothing came in the time given
    attention,  ///< the other descriptor has something to read
    ended,      ///< the worker has ended; no event comes any more
  };
  Kind kind = Kind::silence;
  Node event;
};

class WorkerProcess {
 public:
  /// Starts it. Throws UserError if it can't be started. While one lives, writing to a closed pipe must not
  /// end the program (Interruption sees to that).
  explicit WorkerProcess(const WorkerOptions& options);
  /// Ends it: its input is closed; after three seconds it is killed.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// Sends one request. False if the worker has gone; `next` then says so.
  bool send(const Node& request);
  /// The next event in order. `attention` is a descriptor to watch as well, or -1. Throws UserError for a
  /// line that is no protocol and for a protocol that this program does not speak.
  WorkerNews next(std::chrono::milliseconds patience, int attention = -1);

  void close_input();
  void kill();
  pid_t pid() const { return pid_; }
  /// The `hello` event once it has come, else null.
  const Node& hello() const { return hello_; }
  /// After `ended`: `was killed by signal 9 (Killed)`, with the end of what it said on standard error.
  std::string ending() const;

 private:
  bool take_line(WorkerNews& news);
  bool read_more();
  void wait_for_room();
  bool has_died();
  std::string end_of_log() const;

  pid_t pid_ = -1;
  int input_ = -1;   ///< its standard input
  int output_ = -1;  ///< its standard output
  int log_ = -1;  ///< memory file that takes its standard error: it outlives both sides, and never blocks one
  bool is_waited_for_ = false;
  int wait_status_ = 0;
  std::string buffer_;
  std::size_t searched_ = 0;
  Node hello_;
};

}  // namespace bunsen
