// sweep_csv.h - a sweep's trials as a table for other programs: the file sweep.csv.
#pragma once

#include <string>

#include "sweep/sweep_record.h"

namespace bunsen {

/// RFC 4180 with line feeds. A column an axis (empty where a point does not have it), then `seed`, `id`,
/// `status`, the objective under its metric's name, and `error`; a row a trial.
std::string sweep_csv(const SweepRecord& record);

}  // namespace bunsen
