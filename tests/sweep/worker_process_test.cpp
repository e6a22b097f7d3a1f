#include "sweep/worker_process.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>

#include "base/errors.h"
#include "base/files.h"
#include "sweep/queue.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

/// A shell script in the place of bunsen-worker.
class Script {
 public:
  explicit Script(const std::string& body)
      : path_(fs::temp_directory_path() / ("bunsen-fake-worker-" + std::to_string(getpid()))) {
    write_file_atomically(path_, "#!/bin/sh\n" + body);
    chmod(path_.c_str(), 0755);
  }
  ~Script() { fs::remove(path_); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

const std::string hello =
    "echo '{\"event\": \"hello\", \"protocol\": 1, \"libtorch\": \"2.0\", \"devices\": [\"cpu\"]}'\n";
constexpr std::chrono::seconds long_enough{20};

std::string event_name(const WorkerNews& news) {
  return news.kind == WorkerNews::Kind::event ? news.event.find("event")->text : std::string();
}

TEST_CASE("a worker answers, and its end is told after its last event") {
  const Interruption interruption;
  const Script script(hello +
                      "read line; echo \"{\\\"event\\\": \\\"error\\\", \\\"got\\\": $line}\"; exit 7\n");
  WorkerProcess worker({script.path(), 1, 1});
  Node request = Node::map();
  request.set("request", Node::string("describe"));
  CHECK(worker.send(request));
  CHECK(event_name(worker.next(long_enough)) == "hello");
  const WorkerNews answer = worker.next(long_enough);
  CHECK(event_name(answer) == "error");
  CHECK(answer.event.at_path("got.request")->text == "describe");
  CHECK(worker.next(long_enough).kind == WorkerNews::Kind::ended);
  CHECK(worker.ending() == "ended with exit code 7");
}

TEST_CASE("a killed worker is told with the end of its log") {
  const Interruption interruption;
  const Script script(hello + "echo out of something >&2; kill -9 $$\n");
  WorkerProcess worker({script.path(), 1, 1});
  CHECK(event_name(worker.next(long_enough)) == "hello");
  CHECK(worker.next(long_enough).kind == WorkerNews::Kind::ended);
  CHECK(worker.ending().find("was killed by signal 9 (Killed)") == 0);
  CHECK(worker.ending().find("out of something") != std::string::npos);
}

TEST_CASE("what libraries read while they load is set, and blocked signals are not handed on") {
  const Interruption interruption;
  const Script script(
      hello +
      "echo \"{\\\"event\\\": \\\"e\\\", \\\"v\\\": \\\"$OMP_WAIT_POLICY $OMP_NUM_THREADS "
      "$MALLOC_MMAP_THRESHOLD_ $MALLOC_TRIM_THRESHOLD_ $(grep SigBlk /proc/$$/status | tail -c 17)\\\"}\"\n");
  WorkerProcess worker({script.path(), 1, 3});
  worker.next(long_enough);
  const WorkerNews news = worker.next(long_enough);
  REQUIRE(event_name(news) == "e");
  CHECK(news.event.find("v")->text == "PASSIVE 3 1073741824 4294967296 0000000000000000");
}

TEST_CASE("another protocol and a line that is none are errors") {
  const Interruption interruption;
  const Script other("echo '{\"event\": \"hello\", \"protocol\": 2}'; sleep 1\n");
  WorkerProcess worker({other.path(), 1, 1});
  CHECK_THROWS_AS(worker.next(long_enough), UserError);
  const Script babble("echo hello there\n");
  WorkerProcess babbler({babble.path(), 1, 1});
  CHECK_THROWS_AS(babbler.next(long_enough), UserError);
}

TEST_CASE("silence ends after the time given") {
  const Interruption interruption;
  const Script script("read line\n");
  WorkerProcess worker({script.path(), 1, 1});
  CHECK(worker.next(std::chrono::milliseconds(30)).kind == WorkerNews::Kind::silence);
}

/// Trains on the script and counts ends by kind.
std::map<TrainingEnd::Kind, int> ends_of(const Script& script, std::size_t trainings, std::int64_t jobs,
                                         int attempts) {
  Interruption interruption;
  WorkerSession session({script.path(), jobs, 1}, interruption);
  std::map<TrainingEnd::Kind, int> ends;
  QueueHooks hooks;
  hooks.prepare = [](std::size_t, int) {
    Node request = Node::map();
    request.set("request", Node::string("train"));
    return std::optional<Node>(request);
  };
  hooks.tell = [](std::size_t, const Node&) {};
  hooks.end = [&](std::size_t, const TrainingEnd& end) { ++ends[end.kind]; };
  std::vector<std::size_t> indices;
  for (std::size_t index = 0; index < trainings; ++index) indices.push_back(index);
  train_all(session, indices, attempts, hooks);
  return ends;
}

const std::string finish_each =
    "while read line; do id=$(echo \"$line\" | sed 's/.*\"id\": \"\\([^\"]*\\)\".*/\\1/'); "
    "echo \"{\\\"event\\\": \\\"finished\\\", \\\"id\\\": \\\"$id\\\", \\\"status\\\": \\\"completed\\\"}\"; "
    "done\n";

TEST_CASE("every training of a queue ends") {
  const Script script(hello + finish_each);
  CHECK(ends_of(script, 20, 3, 1) == std::map<TrainingEnd::Kind, int>{{TrainingEnd::Kind::completed, 20}});
}

TEST_CASE("a worker that dies is started again, and what it took with it is tried again") {
  const std::string once = (fs::temp_directory_path() / ("bunsen-died-" + std::to_string(getpid()))).string();
  const Script script(hello + "if [ ! -e " + once + " ]; then read line; touch " + once +
                      "; kill -9 $$; fi\n" + finish_each);
  CHECK(ends_of(script, 5, 2, 2) == std::map<TrainingEnd::Kind, int>{{TrainingEnd::Kind::completed, 5}});
  fs::remove(once);
}

TEST_CASE("a worker that always dies loses its trainings after the attempts allowed") {
  const Script script(hello + "read line; kill -9 $$\n");
  CHECK(ends_of(script, 2, 1, 2) == std::map<TrainingEnd::Kind, int>{{TrainingEnd::Kind::lost, 2}});
}

TEST_CASE("a worker that dies before it says hello is not started over and over") {
  const Script script("exit 1\n");
  CHECK_THROWS_AS(ends_of(script, 3, 1, 2), UserError);
}

TEST_CASE("when asked to stop, trainings under way are told so and the rest is not begun") {
  const Script script(hello +
                      "read first; kill -INT $PPID; read second\n"
                      "case $second in *stop*) echo '{\"event\": \"finished\", \"id\": \"0.1\", \"status\": "
                      "\"interrupted\"}';; esac; read rest\n");
  CHECK(ends_of(script, 3, 1, 1) == std::map<TrainingEnd::Kind, int>{{TrainingEnd::Kind::interrupted, 1},
                                                                     {TrainingEnd::Kind::not_begun, 2}});
}

}  // namespace
}  // namespace bunsen
