// run_folder_test.cpp - who may write into a run folder, and what becomes of earlier attempts.
#include "results/run_folder.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>

#include "base/files.h"
#include "config/json.h"
#include "data/temporary_folder.h"
#include "results/example_record.h"
#include "results/run_lock.h"
#include "results/scan.h"

using namespace bunsen;

namespace fs = std::filesystem;

namespace {

/// Runs `action` in a child that ends without any clean-up, as a killed one does. Returns its exit status.
int in_child(const std::function<int()>& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 99;
    try {
      code = action();
    } catch (const RunBusy&) {
      code = 50;
    } catch (const std::exception&) {
      code = 60;
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A child begins the run, writes `epochs` epochs and dies. Returns its pid.
pid_t die_in(const fs::path& run, int epochs) {
  const pid_t child = ::fork();
  if (child == 0) {
    RunWriter* writer = new RunWriter(run);
    for (int i = 1; i <= epochs; ++i) writer->append_epoch(example_epoch(i));
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  return child;
}

void write_lock(const fs::path& run, const ProcessIdentity& process, std::chrono::seconds age) {
  Node lock = Node::map();
  lock.set("token", Node::string("someone"));
  add_to(lock, process);
  make_folder(run);
  write_file_atomically(run / run_files::lock, json_document(lock));
  fs::last_write_time(run / run_files::lock, fs::file_time_type::clock::now() - age);
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("a run goes from queued over running to completed, and leaves no lock") {
  const TemporaryFolder root;
  const fs::path run = root / "name/0123456789";
  prepare_run(run, "name: x\n");
  CHECK(effective_state(run) == RunState::queued);
  CHECK(names_in(run) == std::vector<std::string>{"config.yaml", "status.json"});
  {
    RunWriter writer(run);
    CHECK(effective_state(run) == RunState::running);
    CHECK(read_status(run)->process == this_process());
    writer.append_epoch(example_epoch(1));
    CHECK(read_epochs(run).size() == 1);
    writer.append_epoch(example_epoch(2));
    writer.commit(example_record());
  }
  CHECK(effective_state(run) == RunState::completed);
  CHECK(names_in(run) ==
        std::vector<std::string>{"config.yaml", "metrics.jsonl", "result.json", "status.json"});
  CHECK(read_result(run).at_path("run.id")->as_string() == "0123456789");
}

TEST_CASE("nothing completed is overwritten") {
  const TemporaryFolder root;
  const fs::path run = root / "name/id";
  RunWriter(run).commit(example_record());
  const std::string before = read_file(run / run_files::result);
  CHECK(message_of<UserError>([&] { RunWriter again(run); }).find("holds a completed run") !=
        std::string::npos);
  CHECK(message_of<UserError>([&] { prepare_run(run, "other"); }).find("holds a completed run") !=
        std::string::npos);
  CHECK(read_file(run / run_files::result) == before);
  CHECK_FALSE(fs::exists(run / run_files::lock));
}

TEST_CASE("a live process on this host is never robbed, however old its lock is") {
  const TemporaryFolder root;
  const fs::path run = root / "name/id";
  RunWriter writer(run);
  fs::last_write_time(run / run_files::lock, fs::file_time_type::clock::now() - std::chrono::hours(100));
  CHECK(in_child([&] { return RunWriter(run).attempt() > 0 ? 0 : 1; }) == 50);
  CHECK(in_child([&] { return prepare_run(run, "x"), 0; }) == 50);
  CHECK_NOTHROW(writer.confirm());
  const std::string message = message_of<RunBusy>([&] { RunLock second(run); });
  CHECK(message.find("process " + std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("a dead process's run is shown as interrupted and taken over; its attempt is kept") {
  const TemporaryFolder root;
  const fs::path run = root / "name/id";
  prepare_run(run, "name: x\n");
  die_in(run, 2);
  CHECK(fs::exists(run / run_files::lock));
  CHECK(read_status(run)->state == RunState::running);
  CHECK(effective_state(run) == RunState::interrupted);

  RunWriter writer(run);
  CHECK(writer.attempt() == 2);
  CHECK(read_epochs(run / "attempt-1").size() == 2);
  CHECK(read_status(run / "attempt-1")->attempt == 1);
  CHECK(read_file(run / "attempt-1" / run_files::config) == "name: x\n");
  CHECK(read_file(run / run_files::config) == "name: x\n");
  CHECK(read_epochs(run).empty());
  CHECK(effective_state(run) == RunState::running);
}

namespace {

/// What became of one try to take the lock: `w`on, `b`usy, `e`rror.
char try_lock(const fs::path& run) {
  try {
    const RunLock* lock = new RunLock(run);
    return lock->is_mine() ? 'w' : 'e';
  } catch (const RunBusy&) {
    return 'b';
  } catch (const std::exception&) {
    return 'e';
  }
}

/// Lets `count` processes try at once; each stays alive until all have tried. Returns their answers, sorted.
std::string race(const fs::path& run, int count) {
  int answers[2];
  int hold[2];
  REQUIRE(::pipe(answers) == 0);
  REQUIRE(::pipe(hold) == 0);
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(hold[1]);
      char answer = try_lock(run);
      if (::write(answers[1], &answer, 1) == 1 && ::read(hold[0], &answer, 1) == 0) ::_exit(0);
      ::_exit(1);
    }
    children.push_back(child);
  }
  std::string text;
  for (char answer = 0; static_cast<int>(text.size()) < count && ::read(answers[0], &answer, 1) == 1;)
    text += answer;
  ::close(hold[1]);
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  ::close(hold[0]);
  ::close(answers[0]);
  ::close(answers[1]);
  std::sort(text.begin(), text.end());
  return text;
}

}  // namespace

TEST_CASE("of many processes that find no lock, or the same dead one, exactly one wins") {
  const TemporaryFolder root;
  const fs::path run = root / "name/id";
  make_folder(run);
  // Each round's winner dies with the lock in its hand.
  for (int round = 0; round < 20; ++round) CHECK(race(run, 8) == "bbbbbbbw");
}

TEST_CASE("a lock from another host is respected while it is fresh and taken over when it is stale") {
  const TemporaryFolder root;
  ProcessIdentity foreign = this_process();
  foreign.host = "another-host";
  foreign.pid = 1;
  const fs::path fresh = root / "name/fresh";
  write_lock(fresh, foreign, std::chrono::seconds(RunLock::stale_after_seconds - 30));
  CHECK(message_of<RunBusy>([&] { RunWriter writer(fresh); }).find("process 1 on another-host") !=
        std::string::npos);
  CHECK(names_in(fresh) == std::vector<std::string>{"lock"});
  const fs::path stale = root / "name/stale";
  write_lock(stale, foreign, std::chrono::seconds(RunLock::stale_after_seconds + 30));
  CHECK_NOTHROW(RunWriter(stale).confirm());
}

TEST_CASE("a pid that came again, an earlier boot and a broken lock don't pass for a live holder") {
  const TemporaryFolder root;
  ProcessIdentity reused = this_process();
  reused.start_time += 1;
  write_lock(root / "name/reused", reused, std::chrono::seconds(0));
  CHECK_NOTHROW(RunWriter(root / "name/reused").confirm());

  ProcessIdentity earlier = this_process();
  earlier.boot_id = "another";
  CHECK(liveness_of(earlier, 0) == Liveness::dead);
  CHECK(liveness_of(earlier, std::time(nullptr)) == Liveness::elsewhere);

  make_folder(root / "name/broken");
  write_file_atomically(root / "name/broken" / run_files::lock, "not json");
  CHECK_THROWS_AS(RunWriter(root / "name/broken"), RunBusy);
  fs::last_write_time(root / "name/broken" / run_files::lock,
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  CHECK_NOTHROW(RunWriter(root / "name/broken").confirm());
}

TEST_CASE("a writer whose lock was taken stops before it commits") {
  const TemporaryFolder root;
  const fs::path run = root / "name/id";
  RunWriter writer(run);
  ProcessIdentity other = this_process();
  other.host = "another-host";
  write_lock(run, other, std::chrono::seconds(0));
  CHECK_THROWS_AS(writer.commit(example_record()), RunBusy);
  CHECK_THROWS_AS(writer.append_epoch(example_epoch(1)), RunBusy);
  CHECK_THROWS_AS(writer.set_state(RunState::interrupted), RunBusy);
  CHECK_FALSE(fs::exists(run / run_files::result));
}

TEST_CASE("a forked child that ends does not give back its parent's lock") {
  const TemporaryFolder root;
  const RunLock lock((root.write("run/x", "x")).parent_path());
  const pid_t child = ::fork();
  if (child == 0) {
    lock.~RunLock();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  CHECK(lock.is_mine());
}

TEST_CASE("after a child's death its parent writes failed and keeps the epochs") {
  const TemporaryFolder root;
  const fs::path run = root / "name/id";
  prepare_run(run, "name: x\n");
  const pid_t child = die_in(run, 2);
  RunRecord record;
  record.id = "id";
  record.error = RunError{"killed by signal 9", std::nullopt, std::nullopt};
  CHECK(record_death(run, child, record));
  CHECK(effective_state(run) == RunState::failed);
  const Node result = read_result(run);
  CHECK(result.find("epochs")->items.size() == 2);
  CHECK(result.at_path("run.status")->as_string() == "failed");
  CHECK(result.at_path("run.error.message")->as_string() == "killed by signal 9");
  CHECK_FALSE(fs::exists(run / run_files::lock));
  CHECK_FALSE(record_death(run, child, record));

  prepare_run(run, "name: x\n");
  CHECK(effective_state(run) == RunState::queued);
  CHECK(read_status(run)->attempt == 2);
  CHECK(read_result(run / "attempt-1").at_path("run.status")->as_string() == "failed");
  CHECK(names_in(run) == std::vector<std::string>{"attempt-1", "config.yaml", "status.json"});
  prepare_run(run, "name: x\n");
  CHECK(read_status(run)->attempt == 2);
}

TEST_CASE("a death after the result was written changes nothing but the status") {
  const TemporaryFolder root;
  const fs::path run = root / "name/id";
  const pid_t child = ::fork();
  if (child == 0) {
    RunWriter* writer = new RunWriter(run);
    write_file_atomically(run / run_files::result, json_document(to_node(example_record())));
    ::_exit(writer->attempt() == 1 ? 0 : 1);
  }
  ::waitpid(child, nullptr, 0);
  CHECK(effective_state(run) == RunState::completed);
  const std::string before = read_file(run / run_files::result);
  CHECK_FALSE(record_death(run, child, RunRecord{}));
  CHECK(read_status(run)->state == RunState::completed);
  CHECK(read_file(run / run_files::result) == before);
}

TEST_CASE("another process's run is not declared failed") {
  const TemporaryFolder root;
  const fs::path run = root / "name/id";
  const RunWriter writer(run);
  CHECK(in_child([&] { return record_death(run, 1, RunRecord{}) ? 1 : 0; }) == 0);
  CHECK(effective_state(run) == RunState::running);
}

TEST_CASE("an interrupted run's next attempt begins anew, the third too") {
  const TemporaryFolder root;
  const fs::path run = root / "name/id";
  for (int attempt = 1; attempt <= 3; ++attempt) {
    RunWriter writer(run);
    CHECK(writer.attempt() == attempt);
    writer.append_epoch(example_epoch(attempt));
    writer.set_state(RunState::interrupted);
  }
  CHECK(read_epochs(run / "attempt-1").front().epoch == 1);
  CHECK(read_epochs(run / "attempt-2").front().epoch == 2);
  CHECK(read_epochs(run).front().epoch == 3);
}

TEST_CASE("a line of metrics.jsonl that was cut off is passed over") {
  const TemporaryFolder root;
  const std::string line = json_line(to_node(example_epoch(1), EpochForm::with_timing));
  root.write("metrics.jsonl", line + "\n" + line.substr(0, 40));
  CHECK(read_epochs(root.path()).size() == 1);
  CHECK(read_epochs(root / "absent").empty());
}

TEST_CASE("latest is a relative link to the newest run") {
  const TemporaryFolder root;
  make_folder(root / "name/a");
  make_folder(root / "name/b");
  point_latest(root / "name/a");
  point_latest(root / "name/b/");
  CHECK(fs::read_symlink(root / "name/latest") == "b");
}

TEST_CASE("a folder that can't be written is an error with its path, and nothing is left behind") {
  const TemporaryFolder root;
  root.write("file", "in the way");
  const std::string message = message_of<UserError>([&] { prepare_run(root / "file/id", "x"); });
  CHECK(message.find((root / "file/id").string()) != std::string::npos);
  CHECK(read_file(root / "file") == "in the way");
}
