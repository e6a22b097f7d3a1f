// sweep_tables.h - a sweep's trials and points as tables.
#pragma once

#include <string>

#include "sweep/sweep_record.h"

namespace bunsen {

/// A row a trial: its values, seed, run id and whether it is done.
std::string trials_table(const SweepRecord& record);

/// A row a point, the best first: its values, and the objective's mean over seeds. Without an objective:
/// nothing.
std::string outcome_table(const SweepRecord& record);

/// `0.8712`; losses with more digits.
std::string objective_text(const Goal& goal, double value);

}  // namespace bunsen
