// task.h - what a training process does with one request: the run folder is written, events are told.
#pragma once

#include <functional>
#include <string>

#include "config/node.h"
#include "results/run_record.h"
#include "worker/data_store.h"
#include "worker/request.h"

namespace bunsen {

/// Which build this is; told by main.cpp.
struct WorkerBuild {
  std::string version;
  std::string build;
  std::string torch;
};

/// Where a task's events go, and whether it shall end early.
struct TaskLink {
  std::function<void(const Node&)> send;
  std::function<bool()> wants_stop;
  /// Returns when the training may go on, or shall stop.
  std::function<void()> wait_for_word = [] {};
  /// Once it wants a stop: what was ordered; one that only interrupts if nothing was.
  std::function<StopRequest()> stop_order = [] { return StopRequest{}; };
};

/// An event's beginning: `{"event": NAME, "id": ID}`.
Node event(const std::string& name, const std::string& id);

/// The record as far as the request tells it.
RunRecord record_of(const TrainRequest& request, const WorkerBuild& build);

/// Trains, and sends every event of the request, the last one (`finished` or `failed`) when the folder is
/// written. Throws nothing: what goes wrong is the run's failure.
void run_training(const TrainRequest& request, const WorkerBuild& build, DataStore& store,
                  const TaskLink& link);

/// The same for a prediction.
void run_prediction(const PredictRequest& request, DataStore& store, const TaskLink& link);

}  // namespace bunsen
