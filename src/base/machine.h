// machine.h - how much memory and how many cores this process may use, and how much memory it has used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace bunsen {

struct MemoryFacts {
  std::int64_t total_bytes = 0;      ///< of the machine (MemTotal); 0: unknown
  std::int64_t available_bytes = 0;  ///< now free to be used without swapping (MemAvailable); 0: unknown
  std::optional<std::int64_t> control_group_bytes;  ///< smallest limit of the control groups around it

  /// What a process here can get at most: the machine's memory or the control groups' limit, whichever is
  /// less; 0: unknown.
  std::int64_t usable_bytes() const;
};

struct CoreFacts {
  std::int64_t scheduled = 1;                 ///< that the scheduler lets it run on
  std::optional<double> control_group_cores;  ///< smallest CPU limit of the control groups around it

  /// The limit is rounded up; at least 1.
  std::int64_t usable() const;
};

/// Both read `proc` and `sys` under `root`, control groups of version 1 and 2 with all their parents; what
/// can't be read is left unknown.
MemoryFacts memory_facts(const std::filesystem::path& root = "/");
CoreFacts core_facts(const std::filesystem::path& root = "/");

/// The most memory that this process has had (its peak resident set size) since it began or since
/// forget_peak_memory(); 0: unknown.
std::int64_t peak_memory_bytes();
/// Where the kernel does not allow it, the peak stays.
void forget_peak_memory();

}  // namespace bunsen
