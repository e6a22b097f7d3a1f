// node.h - one tree for every document: YAML and JSON are read into it and written from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/place.h"

namespace bunsen {

/// A map's key and where it stands.
struct Key {
  std::string text;
  Place place;
};

/// A value with its place. A map's values are `items`, beside `keys`, in the order written.
struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  Kind kind = Kind::null;
  bool quoted = false;  ///< a scalar that is text whatever it looks like (quoted in YAML, a string in JSON)
  std::string text;     ///< a scalar's text, quotes and escapes resolved
  Place place;
  Place used_at;  ///< where a variable or an alias put the value, if one did; `place` is then where it is
                  ///< defined
  std::vector<Key> keys;
  std::vector<Node> items;

  static Node scalar(std::string text, bool quoted = false);
  static Node string(std::string text) { return scalar(std::move(text), true); }
  static Node number(double value);  ///< shortest text that reads back the same
  static Node number(std::int64_t value);
  static Node boolean(bool value) { return scalar(value ? "true" : "false"); }
  static Node list(std::vector<Node> items = {});
  static Node map();

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }

  /// The value of a map's key, or nullptr (also when this is no map).
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// The value at a dotted path of keys and indices (`final.test.accuracy`), or nullptr.
  const Node* at_path(std::string_view path) const;
  /// Sets or appends a map's key; a null node becomes a map. Returns the value for chaining.
  Node& set(std::string key, Node value, Place key_place = {});
  void remove(std::string_view key);
  /// Appends to a list; a null node becomes a list.
  Node& push(Node item);

  /// As typed values; nothing if it is not one. `as_number` reads "NaN", "Infinity" and "-Infinity" too.
  std::optional<double> as_number() const;
  std::optional<std::int64_t> as_integer() const;
  std::optional<bool> as_boolean() const;
  std::optional<std::string> as_string() const;  ///< any scalar's text

  /// Equal content; places, quoting style of equal text types and number spelling count as written.
  bool same_as(const Node& other) const;
};

/// Each leaf of a document with its dotted path, in order; an empty map or list is a leaf too.
std::vector<std::pair<std::string, const Node*>> leaves(const Node& node);

}  // namespace bunsen
