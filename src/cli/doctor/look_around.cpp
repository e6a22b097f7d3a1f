#include "cli/doctor/look_around.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <fstream>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/doctor/judge.h"
#include "cli/doctor/scratch_folder.h"
#include "cli/doctor/within.h"
#include "data/known_sets.h"
#include "results/run_folder.h"
#include "results/run_lock.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Behind the first line of a file that begins with `key` and a colon.
std::string described_as(const fs::path& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos)
      return std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return {};
}

CpuFacts look_at_cpu() {
  CpuFacts cpu;
  utsname system{};
  if (::uname(&system) == 0) cpu.architecture = system.machine;
  cpu.model = described_as("/proc/cpuinfo", "model name");
  const std::vector<std::string> flags = split(described_as("/proc/cpuinfo", "flags"), ' ');
  const auto has = [&](std::string_view flag) {
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
  };
  cpu.has_avx2 = has("avx2");
  cpu.has_fma = has("fma");
  cpu.has_avx512 = has("avx512f");
  return cpu;
}

LoadFacts look_at_load() {
  LoadFacts load;
  load.online_cores = std::max<std::int64_t>(1, ::sysconf(_SC_NPROCESSORS_ONLN));
  if (::getloadavg(&load.load, 1) != 1) load.load = 0;
  return load;
}

std::optional<std::int64_t> address_space_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<std::int64_t>(limit.rlim_cur);
}

std::vector<std::string> gpu_names() {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc/driver/nvidia/gpus", ignored))
    names.push_back(described_as(entry.path() / "information", "Model"));
  return names;
}

std::vector<VariableFacts> set_variables() {
  std::vector<VariableFacts> found;
  for (const std::string_view name : known_variables()) {
    const char* value = std::getenv(std::string(name).c_str());
    if (value != nullptr && *value != '\0') found.push_back({std::string(name), value});
  }
  return found;
}

/// Where a program of this name is on the search path; empty: nowhere.
std::string program_on_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "" : path, ':')) {
    const fs::path program = fs::path(folder.empty() ? "." : folder) / name;
    if (::access(program.c_str(), X_OK) == 0) return program.string();
  }
  return {};
}

ClockFacts look_at_clock() {
  ClockFacts clock;
  clock.now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  struct stat program {};
  if (::stat("/proc/self/exe", &program) == 0) clock.program_made = program.st_mtim.tv_sec;
  return clock;
}

std::vector<DataFacts> look_for_data(const DataPlaces& places) {
  std::vector<DataFacts> found;
  for (const KnownSet& set : known_sets()) {
    DataFacts facts;
    facts.name = set.name;
    for (const KnownPlace& place : search_known_set(set, places)) {
      if (place.is_candidate() && facts.folder.empty()) facts.folder = place.folder.string();
      if (place.is_candidate()) continue;
      std::vector<std::string>& passed_over = place.is_broken ? facts.broken : facts.searched;
      passed_over.push_back(fmt::format("{} ({})", place.folder.string(), place.reason));
    }
    if (facts.folder.empty()) facts.way_out = way_out(set, places);
    found.push_back(std::move(facts));
  }
  return found;
}

std::vector<DataFacts> data_that_does_not_answer(milliseconds patience) {
  std::vector<DataFacts> sets;
  for (const KnownSet& set : known_sets()) {
    const std::string silent = fmt::format("a folder that did not answer within {:g} s",
                                           std::chrono::duration<double>(patience).count());
    DataFacts facts;
    facts.name = set.name;
    facts.searched = {silent};
    facts.way_out = "set BUNSEN_DATA to a folder on a disk that answers";
    sets.push_back(std::move(facts));
  }
  return sets;
}

/// The type of the file system that `path` lies on: `36 35 98:0 / /home rw - ext4 /dev/sda1 rw`.
std::string file_system_of(const fs::path& path) {
  std::string type;
  std::size_t longest = 0;
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const std::size_t dash = line.find(" - ");
    const std::vector<std::string> left = split(line.substr(0, dash), ' ');
    if (dash == std::string::npos || left.size() < 5) continue;
    const fs::path relative = path.lexically_relative(left[4]);
    const bool is_below = !relative.empty() && *relative.begin() != "..";
    if (!is_below || left[4].size() < longest) continue;  // of two on the same folder the later one counts
    longest = left[4].size();
    type = split(line.substr(dash + 3), ' ')[0];
  }
  return type;
}

