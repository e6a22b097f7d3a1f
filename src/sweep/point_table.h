// point_table.h - a table of points as axes: its columns move together, a point a line.
#pragma once

#include <filesystem>
#include <optional>

#include "base/diagnostics.h"
#include "sweep/axes.h"

namespace bunsen {

/// The first line names the axes' paths. A cell is a value as YAML would read it; an empty one leaves its
/// axis out at that point. Mistakes go to `problems`, at `place` where the table itself can't be shown.
std::optional<AxisGroup> read_point_table(const std::filesystem::path& file, const Place& place,
                                          Sources& sources, Diagnostics& problems);

}  // namespace bunsen
