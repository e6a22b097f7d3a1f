// resolve.h - config text -> tree with bases, overrides and variables applied -> spec, identity, origins.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/diagnostics.h"
#include "config/node.h"
#include "spec/training.h"

namespace bunsen {

/// One change to a config: `optimizer.adam.lr=3e-4`, or `~schedule` to remove a key.
struct Override {
  std::string path;
  Node value;
  bool is_removal = false;
  Place place;        ///< of the whole argument
  std::string label;  ///< `--set #2`, `axis`; for messages
};

/// Reads `PATH=YAML` or `~PATH` as a source called `label`. Mistakes go to `problems`.
std::optional<Override> read_override(const std::string& argument, const std::string& label, Sources& sources,
                                      Diagnostics& problems);

/// A file with its bases merged, before overrides and variables.
struct ConfigTree {
  Node root;
  std::string stem;              ///< of the file, `_` written `-`: the default name
  std::filesystem::path folder;  ///< absolute; relative data files are relative to it
};

/// Reads a file and all that it extends.
std::optional<ConfigTree> read_config_tree(const std::filesystem::path& file, Sources& sources,
                                           Diagnostics& problems);

/// A config with everything settled.
struct Resolved {
  TrainingSpec spec;  ///< layers expanded
  Node document;      ///< every field written out; reads back to the same spec
  std::string id;     ///< run id: first 10 hex digits of SHA-256 of the minimal canonical form
  std::string group;  ///< the same without the seed
  Node vars;          ///< variables and their final values, a map (may be empty)
  /// Dotted path in `document` -> where its value was written and, for variables, where it is used.
  std::unordered_map<std::string, std::pair<Place, Place>> origins;
  /// The same by the path as written (SpecReader::origins): places for make_plan's and the data floor's
  /// mistakes.
  std::unordered_map<std::string, std::pair<Place, Place>> written;
};

/// Overrides of `vars.*` first, then variables are substituted, then all other overrides in order, then the
/// spec is read and checked (but not planned). Nothing is returned when there is an error.
std::optional<Resolved> resolve(const ConfigTree& tree, const std::vector<Override>& overrides,
                                Diagnostics& problems);

/// A config as far as it takes to check it: no document, no origins.
struct Identified {
  TrainingSpec spec;  ///< layers expanded
  std::string id;
  std::unordered_map<std::string, std::pair<Place, Place>> written;  ///< as Resolved::written
};

/// What resolve() finds and tells, in a third of its time.
std::optional<Identified> identify(const ConfigTree& tree, const std::vector<Override>& overrides,
                                   Diagnostics& problems);

/// The run id of a spec with its layers expanded.
std::string run_id(const TrainingSpec& spec);

/// A resolved document as the text of a config: what looks like a variable is escaped, so that it reads back
/// the same. `comment` as in to_yaml.
std::string config_text(const Node& document, const std::function<std::string(const Node&)>& comment = {});

/// Reads a resolved config again (the worker's request, a frozen config.yaml's tree): no bases, no variables.
std::optional<Resolved> read_resolved(const Node& document, Diagnostics& problems);

}  // namespace bunsen
