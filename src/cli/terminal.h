// terminal.h - what the terminal behind standard output or standard error can show.
#pragma once

#include "compare/table.h"

namespace bunsen {

/// No width and no color when it is no terminal; no color under NO_COLOR or TERM=dumb.
TextLook look_of_stdout();
TextLook look_of_stderr();

}  // namespace bunsen
