#include "worker/checked_config.h"

#include <optional>
#include <string>
#include <utility>

#include "base/errors.h"
#include "train/train.h"
#include "worker/request.h"

namespace bunsen {

Resolved checked_config(const Node& config) {
  Diagnostics problems;
  std::optional<Resolved> resolved = read_resolved(config, problems);
  if (!resolved || problems.has_errors()) throw UserError("config: " + reasons_of(problems));
  return std::move(*resolved);
}

Plan checked_plan(const Resolved& config, const LoadedData& data) {
  Diagnostics problems;
  const SpecReader reader{problems};
  std::optional<Plan> plan = make_plan(config.spec, header_of(data), reader, problems);
  if (!plan || problems.has_errors()) throw UserError("config: " + reasons_of(problems));
  return std::move(*plan);
}

}  // namespace bunsen
