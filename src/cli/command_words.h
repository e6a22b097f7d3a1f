// command_words.h - the words of the command line as plain data, taken from what CLI11 was told.
#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own name
class App;
}

namespace bunsen {

struct OptionWords {
  std::vector<std::string> names;  ///< `--quiet`, `-q`; none for a positional argument
  std::string help;
  std::string value;                 ///< what its value is called: `DIR`, `FILE`; empty for a flag
  std::vector<std::string> choices;  ///< the words that its value may be, if it may only be some
  bool repeats = false;

  bool takes_value() const { return !value.empty(); }
};

struct CommandWords {
  std::string name, help;
  std::vector<OptionWords> options;
  std::vector<OptionWords> positionals;
  std::vector<CommandWords> commands;
};

CommandWords words_of(const CLI::App& app);

}  // namespace bunsen
