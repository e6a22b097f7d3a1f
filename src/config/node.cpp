#include "config/node.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/number_text.h"
#include "base/text.h"

namespace bunsen {
namespace {

const Node* child_of(const Node& node, std::string_view step) {
  if (node.is_map()) return node.find(step);
  if (!node.is_list()) return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  const bool whole = error == std::errc() && end == step.data() + step.size();
  return whole && index < node.items.size() ? &node.items[index] : nullptr;
}

void collect_leaves(const Node& node, const std::string& path,
                    std::vector<std::pair<std::string, const Node*>>& out) {
  const bool has_children = (node.is_map() || node.is_list()) && !node.items.empty();
  if (!has_children) {
    out.emplace_back(path, &node);
    return;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string step = node.is_map() ? node.keys[i].text : std::to_string(i);
    collect_leaves(node.items[i], path.empty() ? step : path + '.' + step, out);
  }
}

}  // namespace

Node Node::scalar(std::string text, bool quoted) {
  Node node;
  node.kind = Kind::scalar;
  node.quoted = quoted;
  node.text = std::move(text);
  return node;
}

Node Node::number(double value) { return scalar(number_text(value)); }
Node Node::number(std::int64_t value) { return scalar(number_text(value)); }

Node Node::list(std::vector<Node> items) {
  Node node;
  node.kind = Kind::list;
  node.items = std::move(items);
  return node;
}

Node Node::map() {
  Node node;
  node.kind = Kind::map;
  return node;
}

const Node* Node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

const Node* Node::at_path(std::string_view path) const {
  const Node* node = this;
  for (const std::string& step : split(path, '.')) {
    if (node == nullptr) return nullptr;
    node = child_of(*node, step);
  }
  return node;
}

Node& Node::set(std::string key, Node value, Place key_place) {
  if (is_null()) kind = Kind::map;
  if (Node* present = find(key)) {
    *present = std::move(value);
    return *present;
  }
  keys.push_back({std::move(key), key_place});
  items.push_back(std::move(value));
  return items.back();
}

void Node::remove(std::string_view key) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text != key) continue;
    keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(i));
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
}

Node& Node::push(Node item) {
  if (is_null()) kind = Kind::list;
  items.push_back(std::move(item));
  return items.back();
}

std::optional<double> Node::as_number() const {
  if (!is_scalar()) return std::nullopt;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return infinity;
  if (text == "-Infinity") return -infinity;
  if (quoted) return std::nullopt;
  const RealText real = parse_real(text);
  return real.error == NumberError::none ? std::optional<double>(real.value) : std::nullopt;
}

std::optional<std::int64_t> Node::as_integer() const {
  if (!is_scalar() || quoted) return std::nullopt;
  const IntegerText integer = parse_integer(text);
  return integer.error == NumberError::none ? std::optional<std::int64_t>(integer.value) : std::nullopt;
}

std::optional<bool> Node::as_boolean() const {
  if (!is_scalar() || quoted || scalar_kind(text) != ScalarKind::boolean) return std::nullopt;
  return text[0] == 't' || text[0] == 'T';
}

std::optional<std::string> Node::as_string() const {
  return is_scalar() ? std::optional<std::string>(text) : std::nullopt;
}

bool Node::same_as(const Node& other) const {
  if (kind != other.kind || items.size() != other.items.size() || keys.size() != other.keys.size())
    return false;
  if (is_scalar()) {
    if (text != other.text) return false;
    const bool is_text = quoted || scalar_kind(text) == ScalarKind::text;
    const bool other_is_text = other.quoted || scalar_kind(other.text) == ScalarKind::text;
    return is_text == other_is_text;
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text != other.keys[i].text) return false;
  }
  return std::equal(items.begin(), items.end(), other.items.begin(),
                    [](const Node& a, const Node& b) { return a.same_as(b); });
}

std::vector<std::pair<std::string, const Node*>> leaves(const Node& node) {
  std::vector<std::pair<std::string, const Node*>> out;
  collect_leaves(node, "", out);
  return out;
}

}  // namespace bunsen
