// completion_script.h - `bunsen completion bash|zsh`: the script that makes a shell ask `bunsen complete`.
#pragma once

#include <string>
#include <string_view>

namespace bunsen {

/// How to install it, for `--help`.
inline constexpr std::string_view completion_footer =
    "In ~/.bashrc:                   eval \"$(bunsen completion bash)\"\n"
    "In ~/.zshrc, after compinit:    eval \"$(bunsen completion zsh)\"";

/// Prints the script for `shell`, `bash` or `zsh`.
int completion_command(const std::string& shell);

}  // namespace bunsen