fs::path nearest_that_is_there(fs::path folder) {
  std::error_code ignored;
  while (!fs::is_directory(folder, ignored) && folder != folder.parent_path()) {
    if (fs::exists(fs::symlink_status(folder, ignored))) break;  // a file, or a link that leads nowhere
    folder = folder.parent_path();
  }
  return folder;
}

bool can_link(const fs::path& folder) {
  const fs::path from = folder / "linked";
  if (!create_file_exclusively(from, "")) return false;
  return ::link(from.c_str(), (folder / "link").c_str()) == 0;
}

bool is_second_taker_turned_away(const fs::path& folder) {
  const RunLock held(folder);
  try {
    const RunLock second(folder);
    return false;
  } catch (const RunBusy&) {
    return true;
  }
}

/// The median of a few.
double durable_write_seconds(const fs::path& folder) {
  std::array<double, 5> seconds{};
  for (double& second : seconds) {
    const steady_clock::time_point started = steady_clock::now();
    write_file_atomically(folder / "durable", "{}\n");
    second = std::chrono::duration<double>(steady_clock::now() - started).count();
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

/// The time that the file system writes on a new file, against this machine's.
double clock_ahead_seconds(const fs::path& folder) {
  const fs::path file = folder / "clock";
  create_file_exclusively(file, "");
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return 0;
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec) -
         now;
}

FolderFacts folder_that_does_not_answer(const fs::path& folder, milliseconds patience) {
  FolderFacts facts;
  facts.path = folder.string();
  facts.trouble = fmt::format("{}: no answer within {:g} s; a network file system may hang", folder.string(),
                              std::chrono::duration<double>(patience).count());
  return facts;
}

FolderFacts look_at_folder_within(milliseconds patience, const fs::path& folder, bool is_for_runs) {
  if (folder.empty()) return {};
  return within<FolderFacts>(patience, [=] { return look_at_folder(folder, is_for_runs); })
      .value_or(folder_that_does_not_answer(folder, patience));
}

}  // namespace

FolderFacts look_at_folder(const fs::path& folder, bool is_for_runs) {
  FolderFacts facts;
  facts.path = folder.string();
  try {
    const fs::path whole = fs::absolute(folder).lexically_normal();
    const fs::path there = nearest_that_is_there(whole);
    facts.is_there = there == whole;
    facts.tried_in = there.string();
    facts.file_system = file_system_of(fs::canonical(there));
    struct statvfs space {};
    if (::statvfs(there.c_str(), &space) == 0)
      facts.free_bytes = static_cast<std::int64_t>(space.f_bavail * space.f_frsize);
    const ScratchFolder trial(there);
    if (!is_for_runs) return facts;
    facts.has_links = can_link(trial.path());
    facts.is_lock_kept = is_second_taker_turned_away(trial.path());
    facts.durable_write_seconds = durable_write_seconds(trial.path());
    facts.clock_ahead_seconds = clock_ahead_seconds(trial.path());
  } catch (const std::exception& error) {  // UserError, or what the standard library says of a path
    facts.trouble = error.what();
  }
  return facts;
}

void look_around(DoctorFacts& facts, const fs::path& results, const DataPlaces& places,
                 milliseconds patience) {
  facts.cpu = look_at_cpu();
  facts.cores = core_facts();
  facts.load = look_at_load();
  facts.memory = memory_facts();
  facts.address_space_bytes = address_space_limit();
  facts.gpus = gpu_names();
  facts.variables = set_variables();
  facts.clock = look_at_clock();
  facts.git = program_on_path("git");
  facts.ccache = program_on_path("ccache");
  using Sets = std::vector<DataFacts>;
  facts.data = within<Sets>(patience, [places] {
                 return look_for_data(places);
               }).value_or(data_that_does_not_answer(patience));
  facts.results = look_at_folder_within(patience, results, true);
  facts.cache = look_at_folder_within(patience, places.memory, false);
}

}  // namespace bunsen
