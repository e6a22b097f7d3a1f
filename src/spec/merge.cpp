#include "spec/merge.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <vector>

#include "base/spelling.h"
#include "base/text.h"
#include "spec/datasets/all.h"
#include "spec/key_advice.h"

namespace bunsen {
namespace {

const TypeOps& inner_ops(const TypeOps& ops) {
  return ops.form == Form::optional ? inner_ops(*ops.element()) : ops;
}

/// The component's name, or nothing where the node is none.
std::optional<std::string> component_name(const Node& node) {
  if (node.is_scalar()) return node.text;
  if (node.is_map() && node.items.size() == 1) return node.keys[0].text;
  return std::nullopt;
}

/// `adam`, `linear: 64` -> `{adam: {}}`, `{linear: {out_features: 64}}`. Nothing where the name is unknown or
/// the form odd.
Node* component_fields(Node& node, const Family& family) {
  const std::optional<std::string> name = component_name(node);
  const Alternative* alternative = name ? family.find(*name) : nullptr;
  if (alternative == nullptr) return nullptr;
  if (node.is_scalar()) {
    Node written = Node::map();
    written.place = node.place;
    written.used_at = node.used_at;
    written.set(*name, Node::map(), node.place).place = node.place;
    node = std::move(written);
  }
  Node& fields = node.items[0];
  if (fields.is_map()) return &fields;
  const Field* main = alternative->table().main_field();
  if (!fields.is_null() && main == nullptr) return nullptr;
  Node written = Node::map();
  written.place = fields.is_null() ? node.keys[0].place : fields.place;
  if (!fields.is_null()) written.set(std::string(main->name), fields, fields.place);
  fields = std::move(written);
  return &fields;
}

void merge_value(Node& base, const Node& over, const TypeOps& ops);

void merge_keys(Node& base, const Node& over, const std::vector<const FieldTable*>& tables,
                const TypeOps* element) {
  for (std::size_t i = 0; i < over.items.size(); ++i) {
    const std::string& key = over.keys[i].text;
    const TypeOps* ops = element;
    for (const FieldTable* table : tables) {
      if (const Field* field = table->find(key)) ops = field->ops;
    }
    Node* present = base.find(key);
    if (present != nullptr && ops != nullptr) {
      merge_value(*present, over.items[i], *ops);
    } else {
      base.set(key, over.items[i], over.keys[i].place);
    }
  }
}

void merge_component(Node& base, const Node& over, const Family& family) {
  const std::optional<std::string> name = component_name(over);
  Node written = over;
  Node* added = component_fields(written, family);
  Node* present = name == component_name(base) ? component_fields(base, family) : nullptr;
  if (added == nullptr || present == nullptr) {
    base = over;
    return;
  }
  std::vector<const FieldTable*> tables{&family.find(*name)->table()};
  if (family.common != nullptr) tables.push_back(family.common);
  merge_keys(*present, *added, tables, nullptr);
}

void merge_value(Node& base, const Node& over, const TypeOps& outer) {
  const TypeOps& ops = inner_ops(outer);
  if (ops.form == Form::component) {
    merge_component(base, over, ops.family());
  } else if (ops.form == Form::table && base.is_map() && over.is_map()) {
    merge_keys(base, over, {&ops.table()}, nullptr);
  } else if (ops.form == Form::map && base.is_map() && over.is_map()) {
    merge_keys(base, over, {}, ops.element());
  } else {
    base = over;
  }
}

/// For the first step of a path: variables can be set too.
KeyAdvice first_step_advice(const std::string& step, const FieldTable& table, const Node& root) {
  std::vector<std::string> known{"vars"};
  for (const Field& each : table.fields) known.emplace_back(each.name);
  if (closest(step, known) == "vars") return {"vars", "", "did you mean 'vars'?"};
  static const Node nothing = Node::map();
  KeyAdvice advice = key_advice({step, nothing, "", {&table}, nullptr, {}});
  if (!advice.meant.empty() || !root.is_map()) return advice;
  // Which component is written decides where a key belongs.
  return key_advice({step, root, "", {&table}, nullptr, {}});
}

/// One override on its way down the tree.
class Walk {
 public:
  Walk(const Override& change, Diagnostics& problems)
      : change_(change), problems_(problems), steps_(split(change.path, '.')) {}

  void table(Node& node, const std::vector<const FieldTable*>& tables, const Family* family = nullptr) {
    const std::string& step = steps_[at_];
    const Field* field = nullptr;
    for (const FieldTable* candidate : tables) {
      if (field == nullptr) field = candidate->find(step);
    }
    if (field == nullptr) {
      const KeyAdvice advice = step_advice(node, tables, family);
      fail_at_step(fmt::format("unknown key '{}'", step), advice.hint, advice.meant);
      return;
    }
    if (!node.is_map()) node = spelled_out(node, *tables.front());
    if (is_last()) {
      finish(node, step);
      return;
    }
    ++at_;
    const bool absent = node.find(step) == nullptr;
    Node& child = absent ? node.set(step, Node(), change_.place) : *node.find(step);
    if (absent) child.place = change_.place;
    value(child, *field->ops);
    if (absent && has_failed_) node.remove(step);
  }

