// process.h - which process wrote something, and whether it still lives.
#pragma once

#include <cstdint>
#include <string>

#include "config/node.h"

namespace bunsen {

/// Names one process for good: a pid comes again, with another start time or after another boot.
struct ProcessIdentity {
  std::string host;
  std::string boot_id;
  std::string pid_namespace;  ///< pids of another container mean nothing here
  std::int64_t pid = 0;
  std::int64_t start_time = 0;  ///< clock ticks after boot, field 22 of /proc/PID/stat
  bool operator==(const ProcessIdentity&) const = default;
};

ProcessIdentity this_process();

enum class Liveness : std::uint8_t { alive, dead, elsewhere };  ///< elsewhere: can't be seen from here

/// `last_seen` is when the process is known to have lived, in seconds since 1970: the change time of what it
/// wrote. It tells this host before its last boot (dead) from another machine of the same name (elsewhere).
Liveness liveness_of(const ProcessIdentity& process, std::int64_t last_seen);

/// Appends host, boot_id, pid_namespace, pid, start_time to a map; and the reverse.
void add_to(Node& map, const ProcessIdentity& process);
ProcessIdentity process_of(const Node& map);

}  // namespace bunsen
