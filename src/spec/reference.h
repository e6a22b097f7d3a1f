// reference.h - declarations as text for people: one key's, or a page of all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spec/fields.h"

namespace bunsen {

/// A kind of document, or of a part that stands in one: its keys, and what their paths begin with (nothing
/// for a config's).
struct DocumentKeys {
  std::string prefix;
  const FieldTable* table = nullptr;
};
using Documents = std::vector<DocumentKeys>;

/// What `optimizer`, `adam`, `optimizer.adam.lr`, `layers.linear` or `batch.size` means, as plain text.
/// Nothing for a key that does not exist.
std::optional<std::string> explanation_of(const std::string& key, const Documents& documents);

/// Every key that `explanation_of` knows, for suggestions.
std::vector<std::string> explained_keys(const Documents& documents);

/// docs/config_reference.md.
std::string reference_page(const Documents& documents);

}  // namespace bunsen