 private:
  bool is_last() const { return at_ + 1 == steps_.size(); }

  void fail(const std::string& message, const std::string& hint) {
    problems_.error(Code::override_path, change_.place, change_.path, message, hint);
    has_failed_ = true;
  }

  /// Points at the step itself where the path is written as it is. `meant`: the word to write for it, or
  /// empty.
  void fail_at_step(const std::string& message, const std::string& hint, const std::string& meant = {}) {
    Place place = change_.place;
    const auto length = static_cast<std::uint32_t>(change_.path.size());
    const bool is_plain = place.length == length || (change_.is_removal && place.length == length + 1);
    if (!is_plain) {
      fail(message, hint);
      return;
    }
    place.offset += place.length - length;
    for (std::size_t i = 0; i < at_; ++i) place.offset += static_cast<std::uint32_t>(steps_[i].size() + 1);
    place.length = static_cast<std::uint32_t>(steps_[at_].size());
    problems_.error(Code::override_path, place, change_.path, message, hint, {}, meant);
    has_failed_ = true;
  }

  std::string path_so_far() const {
    return join({steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(at_)}, ".");
  }

  KeyAdvice step_advice(const Node& node, const std::vector<const FieldTable*>& tables,
                        const Family* family) const {
    if (at_ == 0) return first_step_advice(steps_[0], *tables.front(), node);
    // What is written there already may be set again.
    static const Node nothing = Node::map();
    return key_advice({steps_[at_], nothing, path_so_far(), tables, family, {}});
  }

  /// A struct written by its main value: `batch: 100`.
  static Node spelled_out(const Node& node, const FieldTable& table) {
    Node written = Node::map();
    written.place = node.place;
    if (const Field* main = table.main_field(); main != nullptr && !node.is_null())
      written.set(std::string(main->name), node, node.place);
    return written;
  }

  void value(Node& node, const TypeOps& outer) {
    const TypeOps& ops = inner_ops(outer);
    switch (ops.form) {
      case Form::table:
        return table(node, {&ops.table()});
      case Form::component:
        return component(node, ops.family());
      case Form::list:
        return list(node, *ops.element());
      case Form::map:
        return map(node, *ops.element());
      case Form::optional:
      case Form::scalar:
        break;
    }
    // `optimizer.adam.betas.0`: a pair's member.
    if (node.is_list() && inner_index(node) && is_last()) {
      node.items[*inner_index(node)] = change_.value;
      return;
    }
    fail(fmt::format("'{}' has no keys", steps_[at_ - 1]), fmt::format("set '{}' itself", path_so_far()));
  }

  void component(Node& node, const Family& family) {
    const std::string& step = steps_[at_];
    const Alternative* wanted = family.find(step);
    if (wanted == nullptr) {
      static const Node some_fields = Node::map();
      const NameAdvice advice = name_advice(family, step, &some_fields);
      fail_at_step(fmt::format("unknown {} '{}'", family.name, step), advice.hint, advice.replacement);
      return;
    }
    if (node.is_null()) {
      node = Node::scalar(step);
      node.place = change_.place;
    }
    const std::optional<std::string> chosen = component_name(node);
    Node* fields = chosen == step ? component_fields(node, family) : nullptr;
    if (fields == nullptr) {
      fail_at_step(fmt::format("the {} is '{}', not '{}'", family.name, chosen.value_or("?"), step),
                   fmt::format("set the whole {0}: `{1}={{{2}: ...}}`", family.name, path_so_far(), step));
      return;
    }
    if (!is_last()) {
      ++at_;
      std::vector<const FieldTable*> tables{&wanted->table()};
      if (family.common != nullptr) tables.push_back(family.common);
      return table(*fields, tables, &family);
    }
    if (change_.is_removal) {
      fail(fmt::format("'{}' can't be removed alone", step), "remove the key above it");
      return;
    }
    const Field* main = wanted->table().main_field();
    if (main != nullptr && !change_.value.is_map()) {
      fields->set(std::string(main->name), change_.value, change_.place);
    } else {
      *fields = change_.value;
    }
  }

  std::optional<std::size_t> inner_index(const Node& node) const {
    const std::string& step = steps_[at_];
    std::int64_t index = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
    const auto size = static_cast<std::int64_t>(node.items.size());
    if (index < 0) index += size;
    return index >= 0 && index < size ? std::optional<std::size_t>(static_cast<std::size_t>(index))
                                      : std::nullopt;
  }

