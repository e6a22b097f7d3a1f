// run_folder.h - the life of one run's folder: who may write in it, and what a reader may believe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "results/process.h"
#include "results/run_record.h"

namespace bunsen {

class LineFile;
class RunLock;

/// Names inside a run's folder.
namespace run_files {
inline constexpr std::string_view config = "config.yaml";
inline constexpr std::string_view status = "status.json";
inline constexpr std::string_view lock = "lock";
inline constexpr std::string_view metrics = "metrics.jsonl";
inline constexpr std::string_view result = "result.json";
inline constexpr std::string_view weights = "weights.safetensors";
inline constexpr std::string_view checkpoint = "checkpoint";
inline constexpr std::string_view log = "log.txt";
}  // namespace run_files

/// What status.json says.
struct RunStatus {
  RunState state = RunState::queued;
  std::int64_t attempt = 1;
  ProcessIdentity process;  ///< who wrote it
  std::string token;        ///< of the lock under which it was written
};

/// Nothing if there is none or it can't be understood.
std::optional<RunStatus> read_status(const std::filesystem::path& run_folder);

/// The state to believe: what status.json says, but `interrupted` where it says `running` and that process is
/// dead, and what result.json says where its writer died between the two. Nothing if the folder is no run.
std::optional<RunState> effective_state(const std::filesystem::path& run_folder);

/// Another process writes this run, or has taken it over.
class RunBusy : public UserError {
 public:
  using UserError::UserError;
};

/// The front's part: makes the folder with config.yaml and status `queued`. Leftovers of an attempt that
/// ended without completing are moved to `attempt-N/`. Throws RunBusy if a live process holds it, UserError
/// if it is completed or can't be written.
void prepare_run(const std::filesystem::path& run_folder, std::string_view config_yaml);

/// `results/<name>/latest` -> this run's folder (a relative link, replaced atomically).
void point_latest(const std::filesystem::path& run_folder);

/// The training process's hand on a run folder. It holds `lock`; each commit first re-reads the lock and
/// throws RunBusy if it is no longer its own. All failures are UserError with a path; what was there stays.
class RunWriter {
 public:
  /// Takes the lock, moves leftovers of an earlier attempt away, and sets status `running`. The folder is
  /// made if it is not there (then without config.yaml). Throws RunBusy if another live process holds it,
  /// UserError if the run is completed.
  explicit RunWriter(const std::filesystem::path& run_folder);
  /// Gives the lock back if it is still its own; says nothing about the run.
  ~RunWriter();
  RunWriter(const RunWriter&) = delete;
  RunWriter& operator=(const RunWriter&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::int64_t attempt() const { return attempt_; }

  /// One flushed line in metrics.jsonl.
  void append_epoch(const EpochRecord& record);
  /// To be called often (each step): shows processes on other hosts that this one lives. Costs a clock
  /// reading; touches the lock at most every ten seconds.
  void beat();
  /// Throws RunBusy unless the lock is still this writer's. For whoever writes other files into the folder.
  void confirm() const;
  /// Writes result.json (temporary file, sync, rename, sync of the folder), then the status that `record`
  /// says.
  void commit(const RunRecord& record);
  /// For ends without a result: `interrupted`.
  void set_state(RunState state);

 private:
  std::filesystem::path folder_;
  std::int64_t attempt_ = 1;
  std::unique_ptr<RunLock> lock_;
  std::unique_ptr<LineFile> metrics_;
};

/// After the death of the training process `pid` (already waited for): writes a `failed` result that keeps
/// the epochs of metrics.jsonl; `record` brings everything else (its state becomes `failed`). Does nothing
/// and returns false where the run had already ended or another process holds it. Throws UserError.
bool record_death(const std::filesystem::path& run_folder, std::int64_t pid, RunRecord record);

/// The epochs in a metrics.jsonl, up to the first line that is broken; empty if there is none.
std::vector<EpochRecord> read_epochs(const std::filesystem::path& run_folder);

}  // namespace bunsen
