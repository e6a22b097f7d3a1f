#include "config/variables.h"

#include <fmt/format.h>

#include <cctype>

#include "base/spelling.h"
#include "base/text.h"

namespace bunsen {
namespace {

constexpr std::size_t most_copied_values = 100000;

bool is_name_character(char c, bool first) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '_' || std::isalpha(byte) != 0 || (!first && std::isdigit(byte) != 0);
}

std::size_t name_end(std::string_view text, std::size_t begin) {
  std::size_t at = begin;
  while (at < text.size() && is_name_character(text[at], at == begin)) ++at;
  return at;
}

/// The variable's name if `text` is `$name` or `${name}` and nothing else.
std::string whole_variable(std::string_view text) {
  if (text.size() < 2 || text[0] != '$') return {};
  const bool braced = text[1] == '{';
  const std::size_t begin = braced ? 2 : 1;
  const std::size_t end = name_end(text, begin);
  const bool whole =
      end > begin && (braced ? end + 1 == text.size() && text[end] == '}' : end == text.size());
  return whole ? std::string(text.substr(begin, end - begin)) : std::string();
}

std::size_t count_values(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += count_values(item);
  return count;
}

void set_used_at(Node& node, const Place& use) {
  node.used_at = use;
  for (Node& item : node.items) set_used_at(item, use);
}

std::string child_path(const std::string& path, const std::string& step) {
  return path.empty() ? step : path + '.' + step;
}

}  // namespace

Variables::Variables(const Node& vars, Diagnostics& problems)
    : written_(vars),
      colours_(vars.keys.size(), Colour::white),
      used_(vars.keys.size(), false),
      problems_(problems) {
  for (std::size_t i = 0; i < vars.keys.size(); ++i) {
    value_of(vars.keys[i].text, {}, "vars", true);
  }
  // In the order written, whatever order they were needed in.
  Node ordered = Node::map();
  for (const Key& key : vars.keys) {
    if (const Node* value = values_.find(key.text)) ordered.set(key.text, *value, key.place);
  }
  values_ = std::move(ordered);
}

const Node* Variables::value_of(const std::string& name, const Place& use, const std::string& path,
                                bool is_whole) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < written_.keys.size(); ++i) {
    known.push_back(written_.keys[i].text);
    if (written_.keys[i].text != name) continue;
    if (use.known()) used_[i] = true;
    if (colours_[i] == Colour::black) return values_.find(name);
    if (colours_[i] == Colour::grey) {
      problems_.error(Code::variable, use.known() ? use : written_.items[i].place, path,
                      fmt::format("variables in a circle: {} -> {}", join(chain_, " -> "), name),
                      "write one of them out");
      return nullptr;
    }
    colours_[i] = Colour::grey;
    chain_.push_back(name);
    Node value = written_.items[i];
    substitute(value, "vars." + name);
    chain_.pop_back();
    colours_[i] = Colour::black;
    return &values_.set(name, std::move(value));
  }
  const std::optional<std::string> meant = closest(name, known);
  for (std::size_t i = 0; meant && i < known.size(); ++i) {
    if (known[i] == *meant) used_[i] = true;
  }
  problems_.error(Code::variable, use, path, fmt::format("unknown variable '{}'", name),
                  meant ? fmt::format("did you mean '${}'?", *meant)
                  : known.empty()
                      ? fmt::format("declare it: `vars: {{{}: ...}}`; `$$` writes a dollar sign", name)
                      : known_words(known),
                  {}, meant && is_whole ? '$' + *meant : "");
  return nullptr;
}

void Variables::substitute(Node& node, const std::string& path) {
  if (node.is_scalar()) {
    if (node.text.find('$') != std::string::npos) substitute_scalar(node, path);
    return;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    substitute(node.items[i], child_path(path, node.is_map() ? node.keys[i].text : std::to_string(i)));
  }
}

void Variables::substitute_scalar(Node& node, const std::string& path) {
  const std::string name = whole_variable(node.text);
  if (name.empty()) {
    node.text = text_with_values(node, path);
    node.quoted = true;
    return;
  }
  const Node* value = value_of(name, node.place, path, true);
  if (value == nullptr) return;
  copied_ += count_values(*value);
  if (copied_ > most_copied_values) {
    if (copied_ - count_values(*value) <= most_copied_values) {
      problems_.error(Code::variable, node.place, path,
                      fmt::format("variables copy more than {} values", most_copied_values),
                      "use fewer variables inside variables");
    }
    return;
  }
  const Place use = node.place;
  node = *value;
  set_used_at(node, use);
}

std::string Variables::text_with_values(const Node& node, const std::string& path) {
  const std::string_view text = node.text;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      out += text[i++];
      continue;
    }
    if (text.substr(i).starts_with("$$")) {
      out += '$';
      i += 2;
      continue;
    }
    const std::size_t begin = i + 2;
    const bool braced = text.substr(i).starts_with("${");
    const std::size_t end = braced ? name_end(text, begin) : i;
    if (!braced || end == begin || end >= text.size() || text[end] != '}') {
      problems_.error(Code::variable, node.place, path, "a '$' that begins no variable",
                      "write ${name} inside text, or $$ for a dollar sign");
      return std::string(text);
    }
    const Node* value = value_of(std::string(text.substr(begin, end - begin)), node.place, path, false);
    if (value == nullptr) return std::string(text);
    if (!value->is_scalar()) {
      problems_.error(Code::variable, node.place, path,
                      fmt::format("the variable '{}' is a list or a map", text.substr(begin, end - begin)),
                      "only a single value can stand inside text");
      return std::string(text);
    }
    out += value->text;
    i = end + 1;
  }
  return out;
}

void Variables::warn_unused(const Node& vars) const {
  for (std::size_t i = 0; i < vars.keys.size() && i < used_.size(); ++i) {
    if (!used_[i])
      problems_.warning(Code::suspicious, vars.keys[i].place, "vars",
                        fmt::format("the variable '{}' is used nowhere", vars.keys[i].text),
                        "remove it, or use it: $" + vars.keys[i].text);
  }
}

}  // namespace bunsen
