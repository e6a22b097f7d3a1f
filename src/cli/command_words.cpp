#include "cli/command_words.h"

#include <CLI/CLI.hpp>

#include "base/text.h"

namespace bunsen {
namespace {

/// `TEXT:{best,all,none}` is how CLI11 describes a set of words.
std::vector<std::string> choices_in(const std::string& type_name) {
  const std::size_t begin = type_name.find('{');
  const std::size_t end = type_name.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end <= begin) return {};
  return split(type_name.substr(begin + 1, end - begin - 1), ',');
}

OptionWords option_words(const CLI::Option& option) {
  OptionWords words;
  words.help = option.get_description();
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  words.repeats = option.get_items_expected_max() > 1;
  if (option.get_items_expected_max() == 0) return words;
  words.choices = choices_in(option.get_type_name());
  words.value = option.get_positional() ? option.get_name(true) : option.get_type_name();
  if (words.value.empty()) words.value = "VALUE";
  return words;
}

}  // namespace

CommandWords words_of(const CLI::App& app) {
  CommandWords words;
  words.name = app.get_name();
  words.help = app.get_description();
  for (const CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? words.positionals : words.options).push_back(option_words(*option));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) words.commands.push_back(words_of(*command));
  }
  return words;
}

}  // namespace bunsen
