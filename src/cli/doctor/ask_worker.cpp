#include "cli/doctor/ask_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/doctor/scratch_folder.h"
#include "config/yaml.h"
#include "results/run_folder.h"
#include "results/scan.h"
#include "spec/resolve.h"
#include "sweep/train_request.h"
#include "sweep/worker_process.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Large enough for its matrix products to count, small enough for a tenth of a second.
constexpr std::string_view small_config = R"(
name: doctor
seed: 1
epochs: 4
dataset: {synthetic: {pattern: blobs, samples: 512, test_samples: 0, classes: 10, features: 512}}
batch: 128
layers: [{linear: 512}, relu, {linear: 512}, relu, {linear: 10}]
loss: cross_entropy
optimizer: {sgd: {lr: 1e-3}}
)";

/// Multiply-adds of its epoch: forward and weights' gradients in both wide layers, the inputs' gradient in
/// one.
constexpr double macs_of_epoch = 512.0 * 512 * 512 * 5;

std::string text_of(const Node& event, std::string_view path) {
  const Node* found = event.at_path(path);
  return found == nullptr ? "" : found->as_string().value_or("");
}

/// One conversation; whatever ends it early is thrown as UserError.
class Conversation {
 public:
  Conversation(const fs::path& program, std::int64_t threads, milliseconds patience,
               Interruption& interruption)
      : worker_({program, 1, threads}), patience_(patience), interruption_(interruption) {}

  /// The next event. Throws UserError if none comes in time.
  Node next() {
    const WorkerNews news = worker_.next(patience_, interruption_.descriptor());
    switch (news.kind) {
      case WorkerNews::Kind::event:
        return news.event;
      case WorkerNews::Kind::silence:
        worker_.kill();
        throw UserError(
            fmt::format("does not answer within {:g} s", std::chrono::duration<double>(patience_).count()));
      case WorkerNews::Kind::attention:
        worker_.kill();
        throw UserError("was interrupted", ExitCode::interrupted);
      case WorkerNews::Kind::ended:
        throw UserError(worker_.ending());
    }
    throw std::logic_error("no such news");
  }

  Node ask(const Node& request) {
    if (!worker_.send(request)) next();  // it has ended, which next() tells
    return next();
  }

  bool send(const Node& request) { return worker_.send(request); }
  pid_t pid() const { return worker_.pid(); }

 private:
  WorkerProcess worker_;
  milliseconds patience_;
  Interruption& interruption_;
};

/// The shared libraries in a process's memory: `7f.. r-xp 0000 08:01 1234   /usr/lib/libgomp.so.1.0.0`.
std::vector<std::string> libraries_of(pid_t pid) {
  std::set<std::string> found;
  const std::string maps = read_file_if_there(fmt::format("/proc/{}/maps", pid)).value_or("");
  for (const std::string& line : split(maps, '\n')) {
    const std::size_t path = line.find('/');
    if (path == std::string::npos) continue;
    const std::string name = fs::path(line.substr(path)).filename().string();
    if (name.ends_with(".so") || name.find(".so.") != std::string::npos) found.insert(line.substr(path));
  }
  return {found.begin(), found.end()};
}

void get_acquainted(Conversation& conversation, WorkerFacts& worker) {
  const steady_clock::time_point started = steady_clock::now();
  const Node hello = conversation.next();
  worker.start_seconds = std::chrono::duration<double>(steady_clock::now() - started).count();
  worker.version = text_of(hello, "version");
  worker.build = text_of(hello, "build");
  worker.libtorch = text_of(hello, "libtorch");
  worker.cpu_capability = text_of(hello, "cpu_capability");
  if (const Node* devices = hello.find("devices")) {
    for (const Node& device : devices->items) worker.devices.push_back(device.text);
  }
  Node request = Node::map();
  request.set("request", Node::string("describe"));
  request.set("id", Node::string("doctor"));
  worker.blas = text_of(conversation.ask(request), "blas");
  worker.libraries = libraries_of(conversation.pid());
}

Resolved resolved_small_config(Sources& sources) {
  Diagnostics problems;
  const std::int32_t source = sources.add("doctor", std::string(small_config));
  const std::optional<Node> root = read_yaml(source, sources, problems);
  std::optional<Resolved> resolved;
  if (root) resolved = resolve({*root, "doctor", fs::current_path()}, {}, problems);
  if (!resolved) throw std::logic_error("the doctor's config is wrong: " + to_text(problems, sources, false));
  return *resolved;
}

struct Trained {
  double fastest_epoch_seconds = std::numeric_limits<double>::infinity();
  std::string weights_sha256;
};

Trained train_in(const fs::path& folder, std::int64_t threads, const Resolved& config, const Sources& sources,
                 Conversation& conversation) {
  prepare_run(folder, frozen_config(config));
  const NewTraining training{folder.filename().string(), folder, threads, false, false};
  const Provenance nowhere;
  Trained trained;
  conversation.send(to_node(training, config, Node::map(), nowhere, sources));
  while (true) {
    const Node event = conversation.next();
    const std::string kind = text_of(event, "event");
    if (kind == "failed" || kind == "error") throw UserError(text_of(event, "reason"));
    if (kind == "epoch") {
      const Node* seconds = event.at_path("record.timing.seconds");
      if (seconds != nullptr)
        trained.fastest_epoch_seconds =
            std::min(trained.fastest_epoch_seconds, seconds->as_number().value_or(0));
    }
    if (kind != "finished") continue;
    if (text_of(event, "status") != "completed")
      throw UserError(fmt::format("it ended as '{}'", text_of(event, "status")));
    trained.weights_sha256 = text_of(read_result(folder), "weights.final_sha256");
    return trained;
  }
}

TrialFacts try_training(std::int64_t threads, Conversation& conversation) {
  TrialFacts trial;
  Sources sources;
  const Resolved config = resolved_small_config(sources);
  const ScratchFolder folder(fs::temp_directory_path());
  const auto gflops = [](const Trained& trained) {
    return 2e-9 * macs_of_epoch / std::max(trained.fastest_epoch_seconds, 1e-9);
  };
  const Trained first = train_in(folder.path() / "first", 1, config, sources, conversation);
  const Trained second = train_in(folder.path() / "second", 1, config, sources, conversation);
  trial.has_same_bits = first.weights_sha256 == second.weights_sha256;
  trial.trainings.push_back({1, std::max(gflops(first), gflops(second))});
  if (threads == 1) return trial;
  const Trained wide = train_in(folder.path() / "wide", threads, config, sources, conversation);
  trial.trainings.push_back({threads, gflops(wide)});
  return trial;
}

}  // namespace

WorkerAnswer ask_worker(std::int64_t threads, milliseconds patience, Interruption& interruption) {
  WorkerAnswer answer;
  std::string* trouble = &answer.worker.trouble;
  try {
    const fs::path program = worker_program();
    answer.worker.program = program.string();
    Conversation conversation(program, threads, patience, interruption);
    get_acquainted(conversation, answer.worker);
    trouble = &answer.trial.trouble;
    answer.trial = try_training(threads, conversation);
  } catch (const UserError& error) {
    *trouble = error.what();
  } catch (const fs::filesystem_error& error) {
    *trouble = error.what();
  }
  return answer;
}

}  // namespace bunsen
