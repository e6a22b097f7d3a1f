#include "cli/complete.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>

#include "base/codes.h"
#include "base/text.h"
#include "cli/results_root.h"
#include "config/variables.h"
#include "spec/merge.h"
#include "spec/path_choices.h"
#include "spec/reference.h"
#include "sweep/experiment.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

// Files and folders are the shell's own business: it knows how to quote them and what `~` is.
constexpr std::string_view yaml_files_here = ":yaml";
constexpr std::string_view all_files_here = ":files";
constexpr std::string_view folders_here = ":folders";

/// The words before the begun one, understood as far as they go.
struct Typed {
  const CommandWords* command = nullptr;
  const OptionWords* open = nullptr;  ///< an option whose value comes next
  bool only_positionals = false;      ///< `--` was there
  std::vector<std::string> positionals;
  std::vector<std::string> sets;
  std::optional<fs::path> results;
  std::set<std::string> options;
};

const OptionWords* find_option(const CommandWords& command, const std::string& name) {
  for (const OptionWords& option : command.options) {
    if (std::find(option.names.begin(), option.names.end(), name) != option.names.end()) return &option;
  }
  return nullptr;
}

const CommandWords* find_command(const CommandWords& command, const std::string& name) {
  const auto found = std::find_if(command.commands.begin(), command.commands.end(),
                                  [&name](const CommandWords& each) { return each.name == name; });
  return found == command.commands.end() ? nullptr : &*found;
}

void take_value(Typed& typed, const OptionWords& option, const std::string& value) {
  if (option.names.front() == "--set") typed.sets.push_back(value);
  if (option.names.front() == "--results") typed.results = value;
}

/// Is the word an option, or `--`?
bool take_option(Typed& typed, const std::string& word) {
  if (word.size() < 2 || word[0] != '-') return false;
  typed.only_positionals = word == "--";
  const std::size_t equals = word.find('=');
  const OptionWords* option = find_option(*typed.command, word.substr(0, equals));
  if (option == nullptr) return true;
  typed.options.insert(option->names.front());
  if (!option->takes_value()) return true;
  if (equals == std::string::npos) {
    typed.open = option;
  } else {
    take_value(typed, *option, word.substr(equals + 1));
  }
  return true;
}

bool take_command(Typed& typed, const std::string& word) {
  const CommandWords* inner = find_command(*typed.command, word);
  if (inner != nullptr) typed.command = inner;
  return inner != nullptr;
}

Typed understand(const CommandWords& program, const std::vector<std::string>& words) {
  Typed typed;
  typed.command = &program;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (typed.open != nullptr) {
      take_value(typed, *typed.open, word);
      typed.open = nullptr;
    } else if (typed.only_positionals || !(take_option(typed, word) || take_command(typed, word))) {
      typed.positionals.push_back(word);
    }
  }
  return typed;
}

/// The config that the line names, or an experiment's base, with the overrides that stand on the line.
std::optional<Node> config_on_line(const Typed& typed) {
  std::error_code ignored;
  const auto is_config = [&ignored](const std::string& word) {
    return fs::is_regular_file(word, ignored) && fs::file_size(word, ignored) < (1U << 20U);
  };
  const auto file = std::find_if(typed.positionals.begin(), typed.positionals.end(), is_config);
  if (file == typed.positionals.end()) return std::nullopt;
  Sources sources;
  Diagnostics unheard;
  std::optional<ConfigTree> tree = read_config_tree(*file, sources, unheard);
  if (tree && kind_of(tree->root) == DocumentKind::experiment) {
    std::optional<Experiment> experiment = read_experiment(*file, sources, unheard);
    if (!experiment) return std::nullopt;
    tree = std::move(experiment->base);
  }
  if (!tree) return std::nullopt;
  Node root = std::move(tree->root);
  const Node* vars = root.find("vars");
  const Node written = vars == nullptr ? Node::map() : *vars;
  Variables(written, unheard).substitute(root, "");
  for (const std::string& set : typed.sets) {
    const std::optional<Override> change = read_override(set, "--set", sources, unheard);
    if (change && !change->path.starts_with("vars"))
      apply_override(root, *change, field_table<TrainingSpec>(), unheard);
  }
  return root;
}

/// Answers for one begun word.
class Answer {
 public:
  Answer(const Typed& typed, std::string begun) : typed_(typed), begun_(std::move(begun)) {}

