// run_lock.h - the one right to write into a run folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "results/process.h"

namespace bunsen {

/// A file `lock` that names its holder. It appears whole (a link to a finished file), so that nobody reads
/// half of one. Whoever replaces or removes it holds flock() on the very file that it saw, so that of two
/// takers one wins.
class RunLock {
 public:
  /// Seconds without a beat after which a lock of a process that can't be seen from here counts as dead.
  static constexpr std::int64_t stale_after_seconds = 300;

  /// Throws RunBusy if a live process holds it, UserError if the folder can't be written.
  explicit RunLock(const std::filesystem::path& run_folder);
  /// Gives it back, if it is still its own and this is the process that took it.
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  const std::string& token() const { return token_; }
  bool is_mine() const;
  /// Refreshes the lock's time, at most every ten seconds.
  void beat();

 private:
  void take();
  void release() const;
  bool replace_dead(const std::string& seen_token) const;
  std::filesystem::path path_, temporary_;
  std::string token_;
  std::int64_t owner_pid_ = 0;
  std::chrono::steady_clock::time_point last_beat_;
};

}  // namespace bunsen
