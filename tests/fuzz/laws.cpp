#include "laws.h"

#include <fmt/format.h>

#include <vector>

#include "base/errors.h"
#include "base/text.h"
#include "config/json.h"
#include "config/yaml.h"
#include "config/yaml_text.h"
#include "spec/merge.h"
#include "spec/plan.h"
#include "spec/resolve.h"

namespace bunsen::fuzz {
namespace {

struct Input {
  std::string config, base;
  std::vector<std::string> overrides;
};

Input parts_of(std::string_view text) {
  Input out;
  constexpr std::size_t most_overrides = 8;
  bool is_base = false;
  for (const std::string& line : split(text, '\n')) {
    if (line == "#base" && !is_base) {
      is_base = true;
      continue;
    }
    if (line.starts_with("#set ") && out.overrides.size() < most_overrides)
      out.overrides.push_back(line.substr(5));
    (is_base ? out.base : out.config) += line + '\n';
  }
  // The newline that the last line did not have.
  std::string& last = is_base ? out.base : out.config;
  if (!last.empty() && !text.ends_with('\n')) last.pop_back();
  return out;
}

/// What a data set's files would say; no file is opened here.
DataHeader header_of(const Dataset& dataset) {
  if (const auto* points = std::get_if<Synthetic>(&dataset)) {
    return {Shape{{points->features}}, false, false, points->classes, points->samples, points->test_samples};
  }
  if (const auto* table = std::get_if<Csv>(&dataset)) {
    const bool is_regression = table->task == Task::regression;
    return {Shape{{4}},   false,        is_regression,
            std::nullopt, std::nullopt, table->test_file ? std::nullopt : std::optional<std::int64_t>(0)};
  }
  return {Shape{{1, 28, 28}}, true, false, 10, 60000, 10000};
}

/// A place lies in its text, a message says something: else printing would show nonsense.
std::string bad_diagnostic(const Diagnostics& problems, const Sources& sources) {
  for (const Diagnostic& item : problems.items()) {
    if (item.message.empty()) return "a message without words";
    for (const Place& place : {item.place, item.used_at}) {
      if (!place.known()) continue;
      const std::size_t size = sources.text(place.source).size();
      if (place.offset > size || place.length > size - place.offset)
        return fmt::format("a place outside its text: {}+{} of {}, '{}'", place.offset, place.length, size,
                           item.message);
    }
  }
  to_text(problems, sources, false);
  return "";
}

std::optional<Node> read_again(const std::string& text) {
  Sources sources;
  Diagnostics problems;
  return read_yaml(sources.add("again.yaml", text), sources, problems);
}

bool is_deep(const Node& node, int left) {
  if (left == 0) return true;
  for (const Node& item : node.items) {
    if (is_deep(item, left - 1)) return true;
  }
  return false;
}

std::string written_otherwise(const Node& root) {
  constexpr int deepest = 60;
  if (is_deep(root, deepest)) return "";
  const std::string text = to_yaml(root);
  const std::optional<Node> again = read_again(text);
  if (!again) return "a tree that is written as no YAML:\n" + text;
  if (!again->same_as(root)) return "a tree that reads back as another:\n" + text;
  return "";
}

std::string resolved_otherwise(const Resolved& first) {
  const std::string text = config_text(first.document);
  const std::optional<Node> root = read_again(text);
  if (!root) return "a resolved config that is no YAML:\n" + text;
  Diagnostics problems;
  const std::optional<Resolved> second = resolve({*root, "fuzz", "/"}, {}, problems);
  if (!second)
    return "a resolved config that is refused:\n" + text +
           (problems.items().empty() ? "" : problems.items()[0].message);
  if (second->id != first.id || second->group != first.group)
    return "a resolved config with another id:\n" + text;
  if (!second->document.same_as(first.document)) return "a resolved config that resolves otherwise:\n" + text;
  const std::optional<Resolved> third =
      read_resolved(read_json(json_line(first.document), "fuzz.json"), problems);
  if (!third || third->id != first.id) return "a resolved config that is another as JSON:\n" + text;
  return "";
}

std::string broken_by_plan(const Resolved& resolved, const Sources& sources) {
  Diagnostics problems;
  const SpecReader reader{problems, resolved.written};
  const std::optional<Plan> plan =
      make_plan(resolved.spec, header_of(resolved.spec.dataset), reader, problems);
  if (plan.has_value() == problems.has_errors()) return "a plan beside an error, or neither";
  if (plan && plan->layers.size() != resolved.spec.layers.size()) return "a plan without all layers";
  return bad_diagnostic(problems, sources);
}

}  // namespace

std::string broken_by_config(std::string_view text) {
  const Input input = parts_of(text);
  Sources sources;
  Diagnostics problems;
  std::optional<Node> root = read_yaml(sources.add("fuzz.yaml", input.config), sources, problems);
  std::vector<Override> overrides;
  for (std::size_t i = 0; i < input.overrides.size(); ++i) {
    std::optional<Override> read =
        read_override(input.overrides[i], "--set #" + std::to_string(i + 1), sources, problems);
    if (read) overrides.push_back(std::move(*read));
  }
  if (root.has_value() == false && !problems.has_errors()) return "no tree and no reason";
  std::optional<Node> base;
  if (!input.base.empty()) base = read_yaml(sources.add("base.yaml", input.base), sources, problems);
  if (std::string bad = bad_diagnostic(problems, sources); !bad.empty()) return bad;
  if (!root || !root->is_map()) return "";
  if (std::string bad = written_otherwise(*root); !bad.empty()) return bad;
  if (base && base->is_map()) {
    merge_config(*base, *root, field_table<TrainingSpec>());
    root = std::move(base);
  }
  Diagnostics found;
  const std::optional<Resolved> resolved = resolve({*root, "fuzz", "/"}, overrides, found);
  if (resolved.has_value() == found.has_errors()) return "a resolved config beside an error, or neither";
  if (std::string bad = bad_diagnostic(found, sources); !bad.empty()) return bad;
  if (!resolved) return "";
  if (std::string bad = broken_by_plan(*resolved, sources); !bad.empty()) return bad;
  return resolved_otherwise(*resolved);
}

std::string broken_by_json(std::string_view text) {
  Node root;
  try {
    root = read_json(text, "fuzz.json");
  } catch (const UserError&) {
    return "";
  }
  const Node line = read_json(json_line(root), "fuzz.json");
  if (!line.same_as(read_json(json_document(root), "fuzz.json"))) return "a line and a document that differ";
  if (json_line(line) != json_line(read_json(json_line(line), "fuzz.json")))
    return "JSON that changes each time it is written";
  Diagnostics problems;
  const std::optional<Resolved> resolved = read_resolved(root, problems);
  if (resolved.has_value() == problems.has_errors()) return "a resolved config beside an error, or neither";
  return resolved ? resolved_otherwise(*resolved) : "";
}

}  // namespace bunsen::fuzz
