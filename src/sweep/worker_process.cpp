#include "sweep/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "config/json.h"

extern char** environ;

namespace bunsen {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t longest_line_bytes = 16U << 20U;
constexpr std::size_t log_end_bytes = 2000;
constexpr milliseconds death_check{100};
constexpr milliseconds farewell{3000};

struct Pipe {
  int reader = -1;
  int writer = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw UserError("no pipe to the worker: " + system_reason(errno), ExitCode::run_failed);
  return {ends[0], ends[1]};
}

/// The environment that libraries read while they are loaded (measured: waiting OpenMP threads that spin make
/// two busy trainings twenty times slower; large tensors given back to the system at each step cost a third
/// of the step).
std::vector<std::string> worker_environment(std::int64_t threads) {
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"OMP_WAIT_POLICY", "PASSIVE"},
      {"OMP_NUM_THREADS", std::to_string(threads)},
      {"MALLOC_MMAP_THRESHOLD_", "1073741824"},
      {"MALLOC_TRIM_THRESHOLD_", "4294967296"},
  };
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    bool is_replaced = false;
    for (const auto& [name, value] : wanted) is_replaced = is_replaced || text.starts_with(name + "=");
    if (!is_replaced) all.push_back(text);
  }
  for (const auto& [name, value] : wanted) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> as_pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Signals in the worker are what they are in a fresh program, whatever the front has blocked.
void reset_signals(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigset_t ours;
  sigemptyset(&none);
  sigemptyset(&ours);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&ours, number);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &ours);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

pid_t spawn(const WorkerOptions& options, int standard_input, int standard_output, int standard_error) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, standard_input, 0);
  posix_spawn_file_actions_adddup2(&actions, standard_output, 1);
  posix_spawn_file_actions_adddup2(&actions, standard_error, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  reset_signals(attributes);
  std::vector<std::string> arguments = {options.program.string(), "--jobs", std::to_string(options.jobs)};
  std::vector<std::string> environment = worker_environment(options.threads);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, options.program.c_str(), &actions, &attributes,
                                as_pointers(arguments).data(), as_pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return pid;
  throw UserError(options.program.string() + ": can't be started: " + system_reason(error),
                  ExitCode::run_failed);
}

void close_once(int& descriptor) {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

bool is_program(const std::filesystem::path& path) { return access(path.c_str(), X_OK) == 0; }

}  // namespace

std::filesystem::path worker_program() {
  if (const char* named = std::getenv("BUNSEN_WORKER_PROGRAM"); named != nullptr && *named != '\0') {
    if (is_program(named)) return named;
    throw UserError(fmt::format("{}: BUNSEN_WORKER_PROGRAM names no program", named));
  }
  std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bunsen-worker";
  if (is_program(program)) return program;
  throw UserError(program.string() +
                  ": not there, and it does the training; build it (it needs LibTorch), or name it in "
                  "BUNSEN_WORKER_PROGRAM");
}

WorkerProcess::WorkerProcess(const WorkerOptions& options) {
  const Pipe requests = make_pipe();
  const Pipe events = make_pipe();
  input_ = requests.writer;
  fcntl(input_, F_SETFL, O_NONBLOCK);
  output_ = events.reader;
  log_ = memfd_create("bunsen-worker log", MFD_CLOEXEC);
  int their_input = requests.reader;
  int their_output = events.writer;
  try {
    pid_ = spawn(options, their_input, their_output, log_);
  } catch (...) {
    for (int* descriptor : {&their_input, &their_output, &input_, &output_, &log_}) close_once(*descriptor);
    throw;
  }
  close_once(their_input);
  close_once(their_output);
}

WorkerProcess::~WorkerProcess() {
  close_input();
  const steady_clock::time_point deadline = steady_clock::now() + farewell;
  while (!has_died()) {
    if (steady_clock::now() > deadline) kill();
    read_more();  // it must not be stopped by a full pipe
    std::this_thread::sleep_for(milliseconds(2));
  }
  close_once(output_);
  close_once(log_);
}

