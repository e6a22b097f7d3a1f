#include "cli/completion_script.h"

#include <iostream>

namespace bunsen {
namespace {

constexpr std::string_view bash_script = R"script(# Completion of bunsen for bash. In ~/.bashrc:
#   eval "$(bunsen completion bash)"
# or once, where bash-completion looks (of bunsen alone, without ./bunsen):
#   bunsen completion bash > ~/.local/share/bash-completion/completions/bunsen

_bunsen() {
  local line=${COMP_LINE:0:COMP_POINT} words=() word i
  # Bash takes words apart at = and :, so those that touch in the line are put together again.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${line#"${line%%[![:space:]]*}"}
    ((i == COMP_CWORD)) || word=${word:0:${#COMP_WORDS[i]}}
    if [[ $i -gt 0 && -n $line && $line != [[:space:]]* ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
    line=${line#"${line%%[![:space:]]*}"}
    line=${line:${#word}}
  done

  # What is quoted is replaced as a whole, else only what stands behind the last = or :.
  local begun=${words[-1]} kept=
  if [[ $begun != [\"\']* ]]; then
    [[ $COMP_WORDBREAKS == *=* && $begun == *=* ]] && kept=${begun%"${begun##*=}"}
    [[ $COMP_WORDBREAKS == *:* && ${begun#"$kept"} == *:* ]] && kept=${begun%"${begun##*:}"}
  fi
  kept=${kept//[\"\'\\]/}
  words=("${words[@]//[\"\'\\]/}")

  local program=${words[0]/#\~\//$HOME/} answers answer
  mapfile -t answers < <("$program" complete "${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  for answer in "${answers[@]}"; do
    case $answer in
      :yaml) _bunsen_files '*.yaml' '*.yml' ;;
      :files) _bunsen_files '*' ;;
      :folders) _bunsen_files ;;
      *)
        answer=${answer%%$'\t'*}
        COMPREPLY+=("${answer#"$kept"}")
        ;;
    esac
  done
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[.=] ]]; then compopt -o nospace 2>/dev/null; fi
}

# Folders, and files that a pattern fits, behind what is begun.
_bunsen_files() {
  local begun=${words[-1]#"$kept"} path pattern
  begun=${begun/#\~\//$HOME/}
  while IFS= read -r path; do
    if [[ -d $path ]]; then
      COMPREPLY+=("$path")
      continue
    fi
    for pattern in "$@"; do
      # shellcheck disable=SC2053
      if [[ $path == $pattern ]]; then COMPREPLY+=("$path"); fi
    done
  done < <(compgen -f -- "$begun")
  compopt -o filenames 2>/dev/null
}

complete -F _bunsen bunsen ./bunsen
)script";

constexpr std::string_view zsh_script = R"script(#compdef bunsen ./bunsen
# Completion of bunsen for zsh. In ~/.zshrc, behind compinit:
#   eval "$(bunsen completion zsh)"
# or once, in a folder of $fpath:
#   bunsen completion zsh > ~/.zsh/completions/_bunsen

_bunsen() {
  local -a typed answers whole begun
  local answer text help files
  typed=("${(@Q)words[2,CURRENT-1]}")
  answers=("${(@f)$("${words[1]/#\~\//$HOME/}" complete "${typed[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
  for answer in $answers; do
    case $answer in
      :yaml) files='*.(yaml|yml)'; continue ;;
      :files) files='*'; continue ;;
      :folders) files=/; continue ;;
    esac
    text=${${answer%%$'\t'*}//:/\\:}
    help=${answer#*$'\t'}
    if [[ $text == *[.=] ]]; then begun+=("$text:$help"); else whole+=("$text:$help"); fi
  done
  (( $#whole )) && _describe -t words word whole
  (( $#begun )) && _describe -t keys key begun -S ''
  if [[ $files == / ]]; then
    _path_files -/
  elif [[ -n $files ]]; then
    _files -g $files
  fi
}

if [[ ${funcstack[1]} == _bunsen ]]; then _bunsen "$@"; else compdef _bunsen bunsen ./bunsen; fi
)script";

}  // namespace

int completion_command(const std::string& shell) {
  std::cout << (shell == "zsh" ? zsh_script : bash_script);
  return 0;
}

}  // namespace bunsen
