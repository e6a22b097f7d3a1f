#include "worker/server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "config/json.h"
#include "results/run_folder.h"
#include "train/environment.h"
#include "worker/checked_config.h"
#include "worker/child.h"
#include "worker/lines.h"

namespace bunsen {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{2};  // between SIGTERM and SIGKILL
constexpr std::int64_t protocol_version = 1;

/// A request that a child must serve.
struct Job {
  std::string id;
  std::string line;
  Request request;
};

struct Child {
  pid_t pid = -1;
  int socket = -1;
  LineReader reader;
  bool is_for_cuda = false;   ///< a fresh program, not a fork: CUDA does not survive one
  std::size_t data_sets = 0;  ///< decoded before it was forked
  std::optional<Job> job;
  bool is_leaving = false;  ///< takes no further job
};

const TrainRequest* training_of(const Job& job) { return std::get_if<TrainRequest>(&job.request); }

bool needs_cuda(const Job& job) {
  const TrainRequest* training = training_of(job);
  return training != nullptr && training->device == Device::cuda;
}

std::string death_of(int status) {
  if (WIFEXITED(status))
    return "the training process ended with exit code " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* name = ::sigabbrev_np(number);
  std::string text = "the training process was killed by signal " + std::to_string(number);
  if (name != nullptr) text += " (SIG" + std::string(name) + ")";
  if (number == SIGKILL) text += "; perhaps there was not enough memory";
  return text;
}

std::string_view word_of(StopAs status) { return names_of(status).at(static_cast<std::size_t>(status)); }

/// As the child reads it.
Node order_of(const StopRequest& request) {
  Node node = Node::map();
  node.set("request", Node::string("stop"));
  node.set("id", Node::string(request.id));
  node.set("reason", Node::string(request.reason));
  node.set("status", Node::string(std::string(word_of(request.status))));
  return node;
}

class Server {
 public:
  explicit Server(const ServerOptions& options);
  int run();

 private:
  // events
  void send(const Node& node) { send_line(json_line(node)); }
  void send_line(std::string_view line);
  bool output_takes_more();
  void send_error(const std::string& id, const std::string& reason);
  void send_failed(const std::string& id, const std::string& reason, bool is_recorded);
  Node with_machine(Node node) const;

  // requests
  void read_requests();
  void accept(const std::string& line);
  void accept_job(Job job);
  void stop(const StopRequest& request);
  void go_on(const ContinueRequest& request, const std::string& line);
  void describe(const DescribeRequest& request);
  bool is_known(const std::string& id) const;

  // children
  void dispatch();
  Child* free_child(const Job& job);
  std::size_t data_needed(const Job& job);
  Child& start(bool for_cuda);
  [[noreturn]] void become_child(int socket, bool for_cuda);
  void retire(Child& child);
  void relay(Child& child);
  void bury(Child& child);
  void record_loss(const Job& job, pid_t pid, const std::string& reason);

  // the end
  void begin_end(int exit_code);
  bool is_done() const;
  void kill_the_rest();
  void poll_once();
  void read_signal();

  ServerOptions options_;
  pid_t own_pid_ = ::getpid();
  int signals_ = -1;
  LineReader requests_;
  bool is_input_open_ = true;
  bool is_heard_ = true;      ///< somebody reads the events
  bool is_draining_ = false;  ///< shutdown was asked for
  std::optional<Clock::time_point> deadline_;
  int exit_code_ = 0;
  std::deque<Job> queue_;
  std::list<Child> children_;  // a list, since references to its items are held while others are removed
  DataStore store_;
};

Server::Server(const ServerOptions& options) : options_(options), requests_(options.input) {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  signals_ = ::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) throw UserError("signalfd: " + system_reason(errno));
}

int Server::run() {
  Node hello = Node::map();
  hello.set("event", Node::string("hello"));
  send(with_machine(std::move(hello)));
  warm_up();
  while (!is_done()) {
    if (!deadline_) dispatch();
    if (is_done()) break;
    poll_once();
    if (deadline_ && Clock::now() >= *deadline_) {
      kill_the_rest();
      break;
    }
  }
  for (Child& child : children_) retire(child);
  while (!children_.empty()) bury(children_.front());
  return exit_code_;
}

