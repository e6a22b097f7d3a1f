#include "spec/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/number_text.h"
#include "base/sha256.h"
#include "base/spelling.h"
#include "base/text.h"
#include "config/json.h"
#include "config/variables.h"
#include "config/yaml_text.h"
#include "spec/merge.h"
#include "spec/plan.h"
#include "spec/top_keys.h"

namespace bunsen {
namespace {

// --- overrides and variables
// -----------------------------------------------------------------------------------------

bool is_of_variables(const Override& change) {
  return change.path == "vars" || change.path.starts_with("vars.");
}

void set_variable(Node& root, const Override& change, Diagnostics& problems) {
  Node* vars = root.find("vars");
  const std::string name = change.path.size() > 5 ? change.path.substr(5) : std::string();
  std::vector<std::string> known;
  if (vars != nullptr) {
    for (const Key& key : vars->keys) known.push_back(key.text);
  }
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    const std::optional<std::string> meant = closest(name, known);
    Place place = change.place;
    const bool is_plain = place.length == change.path.size() && !name.empty();
    if (is_plain) {
      place.offset += static_cast<std::uint32_t>(change.path.size() - name.size());
      place.length = static_cast<std::uint32_t>(name.size());
    }
    problems.error(Code::override_path, place, change.path,
                   fmt::format("the config has no variable '{}'", name),
                   meant           ? fmt::format("did you mean '{}'?", *meant)
                   : known.empty() ? "it declares none under `vars`"
                                   : known_words(known),
                   {}, is_plain ? meant.value_or("") : "");
    return;
  }
  if (change.is_removal) {
    problems.error(Code::override_path, change.place, change.path, "a variable can't be removed",
                   "set it to another value");
    return;
  }
  vars->set(name, change.value);
}

bool looks_like_experiment(const Node& root) {
  return root.find("layers") == nullptr && root.find("dataset") == nullptr &&
         (root.find("axes") != nullptr || root.find("base") != nullptr);
}

/// Bases are merged already; now overrides and variables, in the order of docs/architecture.md. Returns the
/// variables' final values; nothing where `vars` is no map, since every use would then be told.
std::optional<Node> settle(Node& root, const std::vector<Override>& overrides, Diagnostics& problems) {
  set_right(root, "vars", problems);
  gather_variables(root, problems);
  for (const Override& change : overrides) {
    if (is_of_variables(change)) set_variable(root, change, problems);
  }
  Node written = Node::map();
  if (const Node* vars = root.find("vars")) written = *vars;
  root.remove("vars");
  if (!written.is_map()) {
    problems.error(Code::variable, written.place, "vars", "needs a map of names and values",
                   "write `vars: {depth: 2}`");
    return std::nullopt;
  }
  Variables variables(written, problems);
  variables.substitute(root, "");
  for (const Override& change : overrides) {
    if (is_of_variables(change)) continue;
    Override settled = change;
    variables.substitute(settled.value, change.path);
    apply_override(root, settled, field_table<TrainingSpec>(), problems);
  }
  variables.warn_unused(written);
  return variables.values();
}

// --- spec, identity, origins
// -----------------------------------------------------------------------------------------

bool is_layer_name(const std::string& name) {
  if (name.empty() || !(name[0] == '_' || std::islower(static_cast<unsigned char>(name[0])) != 0))
    return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

class LayerNames {
 public:
  LayerNames(const SpecReader& reader, Diagnostics& problems) : reader_(reader), problems_(problems) {}

  /// Each name as it is written, those inside a `repeat` too.
  bool check_written(const std::vector<Layer>& layers) {
    bool good = true;
    for (const Layer& layer : layers) {
      if (!layer.name.empty()) good &= check_one(layer);
      if (const Repeat* repeat = std::get_if<Repeat>(&layer)) good &= check_written(repeat->layers);
    }
    return good;
  }

  /// Names of the list with every `repeat` written out.
  bool check_unique(const std::vector<Layer>& layers) {
    std::set<std::string> seen;
    bool good = true;
    for (const Layer& layer : layers) {
      if (layer.name.empty() || seen.insert(layer.name).second) continue;
      good = tell(layer, fmt::format("two layers are named '{}'", layer.name), "give each a name of its own");
    }
    return good;
  }

 private:
  bool check_one(const Layer& layer) {
    if (!is_layer_name(layer.name)) {
      return tell(layer, fmt::format("'{}' is no layer name", layer.name),
                  "small letters, digits and _, not beginning with a digit");
    }
    if (family<Layer>().find(layer.name) == nullptr) return true;
    return tell(layer, fmt::format("'{}' is a layer's type", layer.name),
                fmt::format("write for instance `name: {}1`", layer.name));
  }

  bool tell(const Layer& layer, const std::string& message, const std::string& hint) {
    const std::string path =
        fmt::format("{}.{}.name", layer.path, family<Layer>().alternatives[layer.index()].name);
    problems_.error(Code::bad_name, reader_.place_of(path), path, message, hint);
    return false;
  }

  const SpecReader& reader_;
  Diagnostics& problems_;
};

/// What was written equal to what would be taken anyway is the same config.
void fold_defaults(TrainingSpec& spec) {
  const auto same = [](const Transform& a, const Transform& b) {
    const auto text = [](const Transform& transform) {
      Field field;
      return json_line(write_value(field, type_ops<Transform>(), &transform, WriteMode::full));
    };
    return text(a) == text(b);
  };
  const Transform usual = default_transform(spec.dataset);
  if (spec.test.transform && same(*spec.test.transform, spec.transform.value_or(usual)))
    spec.test.transform.reset();
  if (spec.transform && same(*spec.transform, usual)) spec.transform.reset();
  const std::optional<Aim> aim = aim_of(spec);
  for (const auto& [path, metric] : watched_metrics(spec)) {
    if (aim && *metric && **metric == aim->metric) metric->reset();
  }
}

Node full_document(TrainingSpec spec) {
  if (!spec.transform) spec.transform = default_transform(spec.dataset);
  if (!spec.test.transform) spec.test.transform = spec.transform;
  const std::optional<Aim> aim = aim_of(spec);
  for (const auto& [path, metric] : watched_metrics(spec)) {
    if (aim && !*metric) *metric = aim->metric;
  }
  return write_spec(spec, WriteMode::full);
}

std::string short_hash(const Node& canonical) { return sha256_hex(json_line(canonical)).substr(0, 10); }

/// `layers.3.relu` of the document -> the same below the path that the layer was written at.
std::string written_path(const std::string& path, const std::vector<Layer>& layers) {
  if (!path.starts_with("layers.")) return path;
  const std::size_t end = path.find('.', 7);
  const auto index =
      static_cast<std::size_t>(parse_integer(path.substr(7, end == std::string::npos ? end : end - 7)).value);
  if (index >= layers.size()) return path;
  return layers[index].path + (end == std::string::npos ? std::string() : path.substr(end));
}

/// Where the value at `path` and those below it were written.
void find_origins(const Node& node, const std::string& path, Resolved& out) {
  const auto found = out.written.find(written_path(path, out.spec.layers));
  if (found != out.written.end() && found->second.first.known()) out.origins[path] = found->second;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string step = node.is_map() ? node.keys[i].text : std::to_string(i);
    find_origins(node.items[i], path.empty() ? step : path + '.' + step, out);
  }
}

/// Reads and checks the spec itself.
std::optional<Identified> read_identified(const Node& root, const std::string& default_name,
                                          Diagnostics& problems) {
  Identified out;
  SpecReader reader{problems};
  TrainingSpec& spec = out.spec;
  const bool is_read = read_table(reader, field_table<TrainingSpec>(), root, "", &spec);
  LayerNames names(reader, problems);
  if (!names.check_written(spec.layers) || !is_read) return std::nullopt;
  if (spec.name.empty()) spec.name = default_name;
  if (expanded_count(spec.layers) > most_layers) {
    problems.error(Code::out_of_range, reader.place_of("layers"), "layers",
                   fmt::format("more than {} layers once `repeat` is written out", most_layers),
                   "repeat less often");
    return std::nullopt;
  }
  spec.layers = expand(spec.layers);
  if (!names.check_unique(spec.layers)) return std::nullopt;
  fold_defaults(spec);
  out.id = run_id(spec);
  out.written = std::move(reader.origins);
  return out;
}

/// Adds the document and where its values were written.
Resolved complete(Identified identified) {
  Resolved out;
  out.spec = std::move(identified.spec);
  out.id = std::move(identified.id);
  out.written = std::move(identified.written);
  out.document = full_document(out.spec);
  Node canonical = write_spec(out.spec, WriteMode::minimal);
  canonical.remove("seed");
  out.group = short_hash(canonical);
  find_origins(out.document, "", out);
  return out;
}

std::optional<Resolved> read_spec(const Node& root, const std::string& default_name, Diagnostics& problems) {
  std::optional<Identified> identified = read_identified(root, default_name, problems);
  if (!identified) return std::nullopt;
  return complete(std::move(*identified));
}

std::optional<Identified> identify_tree(const ConfigTree& tree, const std::vector<Override>& overrides,
                                        Node& vars, Diagnostics& problems) {
  Node root = tree.root;
  std::optional<Node> settled = settle(root, overrides, problems);
  if (!settled) return std::nullopt;
  vars = std::move(*settled);
  remember_data_folder(root, tree.folder);
  return read_identified(root, tree.stem, problems);
}

bool is_same(const Diagnostic& a, const Diagnostic& b) {
  return a.code == b.code && a.place == b.place && a.message == b.message;
}

bool is_among(const Diagnostic& item, const std::vector<Diagnostic>& items) {
  return std::any_of(items.begin(), items.end(), [&](const Diagnostic& each) { return is_same(each, item); });
}

/// The top-level key that a mistake is about; empty if that is not clear.
std::string part_of(const Diagnostic& item) {
  const bool is_of_top_key = item.path.empty() && item.code == Code::unknown_key;
  return is_of_top_key ? item.replacement : item.path.substr(0, item.path.find('.'));
}

/// Mistakes of the file alone that the overrides have not put right; then those found with overrides that lie
/// in other parts of the config. A key that is missing hides nothing: an override may have been meant to add
/// it.
void tell_once(const Diagnostics& of_file, const Diagnostics& with_overrides, Diagnostics& problems) {
  std::set<std::string> parts;
  std::vector<Diagnostic> told;
  for (const Diagnostic& item : of_file.items()) {
    if (item.severity != Severity::error || !is_among(item, with_overrides.items())) continue;
    if (item.code != Code::missing_key) parts.insert(part_of(item));
    told.push_back(item);
  }
  for (const Diagnostic& item : with_overrides.items()) {
    const bool is_apart = parts.empty() || (!parts.contains("") && !parts.contains(part_of(item)));
    if (is_apart && !is_among(item, told)) told.push_back(item);
  }
  for (const Diagnostic& item : told) problems.add(item);
}

/// The tree with its changes; all mistakes told, each once.
std::optional<Identified> identify_or_tell(const ConfigTree& tree, const std::vector<Override>& overrides,
                                           Node& vars, Diagnostics& problems) {
  const std::size_t errors_before = problems.error_count();
  if (looks_like_experiment(tree.root)) {
    problems.error(Code::experiment, tree.root.place, "", "this is an experiment, not a config",
                   "run it with `bunsen sweep`");
    return std::nullopt;
  }
  Diagnostics found;
  std::optional<Identified> out = identify_tree(tree, overrides, vars, found);
  if (found.has_errors() && !overrides.empty()) {
    // A path may lead nowhere because of a slip in the file: then the slip is told, and not what follows from
    // it.
    Diagnostics of_file;
    Node ignored;
    identify_tree(tree, {}, ignored, of_file);
    tell_once(of_file, found, problems);
  } else {
    for (const Diagnostic& item : found.items()) problems.add(item);
  }
  if (!out || problems.error_count() > errors_before) return std::nullopt;
  return out;
}

}  // namespace

