#include "cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <system_error>

#include "base/errors.h"
#include "base/files.h"

namespace bunsen {

void fill_closed_streams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    // The lowest free number is `number`; opened the wrong way round, it can be neither read nor written.
    ::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int exit_code_after_output(int exit_code) {
  std::signal(SIGPIPE, SIG_IGN);
  // std::cout keeps nothing back: it shares the buffer of stdout.
  const bool is_out = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
  if (is_out) return exit_code;
  // Why it failed may be long forgotten; one more byte fails for the same reason.
  const int reason = ::write(STDOUT_FILENO, "\n", 1) < 0 ? errno : 0;
  if (reason == EPIPE) return exit_code;
  std::cerr << "bunsen: can't write to standard output"
            << (reason == 0 ? std::string() : ": " + system_reason(reason)) << '\n';
  return static_cast<int>(ExitCode::run_failed);
}

bool is_of_standard_output(const std::exception& error) {
  return dynamic_cast<const std::system_error*>(&error) != nullptr && std::ferror(stdout) != 0;
}

}  // namespace bunsen
