#include "sweep/loop_limits.h"

namespace bunsen {

void tell_what_can_not_run(const Experiment& experiment, Diagnostics& problems) {
  const ExperimentSpec& spec = experiment.spec;
  const auto tell = [&](const std::string& key, const std::string& what) {
    problems.error(Code::experiment, place_of(experiment, key), key,
                   "this version of `sweep` can plan " + what + ", and not run it",
                   "leave the key out to train, or look at --plan");
  };
  if (std::holds_alternative<TpeMethod>(spec.method)) tell("method", "tpe");
}

}  // namespace bunsen
