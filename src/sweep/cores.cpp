#include "sweep/cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/number_text.h"
#include "base/text.h"

namespace bunsen {
namespace {

std::int64_t scheduled_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

/// `200000 100000` (quota, period) means two cores; `max 100000` no limit.
std::optional<std::int64_t> cores_of_quota(const std::string& text) {
  const std::vector<std::string> parts = split(trim(text), ' ');
  if (parts.size() != 2) return std::nullopt;
  const RealText quota = parse_real(parts[0]);
  const RealText period = parse_real(parts[1]);
  if (quota.error != NumberError::none || period.error != NumberError::none || period.value <= 0)
    return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(quota.value / period.value));
}

}  // namespace

std::int64_t usable_cores() {
  std::int64_t cores = scheduled_cores();
  if (const std::optional<std::string> limit = read_file_if_there("/sys/fs/cgroup/cpu.max")) {
    cores = std::min(cores, cores_of_quota(*limit).value_or(cores));
  }
  return std::max<std::int64_t>(1, cores);
}

}  // namespace bunsen
