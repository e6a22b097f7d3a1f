#include "spec/starter.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "base/text.h"
#include "config/yaml_text.h"
#include "spec/training.h"

namespace bunsen {
namespace {

constexpr std::size_t comment_column = 40;
constexpr std::size_t widest_comment = 100 - comment_column - 2;

std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string& word : split(text, ' ')) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > width) {
      lines.push_back(word);
    } else {
      lines.back() += ' ' + word;
    }
  }
  return lines;
}

/// How deep a line stands, and from where on it is commented out, if it is.
struct Level {
  std::size_t indent = 0;
  std::optional<std::size_t> off;

  Level deeper(std::size_t by) const { return {indent + by, off}; }
};

const TypeOps& inner(const TypeOps& ops) { return ops.form == Form::optional ? inner(*ops.element()) : ops; }

/// Nothing to decide: one value alone is allowed.
bool has_one_value(const Field& field) {
  return field.minimum && field.maximum && *field.minimum == *field.maximum;
}

const Node* child(const Node* node, std::string_view key) {
  return node == nullptr ? nullptr : node->find(key);
}

/// The name of a component's node, and its fields if it has some.
std::pair<std::string, const Node*> component_of(const Node& node) {
  if (node.is_map() && node.items.size() == 1) return {node.keys[0].text, &node.items[0]};
  return {node.text, nullptr};
}

class StarterWriter {
 public:
  explicit StarterWriter(const std::vector<std::string>& layer_remarks) : layer_remarks_(layer_remarks) {}

  void sections(const Node& chosen, const Node& full) {
    bool was_long = false;
    for (const Field& field : field_table<TrainingSpec>().fields) {
      if (has_one_value(field)) continue;
      std::string before;
      std::swap(before, out);
      keys_ = 0;
      write_field(field, child(&chosen, field.name), child(&full, field.name), {}, false);
      const bool is_long = keys_ > 1;
      if ((is_long || was_long) && !before.empty()) before += '\n';
      was_long = is_long;
      out = before + out;
    }
  }
  std::string out;

 private:
  void fields(const FieldTable& table, const Node* chosen, const Node* full, const Level& level,
              bool in_type) {
    for (const Field& field : table.fields) {
      // What is operational in a type is filled in by bunsen.
      if (has_one_value(field) || (in_type && field.is_operational)) continue;
      write_field(field, child(chosen, field.name), child(full, field.name), level, in_type);
    }
  }

  void write_field(const Field& field, const Node* chosen, const Node* full, Level level, bool in_type) {
    if (chosen == nullptr && !level.off) level.off = level.indent;
    const TypeOps& ops = inner(*field.ops);
    const std::string key(field.name);
    const std::string doc(field.documentation);
    const Node* value = chosen != nullptr ? chosen : full;
    const bool has_parts = value != nullptr && value->is_map();
    if (ops.form == Form::table && (has_parts || field.ops->form == Form::table)) {
      line(level, key + ':', doc);
      fields(ops.table(), chosen, full, level.deeper(2), in_type);
    } else if (ops.form == Form::table) {
      line(level, key + ": " + std::string(field.absent_word),
           fmt::format("{} For instance {}.", doc, ops.table().example));
    } else if (ops.form == Form::component) {
      component(field, ops.family(), value, full, level);
    } else if (ops.form == Form::list && ops.element()->form == Form::component) {
      layers(field, ops.element()->family(), *value, level);
    } else {
      plain(field, ops, value, level, doc);
    }
  }

  void component(const Field& field, const Family& family, const Node* value, const Node* full,
                 const Level& level) {
    const auto [name, chosen_fields] =
        value == nullptr ? std::pair<std::string, const Node*>() : component_of(*value);
    const Alternative* type = family.find(name);
    const std::string key(field.name);
    const std::string doc(field.documentation);
    if (type == nullptr || level.off || type->table().fields.empty()) {
      const std::string word = name.empty() ? std::string(field.absent_word) : name;
      const bool is_told_by_type = type != nullptr && !level.off;
      line(level, fmt::format("{}: {}", key, word),
           (is_told_by_type ? std::string(type->doc) : doc) + others(family, name));
      return;
    }
    line(level, key + ':', doc + others(family, name));
    line(level.deeper(2), name + ':', std::string(type->doc));
    fields(type->table(), chosen_fields, child(full, name), level.deeper(4), true);
  }

  /// What else the family has; told once.
  std::string others(const Family& family, const std::string& chosen) {
    if (!told_.insert(&family).second) return "";
    std::vector<std::string> names;
    for (const std::string& name : family.names()) {
      if (name != chosen) names.push_back(name);
    }
    return names.empty() ? "" : fmt::format(" Others: {}.", join(names, ", "));
  }

  void layers(const Field& field, const Family& family, const Node& value, const Level& level) {
    std::set<std::string> used;
    for (const Node& layer : value.items) used.insert(component_of(layer).first);
    std::vector<std::string> names;
    for (const std::string& name : family.names()) {
      if (!used.contains(name)) names.push_back(name);
    }
    line(level, std::string(field.name) + ':',
         fmt::format("{} Others: {}.", field.documentation, join(names, ", ")));
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const std::string text(trim(to_yaml(Node::list({value.items[i]}))));
      line(level.deeper(2), text, i < layer_remarks_.size() ? layer_remarks_[i] : "");
    }
  }

  void plain(const Field& field, const TypeOps& ops, const Node* value, const Level& level,
             const std::string& doc) {
    const std::string key(field.name);
    if (value == nullptr) {
      const std::string nothing = !field.absent_word.empty() ? std::string(field.absent_word)
                                  : ops.form == Form::list   ? "[]"
                                  : ops.form == Form::map    ? "{}"
                                                             : "\"\"";
      line(level, fmt::format("{}: {}", key, nothing), doc);
      return;
    }
    // Written where it stands, so that the writer knows the width that is left.
    Node nested = *value;
    Node holder = Node::map();
    holder.set(key, std::move(nested));
    for (std::size_t i = 0; i < level.indent / 2; ++i) {
      Node outer = Node::map();
      outer.set("a", std::move(holder));
      holder = std::move(outer);
    }
    std::vector<std::string> lines = split(to_yaml(holder), '\n');
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(level.indent / 2));
    for (std::size_t i = 0; i + 1 < lines.size(); ++i)
      line(level, lines[i].substr(level.indent), i == 0 ? doc : "");
  }

  void line(const Level& level, const std::string& text, const std::string& comment) {
    std::string left(level.off.value_or(level.indent), ' ');
    if (level.off) left += "# " + std::string(level.indent - *level.off, ' ');
    left += text;
    ++keys_;
    const std::vector<std::string> remarks =
        comment.empty() ? std::vector<std::string>() : wrapped(comment, widest_comment);
    const std::string margin(comment_column, ' ');
    std::size_t next = 0;
    if (left.size() + 1 > comment_column) {
      for (; next < remarks.size(); ++next) out += fmt::format("{}# {}\n", margin, remarks[next]);
    }
    out += next < remarks.size() ? fmt::format("{:<{}}# {}\n", left, comment_column, remarks[next])
                                 : left + '\n';
    for (++next; next < remarks.size(); ++next) out += fmt::format("{}# {}\n", margin, remarks[next]);
  }

  const std::vector<std::string>& layer_remarks_;
  std::set<const Family*> told_;
  std::size_t keys_ = 0;
};

}  // namespace

std::string starter_text(const Starter& starter) {
  StarterWriter writer(starter.layer_remarks);
  writer.sections(starter.chosen, starter.full);
  return std::move(writer.out);
}

}  // namespace bunsen
