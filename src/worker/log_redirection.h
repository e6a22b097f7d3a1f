// log_redirection.h - what libraries print during a task goes to the run's log.txt.
#pragma once

#include <filesystem>

namespace bunsen {

/// As long as it lives, this process's standard output and error end in `folder`/log.txt, which is removed
/// again if it stays empty. Does nothing where the file can't be written.
class LogRedirection {
 public:
  explicit LogRedirection(const std::filesystem::path& folder);
  ~LogRedirection();
  LogRedirection(const LogRedirection&) = delete;
  LogRedirection& operator=(const LogRedirection&) = delete;

 private:
  std::filesystem::path path_;
  int former_ = -1;
};

}  // namespace bunsen