void Server::send_line(std::string_view line) {
  // Nobody listens any more, or nobody reads: the end of the input must not wait for a reader.
  is_heard_ = is_heard_ && output_takes_more() && write_line(options_.output, line);
  if (!is_heard_) begin_end(0);
}

/// Waits as long as it takes, but after the end of the input or a signal only for `patience`.
bool Server::output_takes_more() {
  std::array<pollfd, 3> waited{
      {{options_.output, POLLOUT, 0}, {signals_, POLLIN, 0}, {options_.input, 0, 0}}};
  while (is_input_open_ && !deadline_) {
    if (::poll(waited.data(), waited.size(), -1) < 0) continue;
    if (waited[0].revents != 0) return true;
    if (waited[1].revents != 0) read_signal();
    if (waited[2].revents != 0) break;
  }
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  return ::poll(waited.data(), 1, static_cast<int>(milliseconds)) > 0;
}

void Server::send_error(const std::string& id, const std::string& reason) {
  Node node = Node::map();
  node.set("event", Node::string("error"));
  if (!id.empty()) node.set("id", Node::string(id));
  node.set("reason", Node::string(reason));
  send(node);
}

void Server::send_failed(const std::string& id, const std::string& reason, bool is_recorded) {
  Node node = event("failed", id);
  node.set("reason", Node::string(reason));
  node.set("recorded", Node::boolean(is_recorded));
  send(node);
}

Node Server::with_machine(Node node) const {
  node.set("protocol", Node::number(protocol_version));
  node.set("version", Node::string(options_.build.version));
  node.set("build", Node::string(options_.build.build));
  node.set("libtorch", Node::string(options_.build.torch));
  Node names = Node::list();
  for (const std::string& name : devices()) names.push(Node::string(name));
  node.set("devices", std::move(names));
  node.set("cpu_capability", Node::string(cpu_capability()));
  node.set("jobs", Node::number(options_.jobs));
  node.set("pid", Node::number(static_cast<std::int64_t>(own_pid_)));
  return node;
}

void Server::read_requests() {
  const LineReader::Read read = requests_.read_some();
  std::string line;
  while (requests_.next(line)) {
    if (requests_.is_too_long(line)) {
      send_error({}, "a request has more than 16 MiB");
    } else if (line.find_first_not_of(" \t\r") != std::string::npos) {
      accept(line);
    }
  }
  if (read != LineReader::Read::end) return;
  is_input_open_ = false;
  if (!is_draining_) begin_end(0);
}

void Server::accept(const std::string& line) {
  std::variant<Request, BadRequest> read = read_request(line);
  if (const BadRequest* bad = std::get_if<BadRequest>(&read)) return send_error(bad->id, bad->reason);
  Request& request = std::get<Request>(read);
  if (const StopRequest* wanted = std::get_if<StopRequest>(&request)) return stop(*wanted);
  if (const ContinueRequest* wanted = std::get_if<ContinueRequest>(&request)) return go_on(*wanted, line);
  if (const DescribeRequest* wanted = std::get_if<DescribeRequest>(&request)) return describe(*wanted);
  if (is_draining_) return send_error({}, "no request is taken after a shutdown");
  if (std::holds_alternative<ShutdownRequest>(request)) {
    is_draining_ = true;
    return;
  }
  std::string id = std::visit([](const auto& any) { return any.id; }, request);
  accept_job({std::move(id), line, std::move(request)});
}

void Server::accept_job(Job job) {
  if (is_known(job.id)) return send_error(job.id, "id: '" + job.id + "' is that of a request in progress");
  queue_.push_back(std::move(job));
}