std::string run_id(const TrainingSpec& spec) { return short_hash(write_spec(spec, WriteMode::minimal)); }

std::optional<Identified> identify(const ConfigTree& tree, const std::vector<Override>& overrides,
                                   Diagnostics& problems) {
  Node vars;
  return identify_or_tell(tree, overrides, vars, problems);
}

std::optional<Resolved> resolve(const ConfigTree& tree, const std::vector<Override>& overrides,
                                Diagnostics& problems) {
  Node vars;
  std::optional<Identified> identified = identify_or_tell(tree, overrides, vars, problems);
  if (!identified) return std::nullopt;
  Resolved out = complete(std::move(*identified));
  out.vars = std::move(vars);
  return out;
}

std::string config_text(const Node& document, const std::function<std::string(const Node&)>& comment) {
  const std::function<Node(const Node&)> escaped = [&](const Node& node) {
    Node out = node;
    if (out.is_scalar() && out.text.find('$') != std::string::npos) {
      std::string text;
      for (const char c : out.text) text += c == '$' ? std::string("$$") : std::string(1, c);
      out.text = std::move(text);
    }
    for (Node& item : out.items) item = escaped(item);
    return out;
  };
  return to_yaml(escaped(document), comment);
}

std::optional<Resolved> read_resolved(const Node& document, Diagnostics& problems) {
  const std::size_t errors_before = problems.error_count();
  std::optional<Resolved> out = read_spec(document, "config", problems);
  if (!out || problems.error_count() > errors_before) return std::nullopt;
  return out;
}

}  // namespace bunsen
