// doctor_test.cpp - verdicts over invented machines, and what the doctor learns from workers that misbehave.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "cli/doctor/ask_worker.h"
#include "cli/doctor/judge.h"
#include "cli/doctor/look_around.h"
#include "cli/doctor/within.h"
#include "data/temporary_folder.h"

namespace bunsen {
namespace {

constexpr std::int64_t mebi = std::int64_t{1} << 20, gibi = std::int64_t{1} << 30;

/// A machine on which nothing is wrong.
DoctorFacts healthy() {
  DoctorFacts facts;
  facts.front = {"0.1.0", "abc", "2.13.0+cpu"};
  facts.worker.program = "/opt/bunsen/bin/bunsen-worker";
  facts.worker.version = "0.1.0";
  facts.worker.build = "abc";
  facts.worker.libtorch = "2.13.0+cpu";
  facts.worker.devices = {"cpu"};
  facts.worker.cpu_capability = "AVX2";
  facts.worker.blas = "MKL 2024.2";
  facts.worker.libraries = {"/opt/torch/lib/libgomp.so.1", "/opt/torch/lib/libtorch_cpu.so"};
  facts.trial.trainings = {{1, 40}, {2, 70}};
  facts.cpu = {"x86_64", "AMD EPYC", true, true, false};
  facts.cores = {8, {}};
  facts.load = {8, 0.5};
  facts.memory = {16 * gibi, 12 * gibi, {}};
  facts.data = {{"mnist", "", {"data/mnist (not there)"}, {}, "install it"},
                {"fashion_mnist", "/usr/share/datasets/fashion-mnist", {}, {}, ""}};
  facts.results.path = "results";
  facts.results.is_there = true;
  facts.results.file_system = "ext4";
  facts.results.free_bytes = 100 * gibi;
  facts.results.durable_write_seconds = 0.001;
  facts.cache.path = "/home/ada/.cache/bunsen/checksums";
  facts.clock = {1'800'000'000, 1'790'000'000};
  facts.git = "/usr/bin/git";
  return facts;
}

/// The one finding of `topic` that is worst.
Finding finding_on(const std::string& topic, const DoctorFacts& facts) {
  Finding worst;
  for (const Finding& finding : judge(facts)) {
    if (finding.topic == topic && (worst.topic.empty() || finding.verdict > worst.verdict)) worst = finding;
  }
  return worst;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a healthy machine has nothing but good findings, and none needs a way out") {
  const std::vector<Finding> findings = judge(healthy());
  CHECK(findings.size() >= 13);
  for (const Finding& finding : findings) {
    CHECK_MESSAGE(finding.verdict == Verdict::ok, finding.topic, ": ", finding.text);
    CHECK(finding.way_out.empty());
  }
  CHECK(verdict_of(findings) == Verdict::ok);
}

TEST_CASE("a worker that is missing is bad, and what it alone knows is not told") {
  DoctorFacts facts = healthy();
  facts.worker = {};
  facts.worker.trouble = "/opt/bunsen/bin/bunsen-worker: not there";
  facts.trial = {};
  const Finding finding = finding_on("worker", facts);
  CHECK(finding.verdict == Verdict::bad);
  CHECK(says(finding.text, "not there"));
  CHECK(says(finding.way_out, "tools/build"));
  for (const char* topic : {"LibTorch", "BLAS", "OpenMP", "malloc", "training"})
    CHECK(finding_on(topic, facts).topic.empty());
  CHECK(finding_on("memory", facts).verdict == Verdict::ok);
}

TEST_CASE("a worker of another build is doubtful") {
  DoctorFacts facts = healthy();
  facts.worker.build = "def";
  const Finding finding = finding_on("worker", facts);
  CHECK(finding.verdict == Verdict::warn);
  CHECK(says(finding.text, "0.1.0 def"));
}

TEST_CASE("OpenBLAS with threads of its own beside OpenMP is named, with the package to install") {
  DoctorFacts facts = healthy();
  const std::string path = "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so";
  facts.worker.libraries = {"/usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0", path};
  const Finding finding = finding_on("BLAS", facts);
  CHECK(finding.verdict == Verdict::warn);
  CHECK(says(finding.text, path));
  CHECK(says(finding.text, "libgomp.so.1.0.0"));
  CHECK(says(finding.way_out, "libopenblas0-openmp"));

  SUBCASE("alone it is well") {
    facts.worker.libraries = {path};
    CHECK(finding_on("BLAS", facts).verdict == Verdict::ok);
  }
  SUBCASE("OpenBLAS with OpenMP is well") {
    facts.worker.libraries[1] = "/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblasp-r0.3.21.so";
    CHECK(finding_on("BLAS", facts).verdict == Verdict::ok);
  }
  SUBCASE("what it says of itself counts where the folder says nothing") {
    facts.worker.libraries[1] = "/opt/lib/libopenblasp-r0.3.21.so";
    facts.worker.blas = "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64";
    CHECK(finding_on("BLAS", facts).verdict == Verdict::warn);
    facts.worker.blas = "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY USE_OPENMP Haswell MAX_THREADS=64";
    CHECK(finding_on("BLAS", facts).verdict == Verdict::ok);
  }
  SUBCASE("NumPy's, which came along, is meant as well") {
    facts.worker.libraries[1] = "/venv/numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so";
    CHECK(finding_on("BLAS", facts).verdict == Verdict::warn);
  }
}

TEST_CASE("the reference BLAS is named as slow, unless a fast one stands before it") {
  DoctorFacts facts = healthy();
  facts.worker.libraries = {"/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0"};
  CHECK(says(finding_on("BLAS", facts).text, "reference BLAS"));
  CHECK(says(finding_on("BLAS", facts).way_out, "libopenblas0-openmp"));
  facts.worker.libraries.emplace_back("/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblasp-r0.3.21.so");
  CHECK(finding_on("BLAS", facts).verdict == Verdict::ok);
}

TEST_CASE("two OpenMP runtimes are named, two names of which one is none are not") {
  DoctorFacts facts = healthy();
  facts.worker.libraries = {"/opt/intel/libiomp5.so", "/usr/lib/libgomp.so.1.0.0"};
  const Finding finding = finding_on("OpenMP", facts);
  CHECK(finding.verdict == Verdict::warn);
  CHECK(says(finding.text, "2 runtimes"));
  CHECK(says(finding.text, "libiomp5.so"));
  facts.worker.libraries = {"/usr/lib/libgomp.so.1.0.0", "/usr/lib/libompimpi.so.40"};
  CHECK(finding_on("OpenMP", facts).verdict == Verdict::ok);
}

TEST_CASE("a GPU that LibTorch does not see is doubtful") {
  DoctorFacts facts = healthy();
  facts.gpus = {"NVIDIA H100"};
  CHECK(finding_on("LibTorch", facts).verdict == Verdict::warn);
  facts.worker.devices = {"cpu", "cuda"};
  CHECK(finding_on("LibTorch", facts).verdict == Verdict::ok);
}

TEST_CASE("a CPU without AVX2 or FMA has other bits than PyTorch") {
  DoctorFacts facts = healthy();
  facts.cpu.has_fma = false;
  CHECK(finding_on("CPU", facts).verdict == Verdict::warn);
  facts = healthy();
  facts.worker.cpu_capability = "DEFAULT";
  CHECK(says(finding_on("CPU", facts).way_out, "ATEN_CPU_CAPABILITY"));
  facts = healthy();
  facts.cpu = {"aarch64", "", false, false, false};
  CHECK(finding_on("CPU", facts).verdict == Verdict::warn);
}

TEST_CASE("a control group's limit is told, and a small one judged") {
  DoctorFacts facts = healthy();
  facts.memory.control_group_bytes = 4 * gibi;
  CHECK(finding_on("memory", facts).verdict == Verdict::ok);
  CHECK(says(finding_on("memory", facts).text,
             "4.0 GiB, the control group's limit (the machine has 16.0 GiB)"));
  facts.memory.control_group_bytes = gibi;
  CHECK(finding_on("memory", facts).verdict == Verdict::warn);
  facts.memory.control_group_bytes = 256 * mebi;
  CHECK(finding_on("memory", facts).verdict == Verdict::bad);
  facts.cores.control_group_cores = 1.5;
  CHECK(
      says(finding_on("cores", facts).text, "2 of 8 may be used; the control group grants the time of 1.5"));
  facts.cores.control_group_cores = 0.5;
  CHECK(finding_on("cores", facts).verdict == Verdict::warn);
}

TEST_CASE("little free memory and few addresses are doubtful") {
  DoctorFacts facts = healthy();
  facts.memory.available_bytes = 100 * mebi;
  CHECK(finding_on("memory", facts).verdict == Verdict::warn);
  facts = healthy();
  facts.address_space_bytes = 2 * gibi;
  CHECK(says(finding_on("memory", facts).way_out, "ulimit -v"));
}

TEST_CASE("a training that fails, is slow, slower with threads or not repeatable is told") {
  DoctorFacts facts = healthy();
  facts.trial.trouble = "was killed by signal 9 (Killed)";
  CHECK(finding_on("training", facts).verdict == Verdict::bad);
  facts = healthy();
  facts.trial.has_same_bits = false;
  CHECK(finding_on("training", facts).verdict == Verdict::bad);
  facts = healthy();
  facts.trial.trainings = {{1, 1.5}, {2, 2.5}};
  CHECK(says(finding_on("training", facts).way_out, "BLAS"));
  facts.trial.trainings = {{1, 40}, {2, 15}};
  CHECK(says(finding_on("training", facts).way_out, "--threads 1"));
  facts.load.load = 20;  // then the figures mean nothing
  CHECK(finding_on("training", facts).verdict == Verdict::ok);
}

TEST_CASE("variables that change bits or speed are doubtful, those that bunsen replaces are not") {
  DoctorFacts facts = healthy();
  facts.variables = {{"OMP_NUM_THREADS", "3"}, {"LD_LIBRARY_PATH", "/opt/lib"}};
  CHECK(finding_on("environment", facts).verdict == Verdict::ok);
  CHECK(says(finding_on("environment", facts).text, "OMP_NUM_THREADS=3 (the worker gets values of its own)"));
  for (const char* name : {"ATEN_CPU_CAPABILITY", "MKL_CBWR", "OMP_PROC_BIND", "OPENBLAS_NUM_THREADS"}) {
    facts.variables = {{name, "1"}};
    CHECK_MESSAGE(finding_on("environment", facts).verdict == Verdict::warn, name);
    CHECK(says(finding_on("environment", facts).text, name));
  }
}

TEST_CASE("no data at all is doubtful and names where was searched") {
  DoctorFacts facts = healthy();
  CHECK(says(finding_on("data", facts).text, "not found: mnist"));
  facts.data[1] = {
      "fashion_mnist", "", {"data/fashion_mnist (not there)"}, {}, "install dataset-fashion-mnist"};
  const Finding finding = finding_on("data", facts);
  CHECK(finding.verdict == Verdict::warn);
  CHECK(says(finding.text,
             "neither mnist nor fashion_mnist was found; searched data/fashion_mnist (not there)"));
  CHECK(says(finding.way_out, "install dataset-fashion-mnist; `dataset: synthetic` needs no files"));
}

TEST_CASE("a broken copy of a data set is named, even where a whole one is found") {
  DoctorFacts facts = healthy();
  facts.data[1].broken = {"data/fashion_mnist (lacks t10k-labels-idx1-ubyte)"};
  const Finding finding = finding_on("data", facts);
  CHECK(finding.verdict == Verdict::warn);
  CHECK(says(finding.text, "lacks t10k-labels-idx1-ubyte"));
}

TEST_CASE("a results folder that can't be written, is full or keeps no locks is bad") {
  DoctorFacts facts = healthy();
  facts.results.trouble = "can't write in results: Read-only file system";
  CHECK(finding_on("results", facts).verdict == Verdict::bad);
  CHECK(says(finding_on("results", facts).way_out, "--results"));
  facts = healthy();
  facts.results.free_bytes = mebi;
  CHECK(finding_on("results", facts).verdict == Verdict::bad);
  facts = healthy();
  facts.results.is_lock_kept = false;
  CHECK(finding_on("results", facts).verdict == Verdict::bad);
}

TEST_CASE("a results folder that is slow, small, in memory or of another time is doubtful") {
  const auto verdict = [](auto change) {
    DoctorFacts facts = healthy();
    change(facts.results);
    return finding_on("results", facts).verdict;
  };
  CHECK(verdict([](FolderFacts& folder) { folder.durable_write_seconds = 0.2; }) == Verdict::warn);
  CHECK(verdict([](FolderFacts& folder) { folder.free_bytes = 500 * mebi; }) == Verdict::warn);
  CHECK(verdict([](FolderFacts& folder) { folder.file_system = "tmpfs"; }) == Verdict::warn);
  CHECK(verdict([](FolderFacts& folder) { folder.clock_ahead_seconds = -90; }) == Verdict::warn);
  CHECK(verdict([](FolderFacts& folder) { folder.has_links = false; }) == Verdict::ok);
}

TEST_CASE("a missing cache, a clock before the build and a missing git are doubtful") {
  DoctorFacts facts = healthy();
  facts.cache = {};
  facts.clock.now = 0;
  facts.git.clear();
  for (const char* topic : {"cache", "clock", "tools"}) {
    CHECK_MESSAGE(finding_on(topic, facts).verdict == Verdict::warn, topic);
    CHECK(!finding_on(topic, facts).way_out.empty());
  }
}

TEST_CASE("a folder is tried where it will be made, and nothing stays behind") {
  const TemporaryFolder folder;
  const FolderFacts facts = look_at_folder(folder.path() / "deep" / "results", true);
  CHECK(facts.trouble == "");
  CHECK(!facts.is_there);
  CHECK(facts.tried_in == folder.path().string());
  CHECK(facts.is_lock_kept);
  CHECK(facts.durable_write_seconds > 0);
  CHECK(facts.free_bytes > 0);
  CHECK(facts.file_system != "");
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a file in the place of the results folder is trouble") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "results") << "no folder\n";
  CHECK(look_at_folder(folder.path() / "results", true).trouble != "");
}

TEST_CASE("a question without an answer is given up") {
  const std::optional<int> none = within<int>(std::chrono::milliseconds(20), [] {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    return 1;
  });
  CHECK(!none);
  CHECK(within<int>(std::chrono::seconds(10), [] { return 7; }) == 7);
}

TEST_CASE("what a worker that misbehaves does is told, and none is waited for without end") {
  const TemporaryFolder folder;
  const std::filesystem::path program = folder.path() / "worker";
  const auto ask = [&](const std::string& script) {
    std::ofstream(program) << "#!/bin/sh\n" << script << '\n';
    ::chmod(program.c_str(), 0755);
    ::setenv("BUNSEN_WORKER_PROGRAM", program.c_str(), 1);
    Interruption interruption;
    WorkerAnswer answer = ask_worker(1, std::chrono::milliseconds(300), interruption);
    ::unsetenv("BUNSEN_WORKER_PROGRAM");
    return answer;
  };
  const std::string hello =
      R"(echo '{"event": "hello", "protocol": 1, "version": "9", "build": "x", "libtorch": "2", "devices": ["cpu"]}')";
  const std::string description =
      R"(read line; echo '{"event": "description", "id": "doctor", "blas": "none"}')";

  CHECK(says(ask("echo no such library >&2; exit 127").worker.trouble, "ended with exit code 127"));
  CHECK(says(ask("echo no such library >&2; exit 127").worker.trouble, "no such library"));
  CHECK(says(ask("kill -SEGV $$").worker.trouble, "was killed by signal 11"));
  CHECK(says(ask("exec sleep 60").worker.trouble, "does not answer within 0.3 s"));
  CHECK(says(ask("echo '{]'").worker.trouble, "bunsen-worker:1:2"));
  CHECK(says(ask(R"(echo '{"event": "hello", "protocol": 9}'; exec sleep 60)").worker.trouble,
             "another protocol"));
  CHECK(says(ask(hello + "\nexec sleep 60").worker.trouble, "does not answer"));

  const WorkerAnswer dies_in_training = ask(hello + "\n" + description + "\nread line; kill -9 $$");
  CHECK(dies_in_training.worker.trouble == "");
  CHECK(dies_in_training.worker.version == "9");
  CHECK(says(dies_in_training.trial.trouble, "was killed by signal 9"));
  const WorkerAnswer fails = ask(hello + "\n" + description +
                                 R"(
read line; echo '{"event": "failed", "id": "first", "reason": "out of memory"}'; read line)");
  CHECK(fails.trial.trouble == "out of memory");
}

}  // namespace bunsen
