// look_around.h - what this machine has besides the worker: cores, memory, variables, data, folders, clock.
#pragma once

#include <chrono>
#include <filesystem>

#include "cli/doctor/facts.h"
#include "data/places.h"

namespace bunsen {

/// Fills in all but `front`, `worker` and `trial`. Never throws, and waits for no file longer than
/// `patience`.
void look_around(DoctorFacts& facts, const std::filesystem::path& results, const DataPlaces& places,
                 std::chrono::milliseconds patience);

/// Tries to write in `folder`, or, if it is not there, in the nearest one above that is. Leaves nothing
/// behind. `is_for_runs`: locks and durable writes too. Throws nothing.
FolderFacts look_at_folder(const std::filesystem::path& folder, bool is_for_runs);

}  // namespace bunsen