void Server::stop(const StopRequest& request) {
  for (Child& child : children_) {
    if (!child.job || child.job->id != request.id) continue;
    child.is_leaving = true;
    write_line(child.socket, json_line(order_of(request)));
    ::kill(child.pid, SIGTERM);
    return;
  }
  const auto waiting =
      std::find_if(queue_.begin(), queue_.end(), [&](const Job& job) { return job.id == request.id; });
  if (waiting == queue_.end())
    return send_error(request.id, "id: no request '" + request.id + "' is in progress");
  Node node = event("finished", request.id);
  const std::string status(word_of(request.status));
  node.set("status", Node::string(status));
  if (const TrainRequest* training = training_of(*waiting)) {
    node.set("folder", Node::string(training->folder));
    try {
      RunWriter(training->folder).set_state(run_state_of(status).value_or(RunState::interrupted));
    } catch (const UserError& error) {
      node.set("reason", Node::string(error.what()));
    }
  }
  queue_.erase(waiting);
  send(node);
}

void Server::go_on(const ContinueRequest& request, const std::string& line) {
  for (const Child& child : children_) {
    if (!child.job || child.job->id != request.id) continue;
    write_line(child.socket, line);
    return;
  }
  send_error(request.id, "continue: no request '" + request.id + "' is being served");
}

void Server::describe(const DescribeRequest& request) {
  Node node = with_machine(event("description", request.id));
  const EnvironmentRecord environment = present_environment(Device::cpu);
  node.set("blas", Node::string(environment.blas));
  node.set("cpu", Node::string(environment.cpu));
  node.set("cores", Node::number(static_cast<std::int64_t>(std::thread::hardware_concurrency())));
  node.set("torch_config", Node::string(torch_configuration()));
  send(node);
}

bool Server::is_known(const std::string& id) const {
  const auto has_id = [&](const Job& job) { return job.id == id; };
  return std::any_of(queue_.begin(), queue_.end(), has_id) ||
         std::any_of(children_.begin(), children_.end(),
                     [&](const Child& child) { return child.job && has_id(*child.job); });
}

void Server::dispatch() {
  while (!queue_.empty()) {
    Child* child = free_child(queue_.front());
    if (child == nullptr) return;
    if (!write_line(child->socket, queue_.front().line)) {
      bury(*child);  // it died while it waited
      continue;
    }
    child->job = std::move(queue_.front());
    queue_.pop_front();
  }
}

/// An idle child that can serve the job, forked now if there is room; nullptr: all are busy.
Child* Server::free_child(const Job& job) {
  const auto busy = std::count_if(children_.begin(), children_.end(),
                                  [](const Child& child) { return child.job || child.is_leaving; });
  if (busy >= options_.jobs) return nullptr;
  const bool for_cuda = needs_cuda(job);
  const std::size_t data_sets = for_cuda ? 0 : data_needed(job);
  Child* unfit = nullptr;
  for (Child& child : children_) {
    if (child.job || child.is_leaving) continue;
    if (child.is_for_cuda == for_cuda && child.data_sets >= data_sets) return &child;
    unfit = &child;
  }
  if (static_cast<std::int64_t>(children_.size()) >= options_.jobs && unfit != nullptr) {
    retire(*unfit);
    bury(*unfit);
  }
  return &start(for_cuda);
}

/// Decodes the job's data set if that was not done before, and says how many a child must have inherited.
/// What is wrong with it is for the child to meet, which can write it down.
std::size_t Server::data_needed(const Job& job) {
  try {
    const TrainRequest* training = training_of(job);
    const Node& config =
        training != nullptr ? training->config : std::get<PredictRequest>(job.request).config;
    return store_.ordinal_of(store_.get(checked_config(config)));
  } catch (const std::exception&) {
    return 0;
  }
}

Child& Server::start(bool for_cuda) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw UserError("socketpair: " + system_reason(errno));
  }
  const pid_t pid = ::fork();
  if (pid < 0) throw UserError("fork: " + system_reason(errno));
  if (pid == 0) {
    ::close(ends[0]);
    become_child(ends[1], for_cuda);
  }
  ::close(ends[1]);
  return children_.emplace_back(Child{pid, ends[0], LineReader(ends[0]), for_cuda, store_.size(), {}, false});
}

