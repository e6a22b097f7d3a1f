// progress.h - what a person is told while something trains, on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "config/node.h"

namespace bunsen {

/// `epoch 1/15  loss 5.645694694  test.accuracy 0.7901`; a part that is not measured is left out, and a
/// regression tells the part's loss in the place of the accuracy.
std::string epoch_line(const Node& record, std::int64_t epochs);

/// The figures of a finished run, a line a part, from `final` and `best` as result.json has them.
std::string figures_text(const Node& final_figures, const Node* best);

/// `0:09`, `12:30`, `1:02:03`.
std::string duration_text(double seconds);

/// `[========>           ]`.
std::string bar_text(double share, std::size_t width);

/// Talks on standard error. On a terminal its last line is drawn over and over; elsewhere nothing is ever
/// taken back.
class Talk {
 public:
  explicit Talk(bool is_quiet);
  ~Talk() { clear(); }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  bool is_terminal() const { return is_terminal_; }
  bool is_quiet() const { return is_quiet_; }
  /// A line that stays; `warn` lines are said even when quiet.
  void say(const std::string& line);
  void warn(const std::string& line);
  /// The line at the bottom; not shown elsewhere than on a terminal.
  void draw(const std::string& line);
  void clear();

 private:
  bool is_quiet_;
  bool is_terminal_;
  bool has_drawn_ = false;
};

/// Tells one training: a line an epoch, and on a terminal a bar with the time that is left.
class TrainingProgress {
 public:
  explicit TrainingProgress(Talk& talk) : talk_(talk) {}
  /// `started`, `progress` or `epoch` events of docs/worker_protocol.md.
  void tell(const Node& event);
  std::int64_t epochs() const { return epochs_; }
  std::int64_t epochs_done() const { return epochs_done_; }

 private:
  void draw(std::int64_t step_of_epoch);

  Talk& talk_;
  std::int64_t epochs_ = 0;
  std::int64_t steps_per_epoch_ = 0;
  std::int64_t epochs_done_ = 0;
  std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();
};

}  // namespace bunsen
