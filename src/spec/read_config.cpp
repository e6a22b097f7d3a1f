// read_config.cpp - files and their bases, and `--set` arguments: the part of resolving that reads YAML. The
// worker, which reads JSON only, does without it.
#include <fmt/format.h>

#include <algorithm>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "config/text_check.h"
#include "config/yaml.h"
#include "spec/merge.h"
#include "spec/resolve.h"
#include "spec/top_keys.h"

namespace bunsen {
namespace {

constexpr std::size_t deepest_extends = 16;

class TreeReader {
 public:
  TreeReader(Sources& sources, Diagnostics& problems) : sources_(sources), problems_(problems) {}

  std::optional<Node> read(const std::filesystem::path& file, const Place& wanted_at) {
    const std::filesystem::path whole = std::filesystem::weakly_canonical(std::filesystem::absolute(file));
    if (std::find(chain_.begin(), chain_.end(), whole) != chain_.end() || chain_.size() >= deepest_extends) {
      std::string loop;
      for (const std::filesystem::path& link : chain_) loop += link.filename().string() + " -> ";
      problems_.error(Code::extends, wanted_at, "extends",
                      fmt::format("bases in a circle or deeper than {}: {}{}", deepest_extends, loop,
                                  whole.filename().string()),
                      "remove one of them");
      return std::nullopt;
    }
    std::string text;
    try {
      text = read_file(file);
    } catch (const UserError& error) {
      problems_.error(wanted_at.known() ? Code::extends : Code::unreadable, wanted_at,
                      wanted_at.known() ? "extends" : "", error.what(),
                      wanted_at.known() ? "the path is relative to the file that says it" : "");
      return std::nullopt;
    }
    const std::int32_t source = sources_.add(file.string(), std::string(without_byte_order_mark(text)));
    std::optional<Node> root = read_yaml(source, sources_, problems_);
    if (!root) return std::nullopt;
    if (root->is_scalar() && root->text.find('=') != std::string::npos) {
      problems_.error(Code::wrong_kind, root->place, "", "'=' where ': ' should stand",
                      "write `key: value` lines, such as `epochs: 2`");
      return std::nullopt;
    }
    if (!root->is_map()) {
      problems_.error(Code::wrong_kind, root->place, "", "a config is a map of keys",
                      "begin with `dataset: mnist`; `bunsen check configs` shows files that work");
      return std::nullopt;
    }
    remember_data_folder(*root, whole.parent_path());
    chain_.push_back(whole);
    std::optional<Node> merged = with_bases(std::move(*root), file.parent_path());
    chain_.pop_back();
    return merged;
  }

 private:
  std::optional<Node> with_bases(Node root, const std::filesystem::path& shown_folder) {
    set_right(root, "extends", problems_);
    const Node* extends = root.find("extends");
    if (extends == nullptr) return root;
    const std::vector<Node> bases = extends->is_list() ? extends->items : std::vector<Node>{*extends};
    Node merged = Node::map();
    merged.place = root.place;
    bool good = true;
    for (const Node& base : bases) {
      if (!base.is_scalar()) {
        problems_.error(Code::extends, base.place, "extends", "needs the path of a config, or a list of them",
                        "write `extends: base.yaml`");
        good = false;
        continue;
      }
      const std::optional<Node> tree = read(shown_folder / base.text, base.place);
      good &= tree.has_value();
      if (tree) merge_config(merged, *tree, field_table<TrainingSpec>());
    }
    root.remove("extends");
    merge_config(merged, root, field_table<TrainingSpec>());
    return good ? std::optional<Node>(std::move(merged)) : std::nullopt;
  }

  Sources& sources_;
  Diagnostics& problems_;
  std::vector<std::filesystem::path> chain_;
};

std::string name_of_file(const std::filesystem::path& file) {
  std::string stem = file.stem().string();
  std::replace(stem.begin(), stem.end(), '_', '-');
  return stem;
}

}  // namespace

std::optional<Override> read_override(const std::string& argument, const std::string& label, Sources& sources,
                                      Diagnostics& problems) {
  const std::int32_t source = sources.add_argument(label, argument);
  Override out;
  out.label = label;
  out.place = {source, 0, static_cast<std::uint32_t>(argument.size())};
  if (argument.starts_with('~')) {
    out.path = argument.substr(1);
    out.is_removal = true;
    return out;
  }
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0) {
    problems.error(Code::override_path, out.place, "", fmt::format("'{}' sets nothing", argument),
                   "write `key=value`, or `~key` to remove a key");
    return std::nullopt;
  }
  out.path = std::string(trim(std::string_view(argument).substr(0, equals)));
  out.place.length = static_cast<std::uint32_t>(equals);
  const std::string value_text = std::string(equals + 1, ' ') + argument.substr(equals + 1);
  if (trim(value_text).empty()) {
    problems.error(Code::override_path, out.place, out.path, "no value behind '='",
                   "write a value, or `~" + out.path + "` to remove the key");
    return std::nullopt;
  }
  // Read with blanks in the place of `path=`, so that places in the value are places in the whole argument.
  sources.replace_text(source, value_text);
  std::optional<Node> value = read_yaml(source, sources, problems);
  sources.replace_text(source, argument);
  if (!value) return std::nullopt;
  out.value = std::move(*value);
  return out;
}

std::optional<ConfigTree> read_config_tree(const std::filesystem::path& file, Sources& sources,
                                           Diagnostics& problems) {
  std::optional<Node> root = TreeReader(sources, problems).read(file, {});
  if (!root) return std::nullopt;
  ConfigTree tree;
  tree.root = std::move(*root);
  tree.stem = name_of_file(file);
  tree.folder = std::filesystem::absolute(file).parent_path();
  return tree;
}

}  // namespace bunsen
