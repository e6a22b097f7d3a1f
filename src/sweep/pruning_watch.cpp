#include "sweep/pruning_watch.h"

#include <algorithm>
#include <cmath>

#include "sweep/sweep_record.h"

namespace bunsen {
namespace {

std::int64_t length_of(const Curve& curve) { return static_cast<std::int64_t>(curve.scores.size()); }

/// A training that ended by itself before its last epoch stays where it was.
double score_at(const Curve& curve, std::int64_t epoch) {
  return curve.scores[static_cast<std::size_t>(std::min(epoch, length_of(curve)) - 1)];
}

bool has_reached(const Curve& curve, std::int64_t epoch) {
  return length_of(curve) >= epoch || (curve.is_finished && !curve.scores.empty());
}

}  // namespace

std::vector<std::int64_t> judged_epochs(const Pruner& pruner, std::int64_t epochs) {
  if (const AshaPruner* asha = std::get_if<AshaPruner>(&pruner))
    return asha_rungs({asha->min_epochs, asha->reduction}, epochs);
  std::vector<std::int64_t> all;
  for (std::int64_t epoch = std::get<MedianPruner>(pruner).warmup_epochs + 1; epoch < epochs; ++epoch)
    all.push_back(epoch);
  return all;
}

void PruningWatch::begin(std::size_t point, std::size_t trial, std::int64_t epochs) {
  points_[point].curves[trial] = {};
  points_[point].epochs = epochs;
}

void PruningWatch::add_score(std::size_t point, std::size_t trial, double score) {
  std::vector<double>& scores = points_[point].curves[trial].scores;
  const bool keeps_best = goal_.at == ObjectiveAt::best && !scores.empty() && !std::isnan(scores.back()) &&
                          (std::isnan(score) || is_better(goal_, scores.back(), score));
  scores.push_back(keeps_best ? scores.back() : score);
}

std::optional<Judgement> PruningWatch::note_epoch(std::size_t point, std::size_t trial, std::int64_t epoch,
                                                  double score) {
  add_score(point, trial, score);
  const Seeds& seeds = points_[point];
  const bool all_have_come =
      std::all_of(seeds.curves.begin(), seeds.curves.end(),
                  [epoch](const auto& entry) { return has_reached(entry.second, epoch); });
  if (!all_have_come || epoch >= seeds.epochs) return std::nullopt;
  Judgement judgement{epoch, static_cast<std::int64_t>(seeds.curves.size()), {}};
  const std::vector<Curve> others = others_than(point);
  if (const AshaPruner* asha = std::get_if<AshaPruner>(&pruner_)) {
    judgement.verdict = judge_asha({asha->min_epochs, asha->reduction}, goal_.is_maximized, curve(point),
                                   others, epoch, seeds.epochs);
  } else {
    const auto& median = std::get<MedianPruner>(pruner_);
    judgement.verdict = judge_median({median.startup_points, median.warmup_epochs}, goal_.is_maximized,
                                     curve(point), others, epoch);
  }
  return judgement;
}

void PruningWatch::finish(std::size_t point, std::size_t trial) {
  points_[point].curves[trial].is_finished = true;
}

void PruningWatch::forget(std::size_t point, std::size_t trial) {
  const auto found = points_.find(point);
  if (found == points_.end()) return;
  found->second.curves.erase(trial);
  if (found->second.curves.empty()) points_.erase(found);
}

Curve PruningWatch::curve(std::size_t point) const {
  Curve mean;
  const auto found = points_.find(point);
  if (found == points_.end()) return mean;
  const auto& curves = found->second.curves;
  mean.is_finished =
      std::all_of(curves.begin(), curves.end(), [](const auto& entry) { return entry.second.is_finished; });
  std::int64_t longest = 0;
  for (const auto& [trial, seed] : curves) longest = std::max(longest, length_of(seed));
  for (std::int64_t epoch = 1; epoch <= longest; ++epoch) {
    double sum = 0;
    int count = 0;
    for (const auto& [trial, seed] : curves) {
      if (!has_reached(seed, epoch)) continue;
      sum += score_at(seed, epoch);
      ++count;
    }
    mean.scores.push_back(sum / count);
  }
  return mean;
}

std::vector<Curve> PruningWatch::others_than(std::size_t point) const {
  std::vector<Curve> others;
  for (const auto& [other, seeds] : points_) {
    if (other != point) others.push_back(curve(other));
  }
  return others;
}

}  // namespace bunsen
