// errors.h - failures that are nobody's mistake in a config: a file that can't be read, a disk that is full.
#pragma once

#include <stdexcept>
#include <string>

namespace bunsen {

/// What every command's exit code means.
enum class ExitCode : int {
  done = 0,
  difference = 1,  ///< a gate or a verification found a difference
  bad_usage = 2,   ///< bad command line or config
  run_failed = 3,  ///< a run failed or diverged
  inconclusive = 4,
  interrupted = 75,  ///< run again
};

/// A failed read, write or request: the message names the path and the reason. Caught in cli/ and worker/
/// only.
class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& message, ExitCode code = ExitCode::bad_usage)
      : std::runtime_error(message), exit_code(code) {}
  ExitCode exit_code;
};

}  // namespace bunsen
