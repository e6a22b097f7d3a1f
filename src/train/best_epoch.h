// best_epoch.h - which of a run's epochs counts as its best one.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "results/run_record.h"
#include "spec/training.h"

namespace bunsen {

/// The value at `validation.accuracy` and the like; nothing if the epoch has no such metric.
std::optional<double> metric_at(const EpochRecord& epoch, std::string_view path);

/// The earliest wins a tie; NaN never wins. Nothing without an aim, or if no epoch has such a metric.
std::optional<BestRecord> best_epoch(const std::vector<EpochRecord>& epochs, const std::optional<Aim>& aim);

}  // namespace bunsen
