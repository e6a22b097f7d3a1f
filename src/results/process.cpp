#include "results/process.h"

#include <unistd.h>

#include <array>
#include <optional>
#include <sstream>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace bunsen {
namespace {

std::string text_of(const std::string& path) {
  try {
    return read_file_if_there(path).value_or("");
  } catch (const UserError&) {
    return {};
  }
}

std::string own_host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string own_boot_id() { return std::string(trim(text_of("/proc/sys/kernel/random/boot_id"))); }

std::string own_pid_namespace() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
}

/// Seconds since 1970 at which this machine was started.
std::int64_t boot_seconds() {
  std::istringstream lines(text_of("/proc/stat"));
  for (std::string word; lines >> word;) {
    std::int64_t seconds = 0;
    if (word == "btime" && lines >> seconds) return seconds;
  }
  return 0;
}

/// Nothing if there is no such process or it is only waiting to be buried.
std::optional<std::int64_t> start_time_of(std::int64_t pid) {
  const std::string text = text_of("/proc/" + std::to_string(pid) + "/stat");
  // The name in parentheses may hold anything; the fields after it are words, the third (state) first.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string state;
  fields >> state;
  if (state == "Z" || state == "X") return std::nullopt;
  std::string skipped;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  std::int64_t start = 0;
  if (fields >> start) return start;
  return std::nullopt;
}

}  // namespace

ProcessIdentity this_process() {
  const std::int64_t pid = ::getpid();
  return {own_host(), own_boot_id(), own_pid_namespace(), pid, start_time_of(pid).value_or(0)};
}

Liveness liveness_of(const ProcessIdentity& process, std::int64_t last_seen) {
  if (process.pid <= 0 || process.host != own_host()) return Liveness::elsewhere;
  if (process.boot_id != own_boot_id())
    return last_seen < boot_seconds() ? Liveness::dead : Liveness::elsewhere;
  if (process.pid_namespace != own_pid_namespace()) return Liveness::elsewhere;
  return start_time_of(process.pid) == process.start_time ? Liveness::alive : Liveness::dead;
}

void add_to(Node& map, const ProcessIdentity& process) {
  map.set("host", Node::string(process.host));
  map.set("boot_id", Node::string(process.boot_id));
  map.set("pid_namespace", Node::string(process.pid_namespace));
  map.set("pid", Node::number(process.pid));
  map.set("start_time", Node::number(process.start_time));
}

ProcessIdentity process_of(const Node& map) {
  const auto text = [&](const char* key) {
    return map.find(key) ? map.find(key)->as_string().value_or("") : std::string();
  };
  const auto number = [&](const char* key) {
    return map.find(key) ? map.find(key)->as_integer().value_or(0) : 0;
  };
  return {text("host"), text("boot_id"), text("pid_namespace"), number("pid"), number("start_time")};
}

}  // namespace bunsen