void Server::become_child(int socket, bool for_cuda) {
  // Whoever holds a sibling's socket or the front's pipes keeps their other ends from noticing a death.
  for (const Child& sibling : children_) ::close(sibling.socket);
  ::close(signals_);
  ::close(options_.output);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::close(nothing);
  if (options_.input != STDIN_FILENO) ::close(options_.input);
  if (!for_cuda) serve_as_child(socket, options_.build, store_);

  ::fcntl(socket, F_SETFD, 0);
  const std::string number = std::to_string(socket);
  ::execl("/proc/self/exe", "bunsen-worker", "--child", number.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

/// Lets an idle child end: it sees the end of its socket.
void Server::retire(Child& child) {
  child.is_leaving = true;
  ::shutdown(child.socket, SHUT_WR);
}

void Server::relay(Child& child) {
  const LineReader::Read read = child.reader.read_some();
  std::string line;
  while (child.reader.next(line)) {
    if (line.empty() || !child.job) continue;
    if (read == LineReader::Read::end && line.back() != '}') break;  // it died in the middle of a line
    send_line(std::string_view(line).substr(1));
    if (line.front() == ends_task) {
      child.job.reset();
      if (child.is_leaving) retire(child);
    }
  }
  if (read == LineReader::Read::end) bury(child);
}

/// Waits for a child that has ended or is about to, and forgets it. A job that it had is lost.
void Server::bury(Child& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  ::close(child.socket);
  const std::optional<Job> lost = std::move(child.job);
  const pid_t pid = child.pid;
  children_.remove_if([&](const Child& other) { return other.pid == pid; });
  if (lost) record_loss(*lost, pid, death_of(status));
}

void Server::record_loss(const Job& job, pid_t pid, const std::string& reason) {
  const TrainRequest* training = training_of(job);
  if (training == nullptr) return send_failed(job.id, reason, false);
  RunRecord record = record_of(*training, options_.build);
  record.error = RunError{reason, {}, {}};
  bool is_recorded = false;
  try {
    is_recorded = record_death(training->folder, pid, std::move(record));
  } catch (const UserError& error) {
    return send_failed(job.id, reason + "; " + error.what(), false);
  }
  send_failed(job.id, reason, is_recorded);
}

void Server::begin_end(int exit_code) {
  if (deadline_) return;
  deadline_ = Clock::now() + patience;
  exit_code_ = exit_code;
  queue_.clear();
  for (Child& child : children_) {
    if (child.job) {
      child.is_leaving = true;
      ::kill(child.pid, SIGTERM);
    } else {
      retire(child);
    }
  }
}

bool Server::is_done() const {
  const bool is_idle =
      queue_.empty() && std::none_of(children_.begin(), children_.end(),
                                     [](const Child& child) { return child.job.has_value(); });
  return is_idle && (deadline_ || is_draining_);
}

/// Their status stays `running`, with a process that is dead: readers call that interrupted.
void Server::kill_the_rest() {
  for (Child& child : children_) {
    ::kill(child.pid, SIGKILL);
    child.job.reset();
  }
}

void Server::poll_once() {
  std::vector<pollfd> waited{{signals_, POLLIN, 0}};
  if (is_input_open_ && !deadline_) waited.push_back({options_.input, POLLIN, 0});
  const std::size_t first_child = waited.size();
  std::vector<pid_t> pids;
  for (const Child& child : children_) {
    waited.push_back({child.socket, POLLIN, 0});
    pids.push_back(child.pid);
  }
  int timeout = -1;
  if (deadline_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline_ - Clock::now());
    timeout = static_cast<int>(std::max<std::int64_t>(left.count() + 1, 0));
  }
  if (::poll(waited.data(), waited.size(), timeout) <= 0) return;

  for (std::size_t i = 0; i < pids.size(); ++i) {
    if (waited[first_child + i].revents == 0) continue;
    const auto child =
        std::find_if(children_.begin(), children_.end(), [&](const Child& c) { return c.pid == pids[i]; });
    if (child != children_.end()) relay(*child);
  }
  if (waited[0].revents != 0) read_signal();
  if (first_child > 1 && waited[1].revents != 0) read_requests();
}

void Server::read_signal() {
  signalfd_siginfo info{};
  if (::read(signals_, &info, sizeof info) == sizeof info) begin_end(128 + static_cast<int>(info.ssi_signo));
}

}  // namespace

int serve(const ServerOptions& options) { return Server(options).run(); }

}  // namespace bunsen
