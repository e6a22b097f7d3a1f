// main.cpp - program `bunsen-worker`: trains what it is told to over standard input
// (docs/worker_protocol.md).
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "base/errors.h"
#include "base/number_text.h"
#include "build_info.h"
#include "worker/child.h"
#include "worker/server.h"
#include "worker/tensor_memory.h"

namespace {

constexpr std::string_view usage =
    "usage: bunsen-worker [--jobs N]\n"
    "trains what requests on standard input ask for (docs/worker_protocol.md)\n";

struct Arguments {
  std::int64_t jobs = 1;
  std::int64_t child_socket = -1;
};

Arguments read_arguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = values[i];
    const bool is_known = name == "--jobs" || name == "--child";
    if (!is_known) throw bunsen::UserError("unknown argument '" + std::string(name) + "'; known: --jobs N");
    const bunsen::IntegerText number = bunsen::parse_integer(i + 1 < count ? values[++i] : "");
    const std::int64_t least = name == "--jobs" ? 1 : 3;
    if (number.error != bunsen::NumberError::none || number.value < least || number.value > 4096) {
      throw bunsen::UserError(std::string(name) + " needs a whole number from " + std::to_string(least) +
                              " to 4096");
    }
    (name == "--jobs" ? arguments.jobs : arguments.child_socket) = number.value;
  }
  return arguments;
}

/// Tensors above 128 KB would be mapped anew at each step and given back: a third of the step.
void keep_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 0x7fffffff);
}

int run(const Arguments& arguments) {
  const bunsen::WorkerBuild build{std::string(bunsen::build_info::version),
                                  std::string(bunsen::build_info::build_id),
                                  std::string(bunsen::build_info::torch_version)};
  if (arguments.child_socket >= 0) {
    bunsen::warm_up();
    bunsen::DataStore store;
    bunsen::serve_as_child(static_cast<int>(arguments.child_socket), build, store);
  }
  bunsen::ServerOptions options;
  options.jobs = arguments.jobs;
  options.build = build;
  options.output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  // Libraries print; events alone go to the original output.
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return bunsen::serve(options);
}

}  // namespace

int main(int count, char** values) {
  int exit_code = static_cast<int>(bunsen::ExitCode::bad_usage);
  try {
    if (count == 2 && std::string_view(values[1]) == "--help") {
      std::fputs(usage.data(), stdout);
      return 0;
    }
    keep_memory();
    bunsen::place_tensors_by_malloc();
    exit_code = run(read_arguments(count, values));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bunsen-worker: %s\n", error.what());
  }
  std::fflush(nullptr);
  // Not a return: LibTorch's static destructors take a tenth of a second.
  ::_exit(exit_code);
}
