// merge.h - changing a config's tree with the spec's knowledge of what is a component, a table, a list.
#pragma once

#include <filesystem>
#include <string>

#include "base/diagnostics.h"
#include "config/node.h"
#include "spec/fields.h"
#include "spec/resolve.h"

namespace bunsen {

/// Lays `over` on `base`: maps by key, recursively; a component of the same name by field, of another name
/// whole; lists and values whole.
void merge_config(Node& base, const Node& over, const FieldTable& table);

/// Sets or removes what an override's path names, in a tree whose root is described by `table`. Short forms
/// on the way are written out (`adam` becomes `{adam: {}}`). A path that leads nowhere is told to `problems`.
void apply_override(Node& root, const Override& change, const FieldTable& table, Diagnostics& problems);

/// Does the first step of an override's path exist? If not, it is told as a mistake of `shown_path`.
bool tell_unknown_first_step(const std::string& path, const Place& place, const std::string& shown_path,
                             const FieldTable& table, const Node& root, Diagnostics& problems);

/// A table's files are named relative to the file that says so, wherever the config that extends it lies:
/// notes that file's folder in the tree.
void remember_data_folder(Node& root, const std::filesystem::path& folder);

}  // namespace bunsen
