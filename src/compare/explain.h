// explain.h - which changes between two configs follow from a variable or an axis value that changed.
#pragma once

#include "compare/leaf_changes.h"
#include "config/node.h"

namespace bunsen {

/// What a run says of itself besides its config. All are maps or null.
struct Causes {
  Node vars;     ///< variable -> value
  Node point;    ///< path of an axis -> value
  Node origins;  ///< path of a config leaf -> where it was written, `mlp.yaml:4:14`
};

/// Puts the variables and axis values that differ between A and B before the changes (axes that are config
/// leaves stand there already) and marks what they explain:
/// - a leaf, or a layer's type, that changed exactly as one of them did (`relu` to `tanh`);
/// - a layer that only one side has, when both sides have as many layers written at that place as a number
/// among
///   them says (`repeat: {times: $depth, ...}`).
void explain(LeafChanges& changes, const Node& config_a, const Causes& a, const Node& config_b,
             const Causes& b);

}  // namespace bunsen
