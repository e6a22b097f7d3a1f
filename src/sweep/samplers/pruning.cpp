#include "sweep/samplers/pruning.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

namespace bunsen {
namespace {

std::optional<double> score_after(const Curve& curve, std::int64_t epoch) {
  if (epoch < 1 || epoch > static_cast<std::int64_t>(curve.scores.size())) return {};
  return curve.scores[static_cast<std::size_t>(epoch - 1)];
}

/// Best first; NaN last.
void sort_best_first(std::vector<double>& scores, bool is_maximized) {
  std::sort(scores.begin(), scores.end(), [is_maximized](double left, double right) {
    if (std::isnan(left) || std::isnan(right)) return !std::isnan(left) && std::isnan(right);
    return is_maximized ? left > right : left < right;
  });
}

bool reaches(double score, double bar, bool is_maximized) {
  if (std::isnan(score)) return false;
  if (std::isnan(bar)) return true;
  return is_maximized ? score >= bar : score <= bar;
}

/// NaN if all are.
double best_until(const Curve& curve, std::int64_t epoch, bool is_maximized) {
  std::vector<double> scores(curve.scores.begin(), curve.scores.begin() + epoch);
  sort_best_first(scores, is_maximized);
  return scores.front();
}

double median_of(std::vector<double> scores) {
  sort_best_first(scores, false);
  const std::size_t upper = scores.size() / 2;
  if (scores.size() % 2 == 1) return scores[upper];
  return scores[upper - 1] + (scores[upper] - scores[upper - 1]) / 2;
}

}  // namespace

Curve mean_curve(const std::vector<Curve>& seeds) {
  Curve mean;
  if (seeds.empty()) return mean;
  mean.is_finished =
      std::all_of(seeds.begin(), seeds.end(), [](const Curve& seed) { return seed.is_finished; });
  std::size_t reached = seeds[0].scores.size();
  for (const Curve& seed : seeds) reached = std::min(reached, seed.scores.size());
  for (std::size_t epoch = 0; epoch < reached; ++epoch) {
    double sum = 0;
    for (const Curve& seed : seeds) sum += seed.scores[epoch];
    mean.scores.push_back(sum / static_cast<double>(seeds.size()));
  }
  return mean;
}

std::vector<std::int64_t> asha_rungs(const Asha& asha, std::int64_t epochs) {
  std::vector<std::int64_t> rungs;
  for (std::int64_t rung = asha.min_epochs; rung < epochs; rung *= asha.reduction) {
    rungs.push_back(rung);
    if (rung > epochs / asha.reduction) break;  // and no overflow
  }
  return rungs;
}

Verdict judge_asha(const Asha& asha, bool is_maximized, const Curve& point, const std::vector<Curve>& others,
                   std::int64_t epoch, std::int64_t epochs) {
  const std::vector<std::int64_t> rungs = asha_rungs(asha, epochs);
  const std::optional<double> score = score_after(point, epoch);
  if (!score || std::find(rungs.begin(), rungs.end(), epoch) == rungs.end()) return {};
  std::vector<double> scores{*score};
  for (const Curve& other : others) {
    const std::optional<double> told = score_after(other, epoch);
    if (told && !std::isnan(*told)) scores.push_back(*told);
  }
  sort_best_first(scores, is_maximized);
  const std::int64_t compared = static_cast<std::int64_t>(scores.size());
  const std::int64_t promoted = std::max<std::int64_t>(1, compared / asha.reduction);
  const double bar = scores[static_cast<std::size_t>(promoted - 1)];
  return {reaches(*score, bar, is_maximized), true, compared, *score, bar};
}

Verdict judge_median(const Median& median, bool is_maximized, const Curve& point,
                     const std::vector<Curve>& others, std::int64_t epoch) {
  if (!score_after(point, epoch) || epoch <= median.warmup_epochs) return {};
  std::int64_t finished = 0;
  std::vector<double> scores;
  for (const Curve& other : others) {
    if (!other.is_finished) continue;
    ++finished;
    const std::optional<double> told = score_after(other, epoch);
    if (told && !std::isnan(*told)) scores.push_back(*told);
  }
  if (finished == 0 || finished < median.startup_points) return {};
  const double best = best_until(point, epoch, is_maximized);
  const std::int64_t compared = static_cast<std::int64_t>(scores.size());
  if (std::isnan(best)) return {false, true, compared, best, best};
  if (scores.empty()) return {};
  const double bar = median_of(scores);
  return {reaches(best, bar, is_maximized), true, compared, best, bar};
}

}  // namespace bunsen
