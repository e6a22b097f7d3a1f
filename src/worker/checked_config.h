// checked_config.h - a request's config, read again and planned against the decoded data.
#pragma once

#include "config/node.h"
#include "data/dataset.h"
#include "spec/plan.h"
#include "spec/resolve.h"

namespace bunsen {

/// Throws UserError with all that is wrong.
Resolved checked_config(const Node& config);
Plan checked_plan(const Resolved& config, const LoadedData& data);

}  // namespace bunsen
