// child.h - the process that trains: one request after another from a socket, events back.
#pragma once

#include "worker/data_store.h"
#include "worker/task.h"

namespace bunsen {

/// First byte of each line that a child sends: an event to pass on, and whether the child is free after it.
inline constexpr char passes_event = 'e';
inline constexpr char ends_task = 'd';

/// Serves requests (the protocol's own lines, checked by the parent) until the socket ends or SIGTERM came.
/// SIGTERM ends a task at its next step; SIGINT is ignored; the process dies with its parent. Never returns.
[[noreturn]] void serve_as_child(int socket, const WorkerBuild& build, DataStore& store);

/// Loads and sets up what the first steps of a training would, with one thread, so that children forked after
/// it start warm. Opens no parallel region: a child forked after one would hang at its first.
void warm_up();

}  // namespace bunsen
