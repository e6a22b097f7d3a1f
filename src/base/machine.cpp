#include "base/machine.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/number_text.h"
#include "base/text.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

/// A file of the kernel's; one that can't be read says as little as one that is not there.
std::string kernel_text(const fs::path& path) {
  try {
    return read_file_if_there(path).value_or("");
  } catch (const UserError&) {
    return "";
  }
}

std::optional<std::int64_t> positive_number(std::string_view text) {
  const IntegerText number = parse_integer(trim(text));
  if (number.error != NumberError::none || number.value <= 0) return std::nullopt;
  return number.value;
}

bool has_word(const std::string& words, std::string_view word) {
  const std::vector<std::string> parts = split(words, ',');
  return std::find(parts.begin(), parts.end(), word) != parts.end();
}

/// One hierarchy of control groups, and where in it this process is.
struct ControlGroup {
  fs::path mount;   ///< where the hierarchy is mounted
  fs::path folder;  ///< this process's group, below `mount` or the same
  bool is_version_2 = false;
};

/// The path of this process's group in the hierarchy: `0::/user.slice` (version 2, no controllers named) or
/// `4:memory:/jobs/7`.
std::optional<std::string> group_path(const fs::path& root, bool is_version_2, std::string_view controller) {
  for (const std::string& line : split(kernel_text(root / "proc/self/cgroup"), '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (is_version_2 ? controllers.empty() : has_word(controllers, controller))
      return line.substr(second + 1);
  }
  return std::nullopt;
}

/// `path` below a mount that shows the hierarchy from `shown` on. In a container the two often don't fit
/// together; then the mount is all that can be seen.
fs::path group_folder(const fs::path& mount, const std::string& shown, const std::string& path) {
  const std::string prefix = shown == "/" ? "" : shown;
  const bool is_below =
      path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
  if (!is_below) return mount;
  const std::string rest = path.substr(prefix.size());
  if (rest.size() <= 1 || rest.find("/..") != std::string::npos) return mount;
  return mount / rest.substr(1);
}

/// The hierarchies that can limit `controller`, from the table of mounts:
/// `30 25 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw`.
std::vector<ControlGroup> control_groups(const fs::path& root, std::string_view controller) {
  std::vector<ControlGroup> groups;
  for (const std::string& line : split(kernel_text(root / "proc/self/mountinfo"), '\n')) {
    const std::size_t dash = line.find(" - cgroup");
    if (dash == std::string::npos) continue;
    const std::vector<std::string> left = split(line.substr(0, dash), ' ');
    const std::vector<std::string> right = split(line.substr(dash + 3), ' ');
    if (left.size() < 5 || right.size() < 3) continue;
    const bool is_version_2 = right[0] == "cgroup2";
    if (!is_version_2 && !has_word(right[2], controller)) continue;
    const std::optional<std::string> path = group_path(root, is_version_2, controller);
    const fs::path mount = root / fs::path(left[4]).relative_path();
    groups.push_back({mount, path ? group_folder(mount, left[3], *path) : mount, is_version_2});
  }
  return groups;
}

/// The smallest number that `read` finds in the group and in all around it, since each of them limits.
template <class Number, class Read>
std::optional<Number> smallest(const ControlGroup& group, const Read& read) {
  std::optional<Number> least;
  for (fs::path folder = group.folder;; folder = folder.parent_path()) {
    const std::optional<Number> here = read(folder);
    if (here && (!least || *here < *least)) least = here;
    if (folder == group.mount || !folder.has_relative_path()) return least;
  }
}

std::optional<std::int64_t> memory_limit(const ControlGroup& group) {
  // Without a limit, version 2 says `max` and version 1 a number close to 2^63.
  constexpr std::int64_t no_limit = std::int64_t{1} << 60;
  const std::string_view file = group.is_version_2 ? "memory.max" : "memory.limit_in_bytes";
  return smallest<std::int64_t>(group, [&](const fs::path& folder) {
    const std::optional<std::int64_t> bytes = positive_number(kernel_text(folder / file));
    return bytes && *bytes < no_limit ? bytes : std::nullopt;
  });
}

std::optional<double> cores_of(std::string_view quota, std::string_view period) {
  const std::optional<std::int64_t> part = positive_number(quota);
  const std::optional<std::int64_t> whole = positive_number(period);
  if (!part || !whole) return std::nullopt;
  return static_cast<double>(*part) / static_cast<double>(*whole);
}

std::optional<double> core_limit(const ControlGroup& group) {
  return smallest<double>(group, [&](const fs::path& folder) -> std::optional<double> {
    if (!group.is_version_2)
      return cores_of(kernel_text(folder / "cpu.cfs_quota_us"), kernel_text(folder / "cpu.cfs_period_us"));
    // `200000 100000` (quota, period) means two cores; `max 100000` no limit.
    const std::string text = kernel_text(folder / "cpu.max");
    const std::vector<std::string> parts = split(trim(text), ' ');
    return parts.size() == 2 ? cores_of(parts[0], parts[1]) : std::nullopt;
  });
}

/// `MemTotal:       24529624 kB`.
std::int64_t kibibytes_at(const std::string& text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with(key) || !line.ends_with(" kB")) continue;
    const std::string_view number = std::string_view(line).substr(key.size(), line.size() - key.size() - 3);
    return positive_number(number).value_or(0) * 1024;
  }
  return 0;
}

}  // namespace

std::int64_t peak_memory_bytes() { return kibibytes_at(kernel_text("/proc/self/status"), "VmHWM:"); }

void forget_peak_memory() {
  const int file = ::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  // 5 resets VmHWM and touches nothing else. A kernel that refuses leaves a peak that is too high.
  [[maybe_unused]] const ssize_t written = ::write(file, "5", 1);
  ::close(file);
}

std::int64_t MemoryFacts::usable_bytes() const {
  if (!control_group_bytes) return total_bytes;
  return total_bytes > 0 ? std::min(total_bytes, *control_group_bytes) : *control_group_bytes;
}

std::int64_t CoreFacts::usable() const {
  std::int64_t cores = scheduled;
  if (control_group_cores)
    cores = std::min(cores, static_cast<std::int64_t>(std::ceil(*control_group_cores)));
  return std::max<std::int64_t>(1, cores);
}

MemoryFacts memory_facts(const fs::path& root) {
  MemoryFacts facts;
  const std::string text = kernel_text(root / "proc/meminfo");
  facts.total_bytes = kibibytes_at(text, "MemTotal:");
  facts.available_bytes = kibibytes_at(text, "MemAvailable:");
  for (const ControlGroup& group : control_groups(root, "memory")) {
    const std::optional<std::int64_t> limit = memory_limit(group);
    if (limit && *limit < facts.control_group_bytes.value_or(*limit + 1)) facts.control_group_bytes = limit;
  }
  return facts;
}

CoreFacts core_facts(const fs::path& root) {
  CoreFacts facts;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) facts.scheduled = CPU_COUNT(&allowed);
  for (const ControlGroup& group : control_groups(root, "cpu")) {
    const std::optional<double> limit = core_limit(group);
    if (limit && *limit < facts.control_group_cores.value_or(*limit + 1)) facts.control_group_cores = limit;
  }
  return facts;
}

}  // namespace bunsen
