// align.h - which item of one list corresponds to which item of another.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "config/node.h"

namespace bunsen {

/// Indices into the two lists; an item with no counterpart stands alone.
struct AlignedItem {
  std::optional<std::size_t> a, b;
};

/// The name that an item of a list gives itself: `name`, or `name` inside its only key (`linear: {name:
/// hidden2}`).
std::optional<std::string> item_name(const Node& item);
/// Its component: the only key of a map, or the text of a scalar; empty for anything else.
std::string item_type(const Node& item);

/// Aligns items of equal names, between them equal items, then items of one type: the heaviest common
/// subsequence. Between two such matches what is left is paired in order, since one was probably put in the
/// other's place. The order of both lists is kept.
std::vector<AlignedItem> align(const std::vector<Node>& a, const std::vector<Node>& b);

}  // namespace bunsen
