#include "sweep/interruption.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <initializer_list>

namespace bunsen {

Interruption::Interruption() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&wanted, signal_number);
  sigprocmask(SIG_BLOCK, &wanted, &old_mask_);
  descriptor_ = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &old_pipe_);
}

Interruption::~Interruption() {
  if (descriptor_ >= 0) close(descriptor_);
  sigaction(SIGPIPE, &old_pipe_, nullptr);
  sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

bool Interruption::has_arrived() {
  signalfd_siginfo arrived{};
  while (read(descriptor_, &arrived, sizeof arrived) == static_cast<ssize_t>(sizeof arrived)) ++count_;
  return count_ > 0;
}

}  // namespace bunsen
