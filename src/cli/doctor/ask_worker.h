// ask_worker.h - does bunsen-worker start, what is it made of, and can it train?
#pragma once

#include <chrono>
#include <cstdint>

#include "cli/doctor/facts.h"
#include "sweep/interruption.h"

namespace bunsen {

struct WorkerAnswer {
  WorkerFacts worker;
  TrialFacts trial;
};

/// Starts the worker, asks it, and lets it train a small network with one thread, twice, and then with
/// `threads`. Never throws, and waits for no answer longer than `patience`; whatever goes wrong is in the
/// facts. An interruption ends it early.
WorkerAnswer ask_worker(std::int64_t threads, std::chrono::milliseconds patience, Interruption& interruption);

}  // namespace bunsen
