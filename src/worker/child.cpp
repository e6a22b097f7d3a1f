#include "worker/child.h"

#include <poll.h>
#include <sys/prctl.h>
#include <torch/torch.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <variant>

#include "config/json.h"
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

/// What the parent says while a request is served: `continue`, and `stop`, which it writes before it sends
/// the signal.
class Orders {
 public:
  Orders(LineReader& requests, int socket) : requests_(requests), socket_(socket) {}

  bool wants_stop() const { return stop_was_requested != 0 || stop_.has_value(); }
  StopRequest stop_order() {
    while (!stop_ && take_some(0)) {
    }
    return stop_.value_or(StopRequest{});
  }
  void wait() {
    constexpr int signal_check_ms = 50;  // a signal may come just before the poll
    while (!wants_stop() && continues_ == 0) take_some(signal_check_ms);
    if (continues_ > 0) --continues_;
  }

 private:
  /// False: nothing came.
  bool take_some(int patience_ms) {
    if (take_lines()) return true;  // they may have come together with the request
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, patience_ms) <= 0) return false;
    if (requests_.read_some() == LineReader::Read::end) {
      stop_was_requested = 1;
      return false;
    }
    return take_lines();
  }

  bool take_lines() {
    std::string line;
    bool has_come = false;
    while (requests_.next(line)) {
      has_come = true;
      const std::variant<Request, BadRequest> read = read_request(line);
      const Request* request = std::get_if<Request>(&read);
      if (request == nullptr) continue;
      if (const StopRequest* stop = std::get_if<StopRequest>(request)) stop_ = *stop;
      if (std::holds_alternative<ContinueRequest>(*request)) ++continues_;
    }
    return has_come;
  }

  LineReader& requests_;
  int socket_;
  std::optional<StopRequest> stop_;
  int continues_ = 0;
};

void serve(const std::string& line, LineReader& requests, int socket, const WorkerBuild& build,
           DataStore& store) {
  const std::variant<Request, BadRequest> read = read_request(line);
  const Request* request = std::get_if<Request>(&read);
  if (request == nullptr) return;
  Orders orders(requests, socket);
  const TaskLink link{Reply(socket), [&orders] { return orders.wants_stop(); }, [&orders] { orders.wait(); },
                      [&orders] { return orders.stop_order(); }};
  if (const TrainRequest* training = std::get_if<TrainRequest>(request)) {
    use_threads(training->threads);
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
  while (true) {
    if (requests.next(line)) {
      serve(line, requests, socket, build, store);  // when it shall stop, this ends before its first step
      continue;
    }
    pollfd waiting{socket, POLLIN, 0};
    const bool has_nothing_left = stop_was_requested != 0 && ::poll(&waiting, 1, 0) <= 0;
    if (has_nothing_left || requests.read_some() == LineReader::Read::end) break;
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
