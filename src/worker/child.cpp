#include "worker/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <torch/torch.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <variant>

#include "config/json.h"
#include "results/run_folder.h"
#include "worker/lines.h"

namespace bunsen {
namespace {

// A signal handler can reach nothing else.
volatile std::sig_atomic_t stop_was_requested = 0;

void request_stop(int) { stop_was_requested = 1; }

void set_up_signals() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = request_stop;  // without SA_RESTART: a read that waits for a request ends
  ::sigaction(SIGTERM, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Sends what is printed during a task to the run's log.txt, which is removed again if it stays empty.
class LogRedirection {
 public:
  explicit LogRedirection(const std::filesystem::path& folder) : path_(folder / run_files::log) {
    const int log = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log < 0) return;  // the run itself will say what is wrong with its folder
    former_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    ::dup2(log, STDERR_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::close(log);
  }
  ~LogRedirection() {
    if (former_ < 0) return;
    std::fflush(nullptr);
    struct stat state {};
    if (::fstat(STDERR_FILENO, &state) == 0 && state.st_size == 0) ::unlink(path_.c_str());
    ::dup2(former_, STDERR_FILENO);
    ::dup2(former_, STDOUT_FILENO);
    ::close(former_);
  }
  LogRedirection(const LogRedirection&) = delete;
  LogRedirection& operator=(const LogRedirection&) = delete;

 private:
  std::filesystem::path path_;
  int former_ = -1;
};

void use_threads(std::int64_t threads) {
  if (at::get_num_threads() != threads) at::set_num_threads(static_cast<int>(threads));
}

/// One request's events on their way to the parent; the last one says that this child is free.
class Reply {
 public:
  explicit Reply(int socket) : socket_(socket) {}
  void operator()(const Node& node) {
    const Node* name = node.find("event");
    const bool is_last = name != nullptr && (name->text == "finished" || name->text == "failed");
    // A parent that is gone has taken this process with it.
    std::string line(1, is_last ? ends_task : passes_event);
    line.append(json_line(node));
    write_line(socket_, line);
  }

 private:
  int socket_;
};

void serve(const std::string& line, int socket, const WorkerBuild& build, DataStore& store) {
  const std::variant<Request, BadRequest> read = read_request(line);
  const Request* request = std::get_if<Request>(&read);
  if (request == nullptr) return;
  const TaskLink link{Reply(socket), [] { return stop_was_requested != 0; }};
  if (const TrainRequest* training = std::get_if<TrainRequest>(request)) {
    use_threads(training->threads);
    const LogRedirection log(training->folder);
    run_training(*training, build, store, link);
  } else if (const PredictRequest* prediction = std::get_if<PredictRequest>(request)) {
    use_threads(prediction->threads);
    run_prediction(*prediction, store, link);
  }
}

}  // namespace

void serve_as_child(int socket, const WorkerBuild& build, DataStore& store) {
  set_up_signals();
  LineReader requests(socket);
  std::string line;
  while (stop_was_requested == 0) {
    if (requests.next(line)) {
      serve(line, socket, build, store);
    } else if (requests.read_some() == LineReader::Read::end) {
      break;
    }
  }
  // Not exit(): LibTorch's static destructors take a tenth of a second.
  ::_exit(0);
}

void warm_up() {
  at::set_num_threads(1);
  torch::nn::Sequential model{torch::nn::Linear(784, 64), torch::nn::ReLU(), torch::nn::Linear(64, 10)};
  const at::Tensor input = torch::zeros({100, 784});
  const at::Tensor target = torch::zeros({100}, torch::kLong);
  for (int step = 0; step < 3; ++step) {
    model->zero_grad();
    const at::Tensor loss = torch::nn::functional::cross_entropy(model->forward(input), target);
    loss.backward();
    loss.item<float>();
  }
}

}  // namespace bunsen
