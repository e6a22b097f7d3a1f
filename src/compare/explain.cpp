#include "compare/explain.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "compare/align.h"

namespace bunsen {
namespace {

std::vector<LeafChange> changed_causes(const Node& a, const Node& b, const std::string& prefix) {
  std::vector<LeafChange> out;
  if (!a.is_map() || !b.is_map()) return out;
  for (LeafChange& change : leaf_changes(a, b).items) {
    if (!change.a || !change.b) continue;  // what only one side knows explains nothing
    change.path = prefix + change.path;
    out.push_back(std::move(change));
  }
  return out;
}

bool has_path(const std::vector<LeafChange>& changes, const std::string& path) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const LeafChange& change) { return change.path == path; });
}

// The leaf changed as the cause did, or a layer of the one type took the place of one of the other.
bool changed_alike(const LeafChange& cause, const LeafChange& change) {
  if (!change.a || !change.b) return false;
  if (change.a->is_scalar() && change.b->is_scalar()) {
    return same_scalar(*cause.a, *change.a) && same_scalar(*cause.b, *change.b);
  }
  const std::string type_a = item_type(*change.a), type_b = item_type(*change.b);
  const bool are_types = !type_a.empty() && !type_b.empty() && cause.a->is_scalar() && cause.b->is_scalar();
  return are_types && type_a == cause.a->text && type_b == cause.b->text;
}

// `layers.hidden2` -> `layers.3.`, the beginning of its leaves' paths in `origins`.
std::string numbered_path(const Node& config, const std::string& path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string::npos) return path;
  const Node* list = config.at_path(path.substr(0, dot));
  if (list == nullptr || !list->is_list()) return path;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    if (item_name(list->items[i]) == path.substr(dot + 1)) return path.substr(0, dot + 1) + std::to_string(i);
  }
  return path;
}

std::string origin_of(const Node& origins, const std::string& item_path) {
  for (std::size_t i = 0; i < origins.keys.size(); ++i) {
    const std::string& path = origins.keys[i].text;
    if (path == item_path || path.starts_with(item_path + '.')) return origins.items[i].text;
  }
  return {};
}

// How many items of the list were written at `origin`.
std::int64_t written_at(const Node& origins, const std::string& list_path, const std::string& origin) {
  std::set<std::string> found;
  for (std::size_t i = 0; i < origins.keys.size(); ++i) {
    const std::string& path = origins.keys[i].text;
    if (origins.items[i].text != origin || !path.starts_with(list_path + '.')) continue;
    found.insert(path.substr(0, path.find('.', list_path.size() + 1)));
  }
  return static_cast<std::int64_t>(found.size());
}

bool repeats_as(const LeafChange& cause, const LeafChange& change, const Node& config, const Causes& side,
                const Causes& a, const Causes& b) {
  const std::optional<std::int64_t> times_a = cause.a->as_integer(), times_b = cause.b->as_integer();
  const std::size_t dot = change.path.rfind('.');
  if (!times_a || !times_b || dot == std::string::npos) return false;
  const std::string origin = origin_of(side.origins, numbered_path(config, change.path));
  const std::string list_path = change.path.substr(0, dot);
  return !origin.empty() && written_at(a.origins, list_path, origin) == *times_a &&
         written_at(b.origins, list_path, origin) == *times_b;
}

}  // namespace

void explain(LeafChanges& changes, const Node& config_a, const Causes& a, const Node& config_b,
             const Causes& b) {
  std::vector<LeafChange> causes = changed_causes(a.vars, b.vars, "vars.");
  for (LeafChange& axis : changed_causes(a.point, b.point, "")) {
    if (!has_path(causes, axis.path) && !has_path(changes.items, axis.path))
      causes.push_back(std::move(axis));
  }
  for (LeafChange& change : changes.items) {
    for (const LeafChange& cause : causes) {
      if (!change.explained_by.empty()) break;
      const bool is_one_sided = change.a.has_value() != change.b.has_value();
      const bool is_explained =
          is_one_sided ? repeats_as(cause, change, change.a ? config_a : config_b, change.a ? a : b, a, b)
                       : changed_alike(cause, change);
      if (is_explained) change.explained_by = cause.path;
    }
  }
  changes.items.insert(changes.items.begin(), causes.begin(), causes.end());
}

}  // namespace bunsen
