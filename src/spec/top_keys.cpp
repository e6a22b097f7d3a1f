#include "spec/top_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/spelling.h"
#include "spec/foreign_words.h"
#include "spec/training.h"

namespace bunsen {
namespace {

std::vector<std::string> top_words() {
  std::vector<std::string> words{"vars", "extends"};
  for (const Field& field : field_table<TrainingSpec>().fields) words.emplace_back(field.name);
  return words;
}

bool is_word(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// `base` and the like stand for `extends` in a config only.
bool may_be_experiment(const Node& root, const std::vector<std::string>& of_config) {
  const auto is_of_config = [&](const Key& key) {
    return is_word(of_config, key.text) && key.text != "name" && key.text != "objective";
  };
  if (std::none_of(root.keys.begin(), root.keys.end(), is_of_config)) return true;
  constexpr std::array<std::string_view, 10> words{"axes",     "seeds", "set",     "together", "method",
                                                   "question", "when",  "exclude", "prune",    "budget"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return root.find(word) != nullptr; });
}

bool is_meant(const std::string& key, std::string_view wanted, const std::vector<std::string>& words) {
  const std::vector<std::string> own = own_words(key);
  if (!own.empty()) return own.front() == wanted;
  return closest(key, words) == wanted;
}

/// Does `$name` or `${name}` stand anywhere in it?
bool uses_variable(const Node& node, const std::string& name) {
  if (node.is_scalar())
    return node.text == "$" + name || node.text.find("${" + name + "}") != std::string::npos;
  return std::any_of(node.items.begin(), node.items.end(),
                     [&](const Node& item) { return uses_variable(item, name); });
}

void tell(const Key& key, const std::string& path, const std::string& hint, Diagnostics& problems,
          const std::string& replacement = {}) {
  problems.error(Code::unknown_key, key.place, path, fmt::format("unknown key '{}'", key.text), hint, {},
                 replacement);
}

}  // namespace

void set_right(Node& root, std::string_view wanted, Diagnostics& problems) {
  const std::vector<std::string> words = top_words();
  if (root.find(wanted) != nullptr || may_be_experiment(root, words)) return;
  for (Key& key : root.keys) {
    if (is_word(words, key.text) || !is_meant(key.text, wanted, words)) continue;
    tell(key, "", fmt::format("did you mean '{}'?", wanted), problems, std::string(wanted));
    key.text = wanted;
    return;
  }
  for (std::size_t i = 0; i < root.items.size(); ++i) {
    Node& value = root.items[i];
    const auto found = std::find_if(value.keys.begin(), value.keys.end(),
                                    [&](const Key& key) { return key.text == wanted; });
    if (found == value.keys.end() || root.keys[i].text == "vars") continue;
    const Key key = *found;
    tell(key, root.keys[i].text, fmt::format("'{}' belongs to the top level", wanted), problems);
    Node lifted = *value.find(wanted);
    value.remove(wanted);
    root.set(key.text, std::move(lifted), key.place);
    return;
  }
}

void gather_variables(Node& root, Diagnostics& problems) {
  const std::vector<std::string> words = top_words();
  std::vector<Key> found;
  for (const Key& key : root.keys) {
    if (!is_word(words, key.text) && uses_variable(root, key.text)) found.push_back(key);
  }
  for (const Key& key : found) {
    const Node* vars = root.find("vars");
    if (vars != nullptr && ((!vars->is_map() && !vars->is_null()) || vars->find(key.text) != nullptr))
      continue;
    const bool is_below = vars != nullptr && vars->is_null();
    tell(key, "",
         is_below ? "indent it by two more spaces, below `vars:`"
                  : fmt::format("'{}' is a variable: write it in `vars`", key.text),
         problems);
    Node value = *root.find(key.text);
    root.remove(key.text);
    if (vars == nullptr) root.set("vars", Node::map(), key.place);
    root.find("vars")->set(key.text, std::move(value), key.place);
  }
}

}  // namespace bunsen