  /// The item that a layer's name means, in `repeat`s too.
  static Node* named_item(Node& items, const std::string& name) {
    for (Node& item : items.items) {
      if (!item.is_map() || item.items.size() != 1 || !item.items[0].is_map()) continue;
      Node& fields = item.items[0];
      const Node* own = fields.find("name");
      if (own != nullptr && own->is_scalar() && own->text == name) return &item;
      Node* inner = fields.find("layers");
      Node* found = inner != nullptr ? named_item(*inner, name) : nullptr;
      if (found != nullptr) return found;
    }
    return nullptr;
  }

  static std::vector<std::string> names_of_items(const Node& items) {
    std::vector<std::string> names;
    for (const Node& item : items.items) {
      const Node* fields = item.is_map() && item.items.size() == 1 ? &item.items[0] : nullptr;
      const Node* name = fields != nullptr ? fields->find("name") : nullptr;
      if (name != nullptr && name->is_scalar()) names.push_back(name->text);
      const Node* inner = fields != nullptr ? fields->find("layers") : nullptr;
      if (inner == nullptr) continue;
      for (std::string& each : names_of_items(*inner)) names.push_back(std::move(each));
    }
    return names;
  }

  void list(Node& node, const TypeOps& element) {
    const std::string& step = steps_[at_];
    if (node.is_null()) node = Node::list();
    if (step == "+" && is_last() && !change_.is_removal) {
      node.items.push_back(change_.value);
      return;
    }
    const std::optional<std::size_t> index = inner_index(node);
    Node* item = index ? &node.items[*index] : named_item(node, step);
    if (item == nullptr) {
      const bool is_number = step.find_first_not_of("-0123456789") == std::string::npos;
      const std::optional<std::string> meant = closest(step, names_of_items(node));
      fail_at_step(is_number ? fmt::format("there is no item {}; the list has {}", step, node.items.size())
                             : fmt::format("no layer is named '{}'", step),
                   meant                ? fmt::format("did you mean '{}'?", *meant)
                   : node.items.empty() ? "`+` appends"
                                        : fmt::format("items are 0 to {}, from the end -1; `+` appends",
                                                      node.items.size() - 1));
      return;
    }
    if (!is_last()) {
      ++at_;
      return value(*item, element);
    }
    if (!change_.is_removal) {
      *item = change_.value;
    } else if (index) {
      node.items.erase(node.items.begin() + static_cast<std::ptrdiff_t>(*index));
    } else {
      fail("a layer is removed by its index", "write its number instead of its name");
    }
  }

  void map(Node& node, const TypeOps& element) {
    const std::string& step = steps_[at_];
    if (!node.is_map()) node = Node::map();
    if (is_last()) return finish(node, step);
    ++at_;
    const bool absent = node.find(step) == nullptr;
    value(absent ? node.set(step, Node(), change_.place) : *node.find(step), element);
  }

  void finish(Node& parent, const std::string& key) {
    if (!change_.is_removal) {
      parent.set(key, change_.value, change_.place);
    } else if (parent.find(key) == nullptr) {
      fail("there is nothing to remove", "leave the override out");
    } else {
      parent.remove(key);
    }
  }

  const Override& change_;
  Diagnostics& problems_;
  std::vector<std::string> steps_;
  std::size_t at_ = 0;
  bool has_failed_ = false;
};

}  // namespace

void merge_config(Node& base, const Node& over, const FieldTable& table) {
  merge_keys(base, over, {&table}, nullptr);
}

bool tell_unknown_first_step(const std::string& path, const Place& place, const std::string& shown_path,
                             const FieldTable& table, const Node& root, Diagnostics& problems) {
  const std::string step = path.substr(0, path.find('.'));
  if (step == "vars" || table.find(step) != nullptr) return true;
  Place here = place;
  if (here.length == path.size()) here.length = static_cast<std::uint32_t>(step.size());
  const KeyAdvice advice = first_step_advice(step, table, root);
  problems.error(Code::override_path, here, shown_path, fmt::format("unknown key '{}'", step), advice.hint,
                 {}, advice.meant);
  return false;
}

void remember_data_folder(Node& root, const std::filesystem::path& folder) {
  Node* dataset = root.find("dataset");
  if (dataset == nullptr || !dataset->is_map()) return;
  for (const std::string_view type : {Idx::name, Csv::name}) {
    Node* files = dataset->find(type);
    if (files != nullptr && files->is_map() && files->find("folder") == nullptr)
      files->set("folder", Node::string(folder.string()));
  }
}

void apply_override(Node& root, const Override& change, const FieldTable& table, Diagnostics& problems) {
  Walk(change, problems).table(root, {&table});
}

}  // namespace bunsen
