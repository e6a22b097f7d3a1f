#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace bunsen {
namespace {

TextLook look_of(int descriptor) {
  TextLook look;
  if (isatty(descriptor) == 0) return look;
  constexpr std::size_t usual_width = 80;
  winsize size{};
  const bool is_known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  look.width = is_known ? size.ws_col : usual_width;
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_refused = no_color != nullptr && *no_color != '\0';
  look.color = !is_refused && terminal != nullptr && std::string_view(terminal) != "dumb";
  return look;
}

}  // namespace

TextLook look_of_stdout() { return look_of(STDOUT_FILENO); }
TextLook look_of_stderr() { return look_of(STDERR_FILENO); }

}  // namespace bunsen
