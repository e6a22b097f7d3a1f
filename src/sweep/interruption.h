// interruption.h - has someone asked this program to stop (Ctrl-C, SIGTERM, a closed terminal)?
#pragma once

#include <csignal>

namespace bunsen {

/// While it lives, SIGINT, SIGTERM and SIGHUP no longer end the program but can be read from `descriptor`,
/// and writing to a closed pipe is an error instead of a signal. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  int descriptor() const { return descriptor_; }
  /// Takes up what has arrived; true if anything ever has.
  bool has_arrived();
  /// How many signals were taken up.
  int count() const { return count_; }

 private:
  int descriptor_ = -1;
  int count_ = 0;
  sigset_t old_mask_{};
  struct sigaction old_pipe_ {};
};

}  // namespace bunsen
