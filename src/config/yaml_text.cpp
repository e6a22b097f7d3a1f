#include "config/yaml_text.h"

#include <fmt/format.h>

#include "base/number_text.h"

namespace bunsen {
namespace {

constexpr std::size_t widest_flow = 100;

bool needs_quotes(const Node& node) {
  const std::string& text = node.text;
  if (text.empty()) return true;
  // What only looks like a number, a boolean or null must stay text.
  if (node.quoted && scalar_kind(text) != ScalarKind::text) return true;
  constexpr std::string_view indicators = "-?:,[]{}#&*!|>'\"%@`";
  const bool is_number = !node.quoted && scalar_kind(text) != ScalarKind::text;
  if (is_number) return false;
  if (indicators.find(text.front()) != std::string_view::npos || text.front() == ' ' || text.back() == ' ')
    return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // A ? begins a key for the parser wherever it stands in [ ] before a blank.
    if (byte < 0x20 || byte >= 0x7F ||
        std::string_view(":#{}[],&*\"'\\`$?").find(c) != std::string_view::npos)
      return true;
  }
  return false;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string scalar_text(const Node& node) {
  if (node.is_null()) return "null";
  return needs_quotes(node) ? quote(node.text) : node.text;
}

std::string key_text(const Key& key) { return scalar_text(Node::string(key.text)); }

std::string flow(const Node& node) {
  if (!node.is_list() && !node.is_map()) return scalar_text(node);
  std::string out(1, node.is_map() ? '{' : '[');
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) out += ", ";
    if (node.is_map()) out += key_text(node.keys[i]) + ": ";
    out += flow(node.items[i]);
  }
  return out + (node.is_map() ? '}' : ']');
}

bool is_leaf(const Node& node) { return node.items.empty() || node.is_scalar() || node.is_null(); }

class Writer {
 public:
  explicit Writer(const std::function<std::string(const Node&)>& comment) : comment_(comment) {}

  void block(const Node& node, std::size_t indent) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string lead =
          std::string(indent, ' ') + (node.is_map() ? key_text(node.keys[i]) + ':' : "-");
      item(lead, node.items[i], indent, node.is_list());
    }
  }
  std::string out;

 private:
  void item(const std::string& lead, const Node& value, std::size_t indent, bool in_list) {
    if (is_leaf(value) || fits_flow(value, indent)) {
      line(lead + ' ' + flow(value), value);
      return;
    }
    const bool single_component =
        in_list && value.is_map() && value.items.size() == 1 && !is_leaf(value.items[0]);
    if (single_component) {
      const std::string name = lead + ' ' + key_text(value.keys[0]) + ':';
      if (!comment_ && name.size() + flow(value.items[0]).size() < widest_flow) {
        line(name + ' ' + flow(value.items[0]), value.items[0]);
        return;
      }
      line(name, value.items[0]);
      block(value.items[0], indent + 4);
      return;
    }
    if (in_list && value.is_map()) {
      // The first key shares the line with the dash, the others line up under it.
      std::string inner;
      std::swap(inner, out);
      block(value, indent + 2);
      std::swap(inner, out);
      inner.replace(0, indent + 2, lead + ' ');
      out += inner;
      return;
    }
    line(lead, value);
    block(value, indent + 2);
  }

  bool fits_flow(const Node& value, std::size_t indent) const {
    if (!value.is_list()) return false;
    for (const Node& item : value.items) {
      if (!is_leaf(item)) return false;
    }
    return !comment_ && indent + flow(value).size() < widest_flow;
  }

  void line(const std::string& text, const Node& value) {
    const std::string remark = comment_ ? comment_(value) : std::string();
    out += remark.empty() ? text : fmt::format("{:<44}  # {}", text, remark);
    out += '\n';
  }

  const std::function<std::string(const Node&)>& comment_;
};

}  // namespace

std::string to_flow_yaml(const Node& node) { return flow(node); }

std::string to_yaml(const Node& node, const std::function<std::string(const Node&)>& comment) {
  if (is_leaf(node)) return flow(node) + '\n';
  Writer writer(comment);
  writer.block(node, 0);
  return std::move(writer.out);
}

}  // namespace bunsen
