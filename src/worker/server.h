// server.h - the worker's parent: takes requests, keeps a pool of children that train, passes their events
// on.
#pragma once

#include "worker/task.h"

namespace bunsen {

struct ServerOptions {
  std::int64_t jobs = 1;
  int input = 0;   ///< descriptor of the requests
  int output = 1;  ///< descriptor of the events
  WorkerBuild build;
};

/// Runs until the input ends, a shutdown is done or SIGTERM or SIGINT comes; returns the program's exit code.
/// Trains nothing itself and never opens a parallel region, so that its children may.
int serve(const ServerOptions& options);

}  // namespace bunsen
