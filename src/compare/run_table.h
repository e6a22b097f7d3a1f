// run_table.h - runs as a table, and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compare/table.h"
#include "config/node.h"
#include "results/scan.h"

namespace bunsen {

/// Newest first: by the time at which they started; runs without one (queued, running) before all others.
void sort_newest_first(std::vector<RunSummary>& runs);

/// `activation=relu lr=0.001`: the last step of an axis' path names it well enough beside its value.
std::string point_text(const Node& point);

/// name, id, status, seed, epochs done, axis values, final accuracy and loss of test and validation part
/// (those that a run has), age. Examples among other runs are called `examples/NAME`. `now_seconds` is Unix
/// time.
Table run_table(const std::vector<RunSummary>& runs, std::int64_t now_seconds);

/// A list of `{name, id, group, status, seed, epochs, point, final, started_at, folder}`; what is unknown is
/// null.
Node run_list(const std::vector<RunSummary>& runs);

/// `12 s`, `5 min`, `3 h`, `2 d` between a UTC time as results write it (`2026-01-31T12:00:00Z`) and now; `-`
/// if it is none.
std::string age_text(const std::string& started_at, std::int64_t now_seconds);

/// A metric with four decimals, or with four digits where these would show nothing (`2.31e-05`).
std::string metric_text(double value);

}  // namespace bunsen
