// look_up_test.cpp - which run counts as done, and where the next one is trained.
#include "results/look_up.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/temporary_folder.h"
#include "results/example_record.h"
#include "results/run_folder.h"
#include "results/scan.h"

using namespace bunsen;
using Kind = RunLookup::Kind;

namespace fs = std::filesystem;

namespace {

constexpr const char* id = "0123456789";

RunIdentity wanted() { return {id, *example_record().dataset, "2.13.0+cpu", "cpu", {{"threads", "1"}}}; }

void finish(const fs::path& run, RunState state = RunState::completed,
            const std::string& torch = "2.13.0+cpu") {
  RunRecord record = example_record();
  record.status = state;
  record.environment.torch = torch;
  RunWriter(run).commit(record);
}

}  // namespace

TEST_CASE("a run that was never tried is trained under its id") {
  const TemporaryFolder root;
  const RunLookup lookup = look_up(root.path(), "name", wanted());
  CHECK(lookup.kind == Kind::none);
  CHECK(lookup.train_in == root / "name" / id);
  CHECK(look_up(root / "absent", "name", wanted(), LookIn::everywhere).kind == Kind::none);
}

TEST_CASE("a folder that another process has just made is the run's own, not a reason for a second one") {
  const TemporaryFolder root;
  fs::create_directories(root / "name" / id);
  CHECK(look_up(root.path(), "name", wanted()).train_in == root / "name" / id);
}

TEST_CASE("done: completed with the same data, LibTorch and device; other differences are named") {
  const TemporaryFolder root;
  finish(root / "name" / id);
  RunLookup lookup = look_up(root.path(), "name", wanted());
  CHECK(lookup.kind == Kind::done);
  CHECK(lookup.found == root / "name" / id);
  CHECK(lookup.differences.empty());
  CHECK(lookup.train_in == root / "name" / (std::string(id) + "-2"));
  RunIdentity more_threads = wanted();
  more_threads.environment = {{"threads", "2"}};
  lookup = look_up(root.path(), "name", more_threads);
  CHECK(lookup.kind == Kind::done);
  CHECK(lookup.differences == std::vector<std::string>{"threads 2, there 1"});
}

TEST_CASE("other data, another LibTorch or device are trained beside it") {
  const TemporaryFolder root;
  finish(root / "name" / id);
  RunIdentity other = wanted();
  other.data.train_sha256 = std::string(64, 'f');
  other.torch = "1.13.1";
  other.device = "cuda";
  const RunLookup lookup = look_up(root.path(), "name", other);
  CHECK(lookup.kind == Kind::different);
  CHECK(lookup.train_in == root / "name" / (std::string(id) + "-2"));
  CHECK(lookup.differences == std::vector<std::string>{"training data ffffffffffff, there aaaaaaaaaaaa",
                                                       "LibTorch 1.13.1, there 2.13.0+cpu",
                                                       "device cuda, there cpu"});
  finish(lookup.train_in, RunState::completed, "1.13.1");
  other = wanted();
  other.torch = "1.13.1";
  CHECK(look_up(root.path(), "name", other).found == lookup.train_in);
  CHECK(look_up(root.path(), "name", wanted()).found == root / "name" / id);
  CHECK(fresh_run_folder(root.path(), "name", id) == root / "name" / (std::string(id) + "-3"));
}

TEST_CASE("unfinished runs are trained again where they are") {
  const TemporaryFolder root;
  const fs::path run = root / "name" / id;
  prepare_run(run, "x");
  CHECK(look_up(root.path(), "name", wanted()).kind == Kind::queued);
  RunWriter(run).set_state(RunState::interrupted);
  CHECK(look_up(root.path(), "name", wanted()).kind == Kind::interrupted);
  CHECK(look_up(root.path(), "name", wanted()).train_in == run);
  finish(run, RunState::failed);
  CHECK(look_up(root.path(), "name", wanted()).kind == Kind::failed);
  finish(run, RunState::diverged);
  CHECK(look_up(root.path(), "name", wanted()).kind == Kind::diverged);
  RunIdentity other = wanted();
  other.torch = "1.13.1";
  CHECK(look_up(root.path(), "name", other).kind == Kind::different);
}

TEST_CASE("a run that another process trains is named, one whose process died is not") {
  const TemporaryFolder root;
  const fs::path run = root / "name" / id;
  {
    const RunWriter writer(run);
    const RunLookup lookup = look_up(root.path(), "name", wanted());
    CHECK(lookup.kind == Kind::running_elsewhere);
    CHECK(lookup.found == run);
  }
  const pid_t child = ::fork();
  if (child == 0) {
    new RunWriter(run);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  CHECK(look_up(root.path(), "name", wanted()).kind == Kind::interrupted);
}

TEST_CASE("a sweep finds a run under any name but examples; run looks under its own") {
  const TemporaryFolder root;
  finish(root / "other" / id);
  finish(root / "examples" / "name" / id);
  CHECK(look_up(root.path(), "name", wanted()).kind == Kind::none);
  const RunLookup lookup = look_up(root.path(), "name", wanted(), LookIn::everywhere);
  CHECK(lookup.kind == Kind::done);
  CHECK(lookup.found == root / "other" / id);
  CHECK(lookup.train_in == root / "name" / id);
  RunWriter(root / "third" / id).set_state(RunState::interrupted);
  RunIdentity unseen = wanted();
  unseen.torch = "1";
  CHECK(look_up(root.path(), "name", unseen, LookIn::everywhere).train_in == root / "name" / id);
}

TEST_CASE("a completed run whose result is broken does not count as done and is not overwritten") {
  const TemporaryFolder root;
  const fs::path run = root / "name" / id;
  finish(run);
  root.write(std::string("name/") + id + "/result.json", "{");
  const RunLookup lookup = look_up(root.path(), "name", wanted());
  CHECK(lookup.kind == Kind::different);
  CHECK(lookup.train_in == root / "name" / (std::string(id) + "-2"));
}

TEST_CASE("a scan finds every run, examples one level deeper, and tells what is broken") {
  const TemporaryFolder root;
  finish(root / "b" / id);
  finish(root / "examples" / "e" / id);
  prepare_run(root / "a" / id, "x");
  RunWriter(root / "a" / "died").append_epoch(example_epoch(1));
  finish(root / "a" / "broken");
  root.write("a/broken/result.json", "{\"schema_version\": 99}");
  root.write("a/sweep.json", "{}");
  root.write("a/notes/readme.txt", "not a run");
  point_latest(root / "a" / id);

  const std::vector<RunSummary> runs = scan_results(root.path());
  std::vector<std::string> found;
  for (const RunSummary& run : runs) found.push_back(run.name + '/' + run.id);
  CHECK(found ==
        std::vector<std::string>{"a/0123456789", "a/broken", "a/died", "b/0123456789", "e/0123456789"});
  CHECK(runs[0].state == RunState::queued);
  CHECK(runs[1].trouble.find("schema_version 99") != std::string::npos);
  CHECK(runs[2].epochs == 1);
  CHECK(runs[3].group == "abcdef0123");
  CHECK(runs[3].epochs == 2);
  CHECK(runs[3].config.find("seed")->as_integer() == 777);
  CHECK(runs[3].final.back() == std::pair<std::string, double>("test.accuracy", 0.7));
  CHECK_FALSE(runs[3].is_example);
  CHECK(runs[4].is_example);
  CHECK(scan_results(root / "absent").empty());
}
