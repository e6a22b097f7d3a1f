// complete.h - `bunsen complete WORD...`, which the shells' completion asks: what the last word can become.
#pragma once

#include <string>
#include <vector>

#include "cli/command_words.h"

namespace bunsen {

/// The answer to the words behind `bunsen`, of which the last is begun (or empty): lines `WORD<TAB>help`, the
/// word ending with '.' or '=' where more must follow, and `:yaml`, `:files` or `:folders` where the shell
/// lists such files itself. Whatever can't be read is left out: a TAB is no place for errors.
std::vector<std::string> completion_lines(const CommandWords& program, const std::vector<std::string>& words);

/// Prints them. Always 0.
int complete_command(const CommandWords& program, const std::vector<std::string>& words);

}  // namespace bunsen
