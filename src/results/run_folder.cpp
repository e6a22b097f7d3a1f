#include "results/run_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "base/files.h"
#include "base/text.h"
#include "config/json.h"
#include "results/run_lock.h"

namespace bunsen {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(std::string_view action, const fs::path& path, int error_number) {
  throw UserError(fmt::format("can't {} {}: {}", action, path.string(), system_reason(error_number)));
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

std::optional<Node> read_document(const fs::path& path) {
  try {
    const std::optional<std::string> text = read_file_if_there(path);
    if (!text) return std::nullopt;
    return read_json(*text, path.string());
  } catch (const UserError&) {
    return std::nullopt;
  }
}

std::optional<RunState> state_in(const Node& node, std::string_view path) {
  const Node* word = node.at_path(path);
  const std::optional<std::string> text = word == nullptr ? std::nullopt : word->as_string();
  return text ? run_state_of(*text) : std::nullopt;
}

std::optional<RunState> result_state(const fs::path& run_folder) {
  const std::optional<Node> result = read_document(run_folder / run_files::result);
  return result ? state_in(*result, "run.status") : std::nullopt;
}

/// When the process that wrote the status last showed that it lived.
std::int64_t last_seen(const fs::path& run_folder) {
  std::int64_t latest = 0;
  for (const std::string_view name : {run_files::lock, run_files::status}) {
    struct stat status {};
    if (::stat((run_folder / name).c_str(), &status) == 0)
      latest = std::max<std::int64_t>(latest, status.st_mtim.tv_sec);
  }
  return latest;
}

bool still_runs(const fs::path& run_folder, const RunStatus& status) {
  const std::int64_t seen = last_seen(run_folder);
  switch (liveness_of(status.process, seen)) {
    case Liveness::alive:
      return true;
    case Liveness::dead:
      return false;
    case Liveness::elsewhere:
      break;
  }
  // A reader writes nothing, so it can only compare with its own clock.
  return std::time(nullptr) - seen <= RunLock::stale_after_seconds;
}

void write_status(const fs::path& run_folder, RunState state, std::int64_t attempt,
                  const std::string& token) {
  Node node = Node::map();
  node.set("status", Node::string(std::string(word_of(state))));
  node.set("attempt", Node::number(attempt));
  add_to(node, this_process());
  node.set("token", Node::string(token));
  write_file_atomically(run_folder / run_files::status, json_document(node));
}

bool has_leftovers(const fs::path& run_folder) {
  for (const std::string_view name :
       {run_files::metrics, run_files::result, run_files::weights, run_files::checkpoint, run_files::log}) {
    if (is_there(run_folder / name)) return true;
  }
  return false;
}

/// Moves what attempt number `attempt` left into `attempt-N/`; going on where an earlier move was cut off.
void move_attempt(const fs::path& run_folder, std::int64_t attempt) {
  const fs::path into = run_folder / fmt::format("attempt-{}", attempt);
  make_folder(into);
  for (const std::string_view name : {run_files::config, run_files::status}) {
    const std::optional<std::string> text = read_file_if_there(run_folder / name);
    if (text && !is_there(into / name)) write_file_atomically(into / name, *text);
  }
  // The result goes last: as long as it is there the folder still says how the attempt ended.
  for (const std::string_view name :
       {run_files::metrics, run_files::weights, run_files::checkpoint, run_files::log, run_files::result}) {
    if (!is_there(run_folder / name)) continue;
    if (is_there(into / name)) fail("move", run_folder / name, EEXIST);
    if (::rename((run_folder / name).c_str(), (into / name).c_str()) != 0)
      fail("move", run_folder / name, errno);
  }
  sync_folder(into);
  sync_folder(run_folder);
}

/// The number of the attempt that begins now, what the one before left moved away. The lock must be held.
std::int64_t begin_attempt(const fs::path& run_folder) {
  const std::optional<RunState> state = effective_state(run_folder);
  if (state == RunState::completed) {
    throw UserError(
        fmt::format("{} holds a completed run, which is never overwritten; train into another folder",
                    run_folder.string()));
  }
  const std::optional<RunStatus> status = read_status(run_folder);
  const std::int64_t attempt = status ? status->attempt : 1;
  // Moving comes before `queued` is written, so a queued attempt has nothing to move.
  const bool has_begun = status ? status->state != RunState::queued : has_leftovers(run_folder);
  if (!has_begun) return attempt;
  move_attempt(run_folder, attempt);
  return attempt + 1;
}

}  // namespace

std::optional<RunStatus> read_status(const fs::path& run_folder) {
  const std::optional<Node> node = read_document(run_folder / run_files::status);
  if (!node) return std::nullopt;
  const std::optional<RunState> state = state_in(*node, "status");
  if (!state) return std::nullopt;
  RunStatus status;
  status.state = *state;
  if (const Node* attempt = node->find("attempt")) status.attempt = attempt->as_integer().value_or(1);
  if (const Node* token = node->find("token")) status.token = token->as_string().value_or("");
  status.process = process_of(*node);
  return status;
}

std::optional<RunState> effective_state(const fs::path& run_folder) {
  const std::optional<RunStatus> status = read_status(run_folder);
  if (status && status->state != RunState::running) return status->state;
  if (const std::optional<RunState> ended = result_state(run_folder)) return ended;
  if (status) return still_runs(run_folder, *status) ? RunState::running : RunState::interrupted;
  if (is_there(run_folder / run_files::config)) return RunState::queued;
  return std::nullopt;
}

void prepare_run(const fs::path& run_folder, std::string_view config_yaml) {
  make_folder(run_folder);
  const RunLock lock(run_folder);
  const std::int64_t attempt = begin_attempt(run_folder);
  write_file_atomically(run_folder / run_files::config, config_yaml);
  write_status(run_folder, RunState::queued, attempt, lock.token());
}

void point_latest(const fs::path& run_folder) {
  fs::path folder = run_folder.lexically_normal();
  if (folder.filename().empty()) folder = folder.parent_path();  // written with a slash at the end
  const fs::path link = folder.parent_path() / "latest";
  const fs::path temporary = link.string() + fmt::format(".{}.tmp", ::getpid());
  ::unlink(temporary.c_str());
  if (::symlink(folder.filename().c_str(), temporary.c_str()) != 0) fail("write", temporary, errno);
  if (::rename(temporary.c_str(), link.c_str()) == 0) return;
  const int reason = errno;
  ::unlink(temporary.c_str());
  fail("write", link, reason);
}

RunWriter::RunWriter(const fs::path& run_folder) : folder_(run_folder) {
  make_folder(folder_);
  lock_ = std::make_unique<RunLock>(folder_);
  attempt_ = begin_attempt(folder_);
  // In this order: a crash between the two must not leave new metrics under the old attempt's status.
  write_status(folder_, RunState::running, attempt_, lock_->token());
  metrics_ = std::make_unique<LineFile>(folder_ / run_files::metrics);
}

RunWriter::~RunWriter() = default;

void RunWriter::append_epoch(const EpochRecord& record) {
  confirm();
  metrics_->append(json_line(to_node(record, EpochForm::with_timing)));
}

void RunWriter::beat() { lock_->beat(); }

void RunWriter::confirm() const {
  if (lock_->is_mine()) return;
  throw RunBusy(
      fmt::format("{} was taken over by another process; this one stops writing", folder_.string()));
}

void RunWriter::commit(const RunRecord& record) {
  const std::string text = json_document(to_node(record));
  metrics_->sync();
  confirm();
  write_file_atomically(folder_ / run_files::result, text);
  set_state(record.status);
}

void RunWriter::set_state(RunState state) {
  confirm();
  write_status(folder_, state, attempt_, lock_->token());
}

bool record_death(const fs::path& run_folder, std::int64_t pid, RunRecord record) {
  try {
    make_folder(run_folder);
    const RunLock lock(run_folder);
    const std::optional<RunStatus> status = read_status(run_folder);
    const bool was_queued = !status || status->state == RunState::queued;
    const bool was_its = status && status->state == RunState::running && status->process.pid == pid;
    if (!was_queued && !was_its) return false;
    const std::int64_t attempt = status ? status->attempt : 1;
    if (const std::optional<RunState> ended = was_its ? result_state(run_folder) : std::nullopt) {
      write_status(run_folder, *ended, attempt, lock.token());
      return false;
    }
    record.status = RunState::failed;
    if (was_its) record.epochs = read_epochs(run_folder);
    write_file_atomically(run_folder / run_files::result, json_document(to_node(record)));
    write_status(run_folder, RunState::failed, attempt, lock.token());
    return true;
  } catch (const RunBusy&) {
    return false;
  }
}

std::vector<EpochRecord> read_epochs(const fs::path& run_folder) {
  const fs::path path = run_folder / run_files::metrics;
  std::vector<EpochRecord> epochs;
  for (const std::string& line : split(read_file_if_there(path).value_or(""), '\n')) {
    if (line.empty()) continue;
    try {
      const std::optional<EpochRecord> epoch = epoch_record_of(read_json(line, path.string()));
      if (!epoch) break;
      epochs.push_back(*epoch);
    } catch (const UserError&) {
      break;  // the line that a crash cut off
    }
  }
  return epochs;
}

}  // namespace bunsen
