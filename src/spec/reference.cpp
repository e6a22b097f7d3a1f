#include "spec/reference.h"

#include <fmt/format.h>

#include <functional>
#include <set>

#include "base/number_text.h"
#include "base/text.h"
#include "config/json.h"
#include "config/yaml_text.h"

namespace bunsen {
namespace {

const TypeOps& inner(const TypeOps& ops) { return ops.form == Form::optional ? inner(*ops.element()) : ops; }

std::string range_text(const Field& field) {
  std::vector<std::string> parts;
  if (field.minimum)
    parts.push_back(
        fmt::format("{} {}", field.minimum_excluded ? "above" : "at least", number_text(*field.minimum)));
  if (field.maximum)
    parts.push_back(
        fmt::format("{} {}", field.maximum_excluded ? "below" : "at most", number_text(*field.maximum)));
  return join(parts, ", ");
}

std::string type_text(const TypeOps& ops) {
  if (ops.words != nullptr) {
    std::vector<std::string> words;
    for (const std::string_view word : *ops.words()) words.emplace_back(word);
    return join(words, " | ");
  }
  switch (ops.form) {
    case Form::optional:
      return type_text(*ops.element());
    case Form::list:
      return "list of " + type_text(*ops.element());
    case Form::map:
      return "map of " + type_text(*ops.element());
    case Form::scalar:
    case Form::table:
    case Form::component:
      break;
  }
  return std::string(ops.type_name);
}

/// As it would be written, on one line; `required` for what has no default.
std::string default_text(const FieldTable& table, const Field& field) {
  if (field.is_required) return "required";
  const Node value = write_value(field, *field.ops, field.in(table.defaults), WriteMode::full);
  const bool is_empty = value.is_null() || (value.is_scalar() ? value.text.empty() : value.items.empty());
  if (is_empty) return field.absent_word.empty() ? "none given" : std::string(field.absent_word);
  if (field.ops->form == Form::table) return "its own defaults";
  return value.is_list() ? json_line(value) : std::string(trim(to_yaml(value)));
}

std::string field_line(const FieldTable& table, const Field& field) {
  std::vector<std::string> facts{type_text(*field.ops)};
  if (const std::string range = range_text(field); !range.empty()) facts.push_back(range);
  const std::string standard = default_text(table, field);
  facts.push_back(field.is_required ? standard : "default: " + standard);
  if (field.is_operational) facts.emplace_back("in no id");
  return join(facts, "; ");
}

/// One thing that can be explained, with its paths.
struct Entry {
  std::string key;                     ///< `optimizer.adam.lr`
  std::string doc, example, facts;     ///< facts: type, range, default
  const FieldTable* fields = nullptr;  ///< of a struct or a type
  const FieldTable* common = nullptr;  ///< what every type of the family takes
  const Family* family = nullptr;      ///< whose types it names
};

std::string path_below(const std::string& path, std::string_view step) {
  return path.empty() ? std::string(step) : fmt::format("{}.{}", path, step);
}

/// Everything below `table`, in the order declared; a family that holds itself (layers in `repeat`) once.
void collect(const FieldTable& table, const std::string& path, std::set<const Family*>& seen,
             std::vector<Entry>& out) {
  for (const Field& field : table.fields) {
    const TypeOps* ops = &inner(*field.ops);
    while (ops->form == Form::list || ops->form == Form::map) ops = &inner(*ops->element());
    Entry entry;
    entry.key = path_below(path, field.name);
    entry.doc = field.documentation;
    entry.facts = field_line(table, field);
    if (ops->form == Form::table) {
      entry.fields = &ops->table();
      std::string example(ops->table().example);
      if (inner(*field.ops).form == Form::map) example = fmt::format("{{\"*\": {}}}", example);
      entry.example = fmt::format("{}: {}", field.name, example);
    }
    if (ops->form == Form::component) entry.family = &ops->family();
    out.push_back(entry);
    if (ops->form == Form::table) collect(ops->table(), entry.key, seen, out);
    if (ops->form != Form::component || !seen.insert(&ops->family()).second) continue;
    for (const Alternative& alternative : ops->family().alternatives) {
      Entry type{path_below(entry.key, alternative.name),
                 std::string(alternative.doc),
                 std::string(alternative.example),
                 "",
                 &alternative.table(),
                 ops->family().common,
                 nullptr};
      out.push_back(type);
      collect(alternative.table(), type.key, seen, out);
    }
    if (ops->family().common != nullptr) collect(*ops->family().common, entry.key + ".*", seen, out);
  }
}

std::vector<Entry> entries(const Documents& documents) {
  std::vector<Entry> out;
  std::set<const Family*> seen;
  for (const DocumentKeys& document : documents) {
    const FieldTable& table = *document.table;
    if (!document.prefix.empty()) {
      out.push_back({document.prefix, std::string(table.doc), std::string(table.example), "", &table, nullptr,
                     nullptr});
    }
    collect(table, document.prefix, seen, out);
  }
  return out;
}

std::string fields_text(const FieldTable& table) {
  std::string out;
  for (const Field& field : table.fields) {
    out += fmt::format("  {}{}\n      {}\n      {}\n", field.name, field.is_main ? " (main)" : "",
                       field.documentation, field_line(table, field));
  }
  return out;
}

std::string indented(std::string_view text) {
  std::string out = "  ";
  for (const char c : text) out += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return out;
}

std::string text_of(const Entry& entry) {
  std::string out = entry.key + "\n  " + entry.doc + '\n';
  if (!entry.facts.empty()) out += "  " + entry.facts + '\n';
  if (entry.fields != nullptr && !entry.fields->formula.empty())
    out += "\nformula\n" + indented(entry.fields->formula) + '\n';
  if (!entry.example.empty()) out += "\nexample\n  " + entry.example + '\n';
  std::string keys;
  if (entry.fields != nullptr) keys += fields_text(*entry.fields);
  if (entry.common != nullptr) keys += fields_text(*entry.common);
  if (!keys.empty()) out += "\nkeys\n" + keys;
  if (entry.family == nullptr) return out;
  out += fmt::format("\none {} of\n", entry.family->name);
  for (const Alternative& alternative : entry.family->alternatives)
    out += fmt::format("  {:<16} {}\n", alternative.name, alternative.doc);
  return out;
}

/// `|` would end a table's cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string fields_table(const FieldTable& table) {
  std::string out = "| key | type | range | default | |\n|---|---|---|---|---|\n";
  for (const Field& field : table.fields) {
    out += fmt::format("| `{}`{} | {} | {} | {} | {} |\n", field.name, field.is_main ? " (main)" : "",
                       cell(type_text(*field.ops)), range_text(field), cell(default_text(table, field)),
                       cell(field.documentation));
  }
  return out + '\n';
}

}  // namespace

