#include "base/machine.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

namespace bunsen {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t gib = std::int64_t{1} << 30;

/// A kernel's files under a folder that is gone afterwards.
class Kernel {
 public:
  Kernel() : root_(fs::temp_directory_path() / ("bunsen-kernel-" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
    write("proc/meminfo",
          "MemTotal:       16777216 kB\nMemFree:         1 kB\nMemAvailable:    8388608 kB\n");
  }
  ~Kernel() { fs::remove_all(root_); }
  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("without control groups the machine's memory is the limit") {
  const Kernel kernel;
  const MemoryFacts facts = memory_facts(kernel.root());
  CHECK(facts.total_bytes == 16 * gib);
  CHECK(facts.available_bytes == 8 * gib);
  CHECK_FALSE(facts.control_group_bytes);
  CHECK(facts.usable_bytes() == 16 * gib);
}

TEST_CASE("control groups of version 2: the smallest limit among the parents counts") {
  const Kernel kernel;
  kernel.write("proc/self/cgroup", "0::/jobs.slice/job-7\n");
  kernel.write("proc/self/mountinfo",
               "24 1 8:1 / / rw - ext4 /dev/sda rw\n"
               "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
  kernel.write("sys/fs/cgroup/jobs.slice/memory.max", "4294967296\n");
  kernel.write("sys/fs/cgroup/jobs.slice/cpu.max", "150000 100000\n");
  kernel.write("sys/fs/cgroup/jobs.slice/job-7/memory.max", "max\n");
  kernel.write("sys/fs/cgroup/jobs.slice/job-7/cpu.max", "max 100000\n");
  CHECK(memory_facts(kernel.root()).usable_bytes() == 4 * gib);
  CHECK(core_facts(kernel.root()).control_group_cores == 1.5);
}

TEST_CASE("control groups of version 1: each controller has a hierarchy, no limit is a huge number") {
  const Kernel kernel;
  kernel.write("proc/self/cgroup", "4:memory:/batch/9\n3:cpu,cpuacct:/batch/9\n1:name=systemd:/\n");
  kernel.write("proc/self/mountinfo",
               "31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
               "32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
  kernel.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  kernel.write("sys/fs/cgroup/memory/batch/9/memory.limit_in_bytes", "2147483648\n");
  kernel.write("sys/fs/cgroup/cpu,cpuacct/batch/9/cpu.cfs_quota_us", "-1\n");
  kernel.write("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "50000\n");
  kernel.write("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us", "100000\n");
  CHECK(memory_facts(kernel.root()).control_group_bytes == 2 * gib);
  CHECK(core_facts(kernel.root()).control_group_cores == 0.5);
  CHECK(core_facts(kernel.root()).usable() == 1);
}

TEST_CASE("in a container the mount shows only the process's own group") {
  const Kernel kernel;
  kernel.write("sys/fs/cgroup/memory.max", "1073741824\n");
  for (const std::string path : {"/docker/ab12", "/", "/../other"}) {
    for (const std::string shown : {"/docker/ab12", "/"}) {
      kernel.write("proc/self/cgroup", "0::" + path + "\n");
      kernel.write("proc/self/mountinfo", "30 24 0:26 " + shown + " /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
      CHECK(memory_facts(kernel.root()).control_group_bytes == gib);
    }
  }
}

TEST_CASE("what can't be read is unknown, and there is always a core") {
  const Kernel kernel;
  kernel.write("proc/meminfo", "nonsense\nMemTotal: many kB\n");
  CHECK(memory_facts(kernel.root()).usable_bytes() == 0);
  CHECK(memory_facts(kernel.root() / "none").usable_bytes() == 0);
  CHECK(core_facts(kernel.root()).usable() >= 1);
}

TEST_CASE("this machine has memory and cores") {
  CHECK(memory_facts().usable_bytes() > 100'000'000);
  CHECK(memory_facts().available_bytes <= memory_facts().total_bytes);
  CHECK(core_facts().usable() <= core_facts().scheduled);
}

}  // namespace bunsen
