#include "compare/leaf_changes.h"

#include <algorithm>
#include <cmath>

#include "base/number_text.h"
#include "base/text.h"
#include "compare/align.h"
#include "config/yaml_text.h"

namespace bunsen {
namespace {

std::string joined(const std::string& path, const std::string& step) {
  return path.empty() ? step : path + '.' + step;
}

bool has_component(const Node& list) {
  return std::any_of(list.items.begin(), list.items.end(),
                     [](const Node& item) { return item.is_map() || item.is_list(); });
}

class Walk {
 public:
  void compare(const Node& a, const Node& b, const std::string& path) {
    if (a.is_map() && b.is_map()) return compare_maps(a, b, path);
    if (a.is_list() && b.is_list()) return compare_lists(a, b, path);
    if (a.kind == b.kind && same_scalar(a, b)) {
      ++changes.equal_count;
    } else {
      changes.items.push_back({path, a, b});
    }
  }
  LeafChanges changes;

 private:
  void compare_maps(const Node& a, const Node& b, const std::string& path) {
    if (a.items.empty() && b.items.empty()) ++changes.equal_count;
    for (std::size_t i = 0; i < a.items.size(); ++i) {
      const std::string& key = a.keys[i].text;
      const Node* other = b.find(key);
      if (other != nullptr) {
        compare(a.items[i], *other, joined(path, key));
      } else {
        one_sided(a.items[i], joined(path, key), true);
      }
    }
    for (std::size_t i = 0; i < b.items.size(); ++i) {
      if (a.find(b.keys[i].text) == nullptr) one_sided(b.items[i], joined(path, b.keys[i].text), false);
    }
  }

  void compare_lists(const Node& a, const Node& b, const std::string& path) {
    if (has_component(a) || has_component(b)) return compare_components(a, b, path);
    if (a.items.size() != b.items.size()) {
      changes.items.push_back({path, a, b});
      return;
    }
    if (a.items.empty()) ++changes.equal_count;
    for (std::size_t i = 0; i < a.items.size(); ++i)
      compare(a.items[i], b.items[i], joined(path, std::to_string(i)));
  }

  void compare_components(const Node& a, const Node& b, const std::string& path) {
    for (const AlignedItem& pair : align(a.items, b.items)) {
      const std::size_t index = pair.a ? *pair.a : *pair.b;
      const Node& item = pair.a ? a.items[*pair.a] : b.items[*pair.b];
      const std::string at = joined(path, item_name(item).value_or(std::to_string(index)));
      if (!pair.b) {
        changes.items.push_back({at, item, std::nullopt});
      } else if (!pair.a) {
        changes.items.push_back({at, std::nullopt, item});
      } else if (item_type(item) != item_type(b.items[*pair.b])) {
        changes.items.push_back({at, item, b.items[*pair.b]});
      } else {
        compare(item, b.items[*pair.b], at);
      }
    }
  }

  void one_sided(const Node& node, const std::string& path, bool is_a) {
    for (const auto& [below, leaf] : leaves(node)) {
      const std::string at = below.empty() ? path : joined(path, below);
      changes.items.push_back(is_a ? LeafChange{at, *leaf, std::nullopt}
                                   : LeafChange{at, std::nullopt, *leaf});
    }
  }
};

std::string flow_text(const Node& value) {
  if (!value.is_map() && !value.is_list()) {
    const std::string text = to_yaml(value);
    return text.substr(0, text.size() - 1);
  }
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    parts.push_back((value.is_map() ? value.keys[i].text + ": " : std::string()) + flow_text(value.items[i]));
  }
  const std::string inside = join(parts, ", ");
  return value.is_map() ? '{' + inside + '}' : '[' + inside + ']';
}

}  // namespace

LeafChanges leaf_changes(const Node& a, const Node& b) {
  Walk walk;
  walk.compare(a, b, "");
  return std::move(walk.changes);
}

bool same_scalar(const Node& a, const Node& b) {
  const std::optional<double> x = a.as_number();
  const std::optional<double> y = b.as_number();
  if (!x || !y) return a.same_as(b);
  if (std::isnan(*x) || std::isnan(*y)) return std::isnan(*x) && std::isnan(*y);
  return *x == *y && std::signbit(*x) == std::signbit(*y);
}

std::size_t unexplained_count(const LeafChanges& changes) {
  return static_cast<std::size_t>(
      std::count_if(changes.items.begin(), changes.items.end(),
                    [](const LeafChange& change) { return change.explained_by.empty(); }));
}

std::string value_text(const std::optional<Node>& value) {
  if (!value) return "-";
  if (value->is_scalar() && scalar_kind(value->text) == ScalarKind::text) return value->text;
  const bool is_component = value->is_map() && value->items.size() == 1 && value->items[0].is_map();
  if (!is_component) return flow_text(*value);
  const Node& fields = value->items[0];
  return fields.items.empty() ? value->keys[0].text : value->keys[0].text + ": " + flow_text(fields);
}

}  // namespace bunsen
