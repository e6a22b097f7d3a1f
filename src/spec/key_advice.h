// key_advice.h - which key was meant by one that can't stand where it stands, and which name by one that no
// type has.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/fields.h"

namespace bunsen {

/// A key that is not known, and all that is known of its place.
struct KeyQuestion {
  std::string_view key;
  const Node& node;                       ///< the map in which it stands
  std::string_view path;                  ///< of that map
  std::vector<const FieldTable*> tables;  ///< whose keys may stand in it
  const Family* family = nullptr;         ///< of the component whose fields the map holds, if it is one
  const std::vector<std::pair<const FieldTable*, std::string>>& enclosing;  ///< as SpecReader's
};

struct KeyAdvice {
  std::string meant;                    ///< the key of this very map that it was meant to be, or empty
  std::string home;                     ///< the path where the key belongs, itself included, or empty
  std::string hint;                     ///< one way out
  std::vector<std::string> freed = {};  ///< paths of keys that the key's own map holds and that belong here
  /// Its home is a key of this map that has no value: the line is not indented enough.
  bool is_below = false;
};

KeyAdvice key_advice(const KeyQuestion& question);

struct NameAdvice {
  std::string hint;         ///< one way out
  std::string replacement;  ///< what to write in place of the name, or empty
};

/// For a name that no type of the family has. `fields`: what stands behind it, nullptr where nothing does, so
/// that the way out must have what the type needs.
NameAdvice name_advice(const Family& family, std::string_view name, const Node* fields);

/// The type that another framework's way of naming it means: `{type: adam}`, `{_target_: torch.optim.Adam}`,
/// `nn.Linear(64)`; nullptr if there is none.
const Alternative* named_otherwise(const Family& family, const Node& node);

}  // namespace bunsen
