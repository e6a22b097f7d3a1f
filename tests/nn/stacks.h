// stacks.h - plans of lists of layers, for tests.
#pragma once

#include <vector>

#include "spec/plan.h"

namespace bunsen::test {

/// A plan of `layers`, with images or numbers of that shape as data. Throws ShapeError where the plan finds a
/// mistake.
inline Plan plan_of(const std::vector<Layer>& layers, const Shape& sample) {
  TrainingSpec spec;
  spec.batch.size = 4;
  spec.layers = layers;
  spec.layers.push_back(Flatten{});
  spec.layers.push_back(Linear{3});
  DataHeader data{sample, true, false, 3, 100, 100};
  Diagnostics problems;
  const SpecReader reader{problems};
  std::optional<Plan> plan = make_plan(spec, data, reader, problems);
  for (const Diagnostic& item : problems.items()) {
    if (item.severity == Severity::error) throw ShapeError(item.path + ": " + item.message);
  }
  plan->layers.resize(layers.size());
  return *plan;
}

}  // namespace bunsen::test
