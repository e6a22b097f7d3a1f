// leaf_changes.h - which leaves differ between two documents (configs, environments, any JSON).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"

namespace bunsen {

/// A leaf that differs; or a whole item of a list (a layer) that only one side has or that is of another
/// type.
struct LeafChange {
  std::string path;               ///< in A; in B for what only B has. Items with a name are called by it
  std::optional<Node> a, b;       ///< nothing: that side has no such leaf
  std::string explained_by = {};  ///< `vars.depth`: the key that is shown instead
};

struct LeafChanges {
  std::vector<LeafChange> items;
  std::size_t equal_count = 0;  ///< leaves that are equal
};

/// Maps are compared key by key, lists of components as `align` pairs their items, lists of scalars of one
/// length item by item. Numbers are equal when they are the same double, however they are spelled.
LeafChanges leaf_changes(const Node& a, const Node& b);

/// Equal as `leaf_changes` sees two scalars.
bool same_scalar(const Node& a, const Node& b);

/// How many of the changes nothing else explains.
std::size_t unexplained_count(const LeafChanges& changes);

/// A value on one line, as YAML's flow style writes it: `{out_features: 64, bias: true}`; `-` for nothing. A
/// map of one component is written without braces: `linear: {out_features: 64}`.
std::string value_text(const std::optional<Node>& value);

}  // namespace bunsen
