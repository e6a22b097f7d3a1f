#include "results/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/errors.h"
#include "base/files.h"
#include "config/json.h"
#include "results/run_folder.h"

namespace bunsen {
namespace {

std::string random_token() {
  std::array<std::uint8_t, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw UserError(fmt::format("can't draw a random token: {}", system_reason(errno)));
  }
  std::string token;
  for (const std::uint8_t byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

std::string lock_text(const std::string& token) {
  Node node = Node::map();
  node.set("token", Node::string(token));
  add_to(node, this_process());
  return json_document(node);
}

struct Holder {
  std::string token;
  ProcessIdentity process;
};

/// Nothing if there is no lock; an empty holder if it can't be understood.
std::optional<Holder> read_holder(const std::filesystem::path& path) {
  const std::optional<std::string> text = read_file_if_there(path);
  if (!text) return std::nullopt;
  try {
    const Node node = read_json(*text, path.string());
    const Node* token = node.find("token");
    return Holder{token == nullptr ? "" : token->as_string().value_or(""), process_of(node)};
  } catch (const UserError&) {
    return Holder{};
  }
}

std::int64_t changed_at(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mtim.tv_sec : 0;
}

/// The file that `path` names now, kept apart from other takers while this lives.
class Guard {
 public:
  explicit Guard(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    // File systems without flock() lose only the protection of two takers in the same instant.
    if (descriptor_ >= 0) ::flock(descriptor_, LOCK_EX);
    struct stat held {};
    struct stat now {};
    is_current_ = descriptor_ >= 0 && ::fstat(descriptor_, &held) == 0 && ::stat(path.c_str(), &now) == 0 &&
                  held.st_ino == now.st_ino && held.st_dev == now.st_dev;
  }
  ~Guard() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  /// Is it still the file at the path?
  bool is_current() const { return is_current_; }

 private:
  int descriptor_;
  bool is_current_ = false;
};

/// Makes `path` the finished file `temporary`, unless it is there. False if it is.
bool publish(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  if (::link(temporary.c_str(), path.c_str()) == 0) return true;
  if (errno == EEXIST) {
    // Over NFS a link may be made and its answer lost.
    struct stat status {};
    return ::stat(temporary.c_str(), &status) == 0 && status.st_nlink == 2;
  }
  const bool has_no_links = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
  if (!has_no_links) throw UserError(fmt::format("can't write {}: {}", path.string(), system_reason(errno)));
  return create_file_exclusively(path, read_file(temporary));
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& run_folder)
    : path_(run_folder / run_files::lock),
      token_(random_token()),
      owner_pid_(::getpid()),
      last_beat_(std::chrono::steady_clock::now()) {
  temporary_ = path_.string() + "." + token_;
  try {
    if (!create_file_exclusively(temporary_, lock_text(token_)))
      throw UserError(fmt::format("{} exists", temporary_.string()));
    take();
  } catch (...) {
    ::unlink(temporary_.c_str());
    throw;
  }
  ::unlink(temporary_.c_str());
}

void RunLock::take() {
  constexpr int most_tries = 100;
  for (int i = 0; i < most_tries; ++i) {
    if (publish(temporary_, path_)) return;
    const std::optional<Holder> holder = read_holder(path_);
    if (!holder) continue;
    const std::int64_t last_seen = changed_at(path_);
    const Liveness liveness = liveness_of(holder->process, last_seen);
    const bool is_stale = changed_at(temporary_) - last_seen > stale_after_seconds;
    if (liveness == Liveness::alive || (liveness == Liveness::elsewhere && !is_stale)) {
      throw RunBusy(fmt::format("{} is being written by process {} on {}; wait for it, or stop it",
                                path_.parent_path().string(), holder->process.pid,
                                holder->process.host.empty() ? "an unknown host" : holder->process.host));
    }
    if (replace_dead(holder->token)) return;
  }
  throw RunBusy(fmt::format("{} is being written by other processes that come and go; try again",
                            path_.parent_path().string()));
}

bool RunLock::replace_dead(const std::string& seen_token) const {
  const Guard guard(path_);
  if (!guard.is_current()) return false;
  const std::optional<Holder> holder = read_holder(path_);
  if (!holder || holder->token != seen_token) return false;
  if (::rename(temporary_.c_str(), path_.c_str()) == 0) return true;
  throw UserError(fmt::format("can't write {}: {}", path_.string(), system_reason(errno)));
}

bool RunLock::is_mine() const {
  const std::optional<Holder> holder = read_holder(path_);
  return holder && holder->token == token_;
}

void RunLock::beat() {
  constexpr std::chrono::seconds between_beats(10);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_beat_ < between_beats) return;
  last_beat_ = now;
  if (is_mine()) ::utimensat(AT_FDCWD, path_.c_str(), nullptr, 0);
}

void RunLock::release() const {
  const Guard guard(path_);
  if (guard.is_current() && is_mine()) ::unlink(path_.c_str());
}

RunLock::~RunLock() {
  // A forked child has a copy of this object, not of the right.
  if (::getpid() != owner_pid_) return;
  try {
    release();
  } catch (const UserError&) {
    return;  // left to be found dead
  }
}

}  // namespace bunsen
