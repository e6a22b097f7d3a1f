// run_record.h - what is known of a run, and the JSON document that tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/node.h"
#include "data/dataset.h"
#include "spec/plan.h"
#include "spec/shape.h"

namespace bunsen {

enum class RunState : std::uint8_t { queued, running, completed, diverged, failed, interrupted, pruned };

std::string_view word_of(RunState state);
std::optional<RunState> run_state_of(std::string_view word);

/// Named numbers in a fixed order: `loss`, `accuracy`. NaN and infinities are kept.
using Metrics = std::vector<std::pair<std::string, double>>;
using NamedTexts = std::vector<std::pair<std::string, std::string>>;

struct LayerProbes {
  std::string layer;  ///< its name in the model: `hidden2`, `3`
  Metrics values;     ///< `gradient_norm`, `activation_mean`, ...
};

/// One epoch. The same record stands in the worker's event, in metrics.jsonl and in result.json.
struct EpochRecord {
  std::int64_t epoch = 0;  ///< from 1
  double learning_rate = 0;
  Metrics train;
  Metrics validation;  ///< empty without a validation part
  Metrics test;        ///< empty without a test part
  std::vector<LayerProbes> layers;
  double seconds = 0;  ///< varies; kept apart from what repeats
  double samples_per_second = 0;
};

/// metrics.jsonl and events have a `timing` key at the end; result.json keeps timing in a block of its own.
enum class EpochForm : std::uint8_t { with_timing, repeatable };

Node to_node(const EpochRecord& record, EpochForm form);
/// The reverse; nothing if `node` is no epoch record.
std::optional<EpochRecord> epoch_record_of(const Node& node);

struct RunError {
  std::string message;
  std::optional<std::int64_t> epoch;  ///< in which it happened
  std::optional<std::int64_t> step;   ///< within the epoch, from 1
};

struct LayerRecord {
  std::string name, type;
  Shape in, out;
  std::int64_t parameters = 0;
  std::int64_t macs = 0;  ///< multiply-adds of one sample's forward pass
};

struct ModelRecord {
  std::int64_t parameters = 0;
  std::vector<LayerRecord> layers;
};
ModelRecord model_record(const Plan& plan);

struct FinalRecord {
  Metrics train, validation, test;
  /// Row: true class, column: predicted one; up to 100 classes, else empty.
  std::vector<std::vector<std::int64_t>> confusion_matrix;
};

struct BestRecord {
  std::int64_t epoch = 0;
  std::string metric;  ///< `validation.accuracy`
  double value = 0;
  Metrics train, validation, test;  ///< of that epoch
};

/// An end before the last epoch, because a metric got no better.
struct StoppedEarly {
  std::int64_t epoch = 0;                  ///< the last one
  std::string metric;                      ///< `validation.accuracy`
  std::optional<std::int64_t> best_epoch;  ///< none if the metric never had a value
};

struct WeightsRecord {
  std::string initial_sha256;  ///< of the parameters before the first step; empty: unknown
  std::string final_sha256;
  std::optional<std::int64_t> epoch = {};  ///< whose weights the final ones are, if not the last one's
};

struct TimingRecord {
  std::string started_at, finished_at;  ///< UTC, `2026-01-31T12:00:00Z`
  double total_seconds = 0;
  double training_seconds = 0;         ///< the epochs' sum, evaluation included
  double samples_per_second = 0;       ///< mean over the epochs
  std::int64_t peak_memory_bytes = 0;  ///< peak resident set size of the training process; 0: unknown
};

/// Where and with what it ran; an empty text or zero is unknown and left out.
struct EnvironmentRecord {
  std::string bunsen;  ///< version of the program
  std::string torch;   ///< `2.13.0+cpu`
  std::string device;  ///< `cpu`, `cuda`
  std::string blas, cpu, gpu;
  std::int64_t threads = 0;
  std::string host, os;
  std::string git_commit;  ///< of the folder that the config lies in
  std::optional<bool> git_dirty;
  std::string source_file;  ///< the config or experiment, as given
  std::string command_line;
};

struct RunRecord {
  std::string id, group, name;
  RunState status = RunState::completed;
  Node vars;   ///< map, may be empty
  Node point;  ///< an experiment's axis values, a map, may be empty
  std::optional<RunError> error;
  Node config;                                     ///< resolved, every field written out
  std::optional<DataIdentity> dataset;             ///< unknown if it failed before the data was read
  std::optional<std::int64_t> validation_samples;  ///< held out of the training part
  std::optional<ModelRecord> model;
  std::vector<EpochRecord> epochs;
  std::optional<FinalRecord> final;  ///< absent when it did not get to an end
  std::optional<BestRecord> best;
  std::optional<StoppedEarly> stopped_early;
  WeightsRecord weights;
  TimingRecord timing;
  EnvironmentRecord environment;
  NamedTexts origins;  ///< dotted path of each written leaf -> `mlp.yaml:4:14`
};

/// The document of result.json, as docs/result_format.md says; its text is json_document().
Node to_node(const RunRecord& record);

/// `{name, train: {samples, sha256}, ...}`, the dataset block of result.json.
Node to_node(const DataIdentity& data);

}  // namespace bunsen
