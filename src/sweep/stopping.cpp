#include "sweep/stopping.h"

#include "base/number_text.h"
#include "base/text.h"

namespace bunsen {
namespace {

std::optional<std::int64_t> most_failures(const Failures& failures) {
  if (std::holds_alternative<StopAtOnce>(failures)) return 1;
  const StopAfter* after = std::get_if<StopAfter>(&failures);
  return after == nullptr ? std::nullopt : std::optional<std::int64_t>(after->failures);
}

}  // namespace

std::optional<std::string> reason_to_stop(const Budget& budget, const Failures& failures,
                                          const std::optional<Goal>& goal, const SweepTally& tally) {
  const std::optional<std::int64_t> bearable = most_failures(failures);
  if (bearable && tally.failed >= *bearable)
    return count_of(tally.failed, "trial") + " failed or diverged (failures)";
  if (budget.target && goal && tally.best_mean && !is_better(*goal, *budget.target, *tally.best_mean))
    return "the target " + number_text(*budget.target) + " is reached (budget)";
  if (budget.trials && tally.begun >= *budget.trials)
    return "the budget of " + count_of(*budget.trials, "trial") + " is spent";
  if (budget.hours && tally.seconds >= *budget.hours * 3600)
    return "the budget of " + number_text(*budget.hours) + " hours is spent";
  return std::nullopt;
}

}  // namespace bunsen
