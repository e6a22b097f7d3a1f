// reference.h - the declarations of a config as text for people: one key's, or a page of all.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bunsen {

/// What `optimizer`, `adam`, `optimizer.adam.lr`, `layers.linear` or `batch.size` means, as plain text.
/// Nothing for a key that does not exist.
std::optional<std::string> explanation_of(const std::string& key);

/// Every key that `explanation_of` knows, for suggestions.
std::vector<std::string> explained_keys();

/// docs/config_reference.md.
std::string reference_page();

}  // namespace bunsen
