#include "worker/log_redirection.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "results/run_folder.h"

namespace bunsen {

LogRedirection::LogRedirection(const std::filesystem::path& folder) : path_(folder / run_files::log) {
  const int log = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log < 0) return;  // the run itself will say what is wrong with its folder
  former_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  ::dup2(log, STDERR_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::close(log);
}

LogRedirection::~LogRedirection() {
  if (former_ < 0) return;
  std::fflush(nullptr);
  struct stat state {};
  if (::fstat(STDERR_FILENO, &state) == 0 && state.st_size == 0) ::unlink(path_.c_str());
  ::dup2(former_, STDERR_FILENO);
  ::dup2(former_, STDOUT_FILENO);
  ::close(former_);
}

}  // namespace bunsen
