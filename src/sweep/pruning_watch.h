// pruning_watch.h - the curves of a sweep's points while they are trained, and which point is pruned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sweep/experiment_spec.h"
#include "sweep/samplers/pruning.h"
#include "sweep/trials.h"

namespace bunsen {

/// The epochs after which points are judged, so that a training waits there for the verdict.
std::vector<std::int64_t> judged_epochs(const Pruner& pruner, std::int64_t epochs);

/// A point was judged: what was decided, and how many seeds its score is the mean of.
struct Judgement {
  std::int64_t epoch = 0;
  std::int64_t seeds = 0;
  Verdict verdict;
};

/// Points and trials by their numbers. A point's score is the mean over its seeds that have begun; it is
/// judged when the last of them reaches the epoch.
class PruningWatch {
 public:
  PruningWatch(const Pruner& pruner, Goal goal) : pruner_(pruner), goal_(std::move(goal)) {}

  /// A training begins (anew).
  void begin(std::size_t point, std::size_t trial, std::int64_t epochs);
  /// The objective's metric after the next epoch, of which nothing is decided any more.
  void add_score(std::size_t point, std::size_t trial, double score);
  /// The same after `epoch`, and the point is judged.
  std::optional<Judgement> note_epoch(std::size_t point, std::size_t trial, std::int64_t epoch, double score);
  /// It was trained to its end.
  void finish(std::size_t point, std::size_t trial);
  /// It came to no end: nothing of it counts.
  void forget(std::size_t point, std::size_t trial);

  /// The mean over its seeds, of each epoch that one of them has reached.
  Curve curve(std::size_t point) const;

 private:
  struct Seeds {
    std::map<std::size_t, Curve> curves;  ///< by trial
    std::int64_t epochs = 0;
  };
  std::vector<Curve> others_than(std::size_t point) const;

  Pruner pruner_;
  Goal goal_;
  std::map<std::size_t, Seeds> points_;
};

}  // namespace bunsen