bool WorkerProcess::send(const Node& request) {
  const std::string line = json_line(request) + "\n";
  std::size_t sent = 0;
  while (sent < line.size() && input_ >= 0) {
    const ssize_t count = write(input_, line.data() + sent, line.size() - sent);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      wait_for_room();
      if (has_died()) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return sent == line.size();
}

/// Takes events up meanwhile: a worker that can't get rid of them reads no requests.
void WorkerProcess::wait_for_room() {
  std::array<pollfd, 2> watched{pollfd{input_, POLLOUT, 0}, pollfd{output_, POLLIN, 0}};
  poll(watched.data(), watched.size(), static_cast<int>(death_check.count()));
  read_more();
}

bool WorkerProcess::take_line(WorkerNews& news) {
  const std::size_t end = buffer_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    if (buffer_.size() > longest_line_bytes)
      throw UserError("bunsen-worker: a line of its protocol is too long", ExitCode::run_failed);
    return false;
  }
  const std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  searched_ = 0;
  news.kind = WorkerNews::Kind::event;
  news.event = read_json(line, "bunsen-worker");
  const Node* name = news.event.find("event");
  if (name == nullptr)
    throw UserError("bunsen-worker: no event: " + line.substr(0, 200), ExitCode::run_failed);
  if (name->text != "hello") return true;
  hello_ = news.event;
  const Node* protocol = hello_.find("protocol");
  if (protocol != nullptr && protocol->text == "1") return true;
  throw UserError("bunsen-worker speaks another protocol than bunsen; build both from the same source",
                  ExitCode::run_failed);
}

bool WorkerProcess::read_more() {
  if (output_ < 0) return false;
  pollfd ready{output_, POLLIN, 0};
  if (poll(&ready, 1, 0) <= 0) return false;
  std::array<char, 65536> bytes{};
  const ssize_t count = read(output_, bytes.data(), bytes.size());
  if (count > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  if (count == 0) close_once(output_);
  return count > 0;
}

bool WorkerProcess::has_died() {
  if (!is_waited_for_) is_waited_for_ = waitpid(pid_, &wait_status_, WNOHANG) == pid_;
  return is_waited_for_;
}

WorkerNews WorkerProcess::next(milliseconds patience, int attention) {
  WorkerNews news;
  const steady_clock::time_point deadline = steady_clock::now() + patience;
  while (true) {
    if (take_line(news)) return news;
    if (read_more()) continue;
    // Its children may hold the pipe open a moment longer than it lives: its death is what counts.
    if (has_died() && !read_more()) {
      news.kind = WorkerNews::Kind::ended;
      return news;
    }
    const milliseconds left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return news;
    std::array<pollfd, 2> watched{pollfd{output_, POLLIN, 0}, pollfd{attention, POLLIN, 0}};
    poll(watched.data(), watched.size(), static_cast<int>(std::min(left, death_check).count()));
    if ((watched[1].revents & POLLIN) == 0) continue;
    news.kind = WorkerNews::Kind::attention;
    return news;
  }
}

void WorkerProcess::close_input() { close_once(input_); }

void WorkerProcess::kill() {
  if (!has_died()) ::kill(pid_, SIGKILL);
}

std::string WorkerProcess::end_of_log() const {
  const off_t size = lseek(log_, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(log_end_bytes));
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, size - from)), '\0');
  const ssize_t count = pread(log_, text.data(), text.size(), from);
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  std::vector<std::string> lines = split(trim(text), '\n');
  std::transform(lines.begin(), lines.end(), lines.begin(), printable);
  return join(lines, "\n");
}

std::string WorkerProcess::ending() const {
  std::string text = "is still running";
  if (is_waited_for_ && WIFSIGNALED(wait_status_)) {
    text = fmt::format("was killed by signal {} ({})", WTERMSIG(wait_status_),
                       strsignal(WTERMSIG(wait_status_)));
  } else if (is_waited_for_) {
    text = fmt::format("ended with exit code {}", WEXITSTATUS(wait_status_));
  }
  const std::string log = end_of_log();
  return log.empty() ? text : text + "; the end of what it said:\n" + log;
}

}  // namespace bunsen
