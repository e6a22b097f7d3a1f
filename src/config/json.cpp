#include "config/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/errors.h"
#include "base/number_text.h"

namespace bunsen {
namespace {

constexpr std::size_t deepest = 200;

// Builds the tree from nlohmann's events: numbers keep the text they were written with, keys their order.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(std::int32_t source) : source_(source) {}

  bool null() override { return add(Node()); }
  bool boolean(bool value) override { return add(Node::boolean(value)); }
  bool number_integer(number_integer_t value) override {
    return add(Node::number(static_cast<std::int64_t>(value)));
  }
  bool number_unsigned(number_unsigned_t value) override { return add(Node::scalar(std::to_string(value))); }
  bool number_float(number_float_t, const string_t& text) override { return add(Node::scalar(text)); }
  bool string(string_t& text) override { return add(Node::string(text)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Node::map()); }
  bool start_array(std::size_t) override { return open(Node::list()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& text) override {
    if (!seen_.back().insert(text).second) {
      reason = fmt::format("the key '{}' is there twice", text);
      return false;
    }
    keys_.back() = text;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    error_offset = position;
    reason = error.what();
    const std::size_t colon = reason.rfind(": ");
    if (colon != std::string::npos) reason = reason.substr(colon + 2);
    return false;
  }

  Node root;
  std::string reason;
  std::size_t error_offset = 0;

 private:
  bool add(Node node) {
    node.place.source = source_;
    if (open_.empty()) {
      root = std::move(node);
    } else if (open_.back().is_map()) {
      // Appended without a search: `key` has refused doubles already.
      open_.back().keys.push_back({keys_.back(), {}});
      open_.back().items.push_back(std::move(node));
    } else {
      open_.back().items.push_back(std::move(node));
    }
    return true;
  }
  bool open(Node node) {
    if (open_.size() >= deepest) {
      reason = fmt::format("nested deeper than {} levels", deepest);
      return false;
    }
    open_.push_back(std::move(node));
    keys_.emplace_back();
    seen_.emplace_back();
    return true;
  }
  bool close() {
    Node node = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    seen_.pop_back();
    return add(std::move(node));
  }

  std::int32_t source_;
  std::vector<Node> open_;
  std::vector<std::string> keys_;
  std::vector<std::unordered_set<std::string>> seen_;
};

std::string position_text(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  int line = 1;
  int column = 1;
  for (std::size_t i = 0; i + 1 < offset; ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return fmt::format("{}:{}", line, column);
}

/// Stands in JSON as it is.
bool is_plain(char byte) { return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\'; }

/// Nearly every text is plain, and going through the library takes ten times as long.
void write_string(const std::string& text, std::string& out) {
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write_scalar(const Node& node, std::string& out) {
  const ScalarKind kind = node.quoted ? ScalarKind::text : scalar_kind(node.text);
  if (kind == ScalarKind::null) {
    out += "null";
  } else if (kind == ScalarKind::boolean) {
    out += *node.as_boolean() ? "true" : "false";
  } else if (kind == ScalarKind::integer) {
    const IntegerText integer = parse_integer(node.text);
    // Beyond 64 bits the digits themselves are valid JSON.
    out += integer.error == NumberError::none ? number_text(integer.value) : node.text;
  } else if (kind == ScalarKind::real) {
    const double value = parse_real(node.text).value;
    if (std::isnan(value)) {
      out += "\"NaN\"";
    } else if (std::isinf(value)) {
      out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
      out += number_text(value);
    }
  } else {
    write_string(node.text, out);
  }
}

void write_line(const Node& node, std::string& out) {
  if (node.is_null()) {
    out += "null";
  } else if (node.is_scalar()) {
    write_scalar(node, out);
  } else {
    out += node.is_map() ? '{' : '[';
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (i > 0) out += ", ";
      if (node.is_map()) {
        write_string(node.keys[i].text, out);
        out += ": ";
      }
      write_line(node.items[i], out);
    }
    out += node.is_map() ? '}' : ']';
  }
}

bool holds_only_scalars(const Node& node) {
  for (const Node& item : node.items) {
    if (!item.is_scalar() && !item.is_null()) return false;
  }
  return true;
}

void write_block(const Node& node, std::size_t indent, std::string& out) {
  const bool one_line = node.items.empty() || (node.is_list() && holds_only_scalars(node));
  if (one_line) {
    write_line(node, out);
    return;
  }
  const std::string margin(indent + 2, ' ');
  out += node.is_map() ? "{\n" : "[\n";
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    out += margin;
    if (node.is_map()) {
      write_string(node.keys[i].text, out);
      out += ": ";
      write_block(node.items[i], indent + 2, out);
    } else {
      write_line(node.items[i], out);
    }
    out += i + 1 < node.items.size() ? ",\n" : "\n";
  }
  out += std::string(indent, ' ') + (node.is_map() ? '}' : ']');
}

}  // namespace

Node read_json(std::string_view text, const std::string& name, std::int32_t source) {
  Builder builder(source);
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  throw UserError(fmt::format("{}:{}: not valid JSON: {}", name, position_text(text, builder.error_offset),
                              builder.reason));
}

std::string json_line(const Node& node) {
  std::string out;
  write_line(node, out);
  return out;
}

std::string json_document(const Node& node) {
  std::string out;
  write_block(node, 0, out);
  return out + '\n';
}

}  // namespace bunsen
