// groups.h - which parameters an optimizer's group names, and what it changes for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "spec/fields.h"

namespace bunsen {

/// Rules by pattern, in the order written; where two set the same option, the last one that matches wins.
template <class Group>
using Groups = std::vector<std::pair<std::string, Group>>;

/// Does a pattern mean the parameter: by its layer (`head`, `conv*`), or by its whole name (`*.bias`)?
inline bool names_parameter(std::string_view pattern, std::string_view layer, std::string_view parameter) {
  return matches_pattern(pattern, layer) ||
         matches_pattern(pattern, std::string(layer) + "." + std::string(parameter));
}

/// An optimizer's options for one parameter, those of its groups applied.
template <class Optimizer>
Optimizer options_for(const Optimizer& optimizer, std::string_view layer, std::string_view parameter) {
  Optimizer options = optimizer;
  options.groups.clear();
  for (const auto& [pattern, group] : optimizer.groups) {
    if (names_parameter(pattern, layer, parameter)) group.apply(options);
  }
  return options;
}

/// Takes a group's value where it has one.
template <class T>
void take(T& option, const std::optional<T>& value) {
  if (value) option = *value;
}

/// The last keys of every optimizer.
template <class T>
void describe_direction_and_groups(Fields<T>& field) {
  field("maximize", &T::maximize).doc("Climb the loss instead of descending.");
  field("groups", &T::groups)
      .doc(
          "Other numbers for some parameters, by layer or parameter: `groups: {head: {lr: 0.01}, \"*.bias\": "
          "{weight_decay: 0}}`; the last match wins.");
}

}  // namespace bunsen