  std::vector<std::string> lines() {
    const std::size_t equals = begun_.find('=');
    if (typed_.open != nullptr) {
      value_of(*typed_.open, "");
    } else if (!typed_.only_positionals && begun_.starts_with("--") && equals != std::string::npos) {
      const OptionWords* option = find_option(*typed_.command, begun_.substr(0, equals));
      if (option == nullptr) return {};
      const std::string prefix = begun_.substr(0, equals + 1);
      begun_.erase(0, prefix.size());
      value_of(*option, prefix);
    } else if (!typed_.only_positionals && begun_.starts_with('-')) {
      options();
    } else {
      positional();
    }
    return std::move(lines_);
  }

 private:
  void add(const std::string& word, const std::string& help, const std::string& prefix = {}) {
    if (!word.starts_with(begun_)) return;
    std::string one_line = help;
    std::replace(one_line.begin(), one_line.end(), '\n', ' ');
    lines_.push_back(prefix + word + '\t' + one_line);
  }

  void options() {
    for (const OptionWords& option : typed_.command->options) {
      if (typed_.options.contains(option.names.front()) && !option.repeats) continue;
      for (const std::string& name : option.names) add(name, option.help);
    }
  }

  void positional() {
    for (const CommandWords& command : typed_.command->commands) add(command.name, command.help);
    const std::vector<OptionWords>& all = typed_.command->positionals;
    if (all.empty()) return;
    const std::size_t place = typed_.positionals.size();
    if (place < all.size()) return value_of(all[place], "");
    if (all.back().repeats) value_of(all.back(), "");
  }

  void value_of(const OptionWords& option, const std::string& prefix) {
    const std::string& value = option.value;
    for (const std::string& choice : option.choices) add(choice, "", prefix);
    if (!option.choices.empty()) return;
    if (value == "KEY=VALUE") {
      overrides(prefix);
    } else if (value == "KEY") {
      explained();
    } else if (value == "NAME") {
      for (const Alternative& set : family<Dataset>().alternatives)
        add(std::string(set.name), std::string(set.doc), prefix);
    } else if (value == "DIR") {
      lines_.emplace_back(folders_here);
    } else if (value == "FILE" || value == "PATH") {
      lines_.emplace_back(yaml_files_here);
    } else if (value == "RUN" || value == "WHAT" || value == "SIDE") {
      runs();
      lines_.emplace_back(all_files_here);
    }
  }

  void overrides(const std::string& prefix) {
    const std::optional<Node> root = config_on_line(typed_);
    for (const PathChoice& choice : path_choices(begun_, root ? &*root : nullptr))
      add(choice.text, choice.help, prefix);
  }

  /// The top level at first; then keys one step at a time, and names of types wherever they are. Codes.
  void explained() {
    if (begun_.empty()) {
      for (const DocumentKeys& document : all_documents()) {
        if (!document.prefix.empty()) continue;
        for (const Field& field : document.table->fields)
          add(std::string(field.name), std::string(field.documentation));
      }
    } else {
      std::set<std::string> known;
      for (const std::string& key : explained_keys(all_documents())) {
        const std::size_t dot = key.find('.', begun_.size());
        known.insert(key.substr(0, dot == std::string::npos ? dot : dot + 1));
      }
      for (const std::string& key : known) add(key, "");
    }
    for (const CodeMeaning& meaning : code_meanings())
      add(code_text(meaning.code), std::string(meaning.text.substr(0, meaning.text.find_first_of(".:;"))));
  }

  /// Names under the results root; ids too once one is begun.
  void runs() {
    const fs::path root = results_root(typed_.results);
    std::error_code ignored;
    std::set<std::string> names;
    std::set<std::string> ids;
    for (const fs::path& folder : {root, root / "examples"}) {
      for (const fs::path& name : folders_below(folder)) {
        if (name.filename() == "examples") continue;
        names.insert(name.filename().string());
        if (begun_.empty()) continue;
        for (const fs::path& run : folders_below(name)) ids.insert(run.filename().string());
      }
    }
    for (const std::string& name : names) add(name, "");
    for (const std::string& id : ids) add(id, "");
  }

  static std::vector<fs::path> folders_below(const fs::path& folder) {
    std::vector<fs::path> folders;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      if (it->symlink_status(ignored).type() == fs::file_type::directory) folders.push_back(it->path());
    }
    return folders;
  }

  const Typed& typed_;
  std::string begun_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> completion_lines(const CommandWords& program,
                                          const std::vector<std::string>& words) {
  try {
    const Typed typed = understand(program, words);
    return Answer(typed, words.empty() ? std::string() : words.back()).lines();
  } catch (const std::exception&) {
    return {};
  }
}

int complete_command(const CommandWords& program, const std::vector<std::string>& words) {
  for (const std::string& line : completion_lines(program, words)) std::cout << line << '\n';
  return 0;
}

}  // namespace bunsen