std::optional<std::string> explanation_of(const std::string& key, const Documents& documents) {
  std::string out;
  const std::string ending = '.' + key;
  const std::vector<Entry> all = entries(documents);
  for (const Entry& entry : all) {
    if (entry.key == key) return text_of(entry);
  }
  // A name alone, wherever it is a key or a type: `adam`, `linear.bias`.
  for (const Entry& entry : all) {
    if (!entry.key.ends_with(ending)) continue;
    if (!out.empty()) out += '\n';
    out += text_of(entry);
  }
  return out.empty() ? std::nullopt : std::optional<std::string>(out);
}

std::vector<std::string> explained_keys(const Documents& documents) {
  std::vector<std::string> keys;
  for (const Entry& entry : entries(documents)) {
    keys.push_back(entry.key);
    keys.push_back(entry.key.substr(entry.key.rfind('.') + 1));
  }
  return keys;
}

std::string reference_page(const Documents& documents) {
  std::string out =
      "# What a config and an experiment can say\n\n"
      "Written by `bunsen explain --page` from the declarations that the parser reads by; a test holds it "
      "fresh. A type's `(main)`\n"
      "key is what its short form means: `linear: 256` is `linear: {out_features: 256}`.\n\n## The file\n\n";
  out += fields_table(*documents.front().table);
  out +=
      "`extends: base.yaml` (or a list) lays this file over others; `vars: {depth: 2}` declares variables: "
      "`$depth` stands for a whole\nvalue, `${depth}` inside text, `$$` for a dollar sign.\n\n";
  for (const Entry& entry : entries(documents)) {
    const bool is_at_top = entry.key.find('.') == std::string::npos;
    if (entry.family != nullptr && is_at_top) out += fmt::format("## {}\n\n", entry.key);
    if (entry.fields == nullptr) continue;
    const bool is_document = is_at_top && entry.facts.empty();
    out += fmt::format("{} {}\n\n{}\n\n", is_document ? "##" : "###", entry.key, entry.doc);
    if (!entry.fields->formula.empty()) out += fmt::format("```text\n{}\n```\n\n", entry.fields->formula);
    if (!entry.example.empty()) out += fmt::format("`{}`\n\n", entry.example);
    if (!entry.fields->fields.empty()) out += fields_table(*entry.fields);
  }
  return std::string(trim(out)) + '\n';
}

}  // namespace bunsen
