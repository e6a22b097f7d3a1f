// loop_limits.h - which keys of an experiment can be planned but not run yet.
#pragma once

#include "sweep/experiment.h"

namespace bunsen {

/// Tells each key that the running loop does not know, so that none is passed over in silence.
void tell_what_can_not_run(const Experiment& experiment, Diagnostics& problems);

}  // namespace bunsen
