// cores.h - how many cores this process may use.
#pragma once

#include <cstdint>

namespace bunsen {

/// The cores that the scheduler lets it run on, and no more than the control group's CPU limit (rounded up);
/// at least 1.
std::int64_t usable_cores();

}  // namespace bunsen
