// diff.h - in what two sides differ: runs, configs, or any two documents with numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compare/explain.h"
#include "compare/leaf_changes.h"
#include "config/node.h"

namespace bunsen {

/// A run with a result.
struct DiffRun {
  std::string id;
  std::string folder;  ///< as it can be typed
  std::optional<std::int64_t> seed;
  std::string status;
  Node result;  ///< the document of result.json
};

enum class SideKind : std::uint8_t { runs, config, document };

/// What one argument means.
struct DiffSide {
  std::string argument;
  SideKind kind = SideKind::runs;
  std::string name;                   ///< of the runs or the config
  std::vector<DiffRun> runs;          ///< of one group: their configs are equal but for the seed; one a seed
  std::vector<std::string> left_out;  ///< why other runs do not count: `0123456789 (running): no result yet`
  std::vector<std::string> superseded;  ///< runs in whose place another one of the same seed counts
  Node config;                          ///< of runs: the first one's
  Causes causes;                        ///< its variables, axis values, origins
  Node document;                        ///< for `document`
};

/// One pair of runs' values; nothing where a run has not got the metric.
struct ValuePair {
  std::optional<std::int64_t> seed;
  std::optional<double> a, b;
};

struct MetricDifference {
  std::string name;              ///< `test.accuracy`
  std::vector<ValuePair> pairs;  ///< one a pair of runs, in the order of `Difference::pairs`
  /// Over the pairs in which both have it; when nothing could be paired, over each side's own runs.
  std::optional<double> mean_a, mean_b, mean_difference;
  std::size_t missing_count = 0;  ///< values that one side of a pair has not got
};

/// Where the curves of a pair of runs part.
struct CurveDifference {
  std::optional<std::int64_t> seed;
  std::optional<std::int64_t> epoch;  ///< the first at which a measured value differs
  std::string metric;  ///< the first such value, in the order loss, metrics, layers, learning rate
  double a = 0, b = 0;
  std::int64_t epochs_a = 0, epochs_b = 0;  ///< how long the curves are
};

struct RunPair {
  std::optional<std::int64_t>
      seed;  ///< nothing where two runs of different seeds are held against one another
  std::string id_a, id_b;
  std::string status_a, status_b;
  std::optional<bool> same_initial_weights, same_final_weights;  ///< nothing: not recorded
};

struct Difference {
  DiffSide a, b;
  bool compares_configs = false;
  bool compares_runs = false;
  bool by_seed = false;  ///< pairs were made by seed
  std::vector<RunPair> pairs;
  std::vector<std::string> left_out;  ///< runs without a result or a counterpart, with the reason
  LeafChanges config;  ///< without name, description and tags; without the seed where pairs were made by seed
  LeafChanges data;
  LeafChanges model;        ///< parameters and multiply-adds
  LeafChanges environment;  ///< what can change a number: LibTorch, BLAS, CPU, GPU, threads, device, versions
  LeafChanges provenance;   ///< who asked, from where: host, git, source file, command line
  LeafChanges document;     ///< of two documents that are no results
  std::vector<MetricDifference> metrics;
  std::vector<CurveDifference> curves;
};

/// Holds two sides against one another. Runs of several seeds are paired by seed. Throws UserError if the
/// sides can't be compared (a config and any other document).
Difference difference(const DiffSide& a, const DiffSide& b);

/// Is anything different? Provenance does not count: it says who asked, not what came out.
bool differs(const Difference& difference);

/// Nothing was paired, a run was left out or a metric is missing: an equal rest proves nothing.
bool is_incomplete(const Difference& difference);

}  // namespace bunsen
