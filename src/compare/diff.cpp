#include "compare/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/errors.h"
#include "base/text.h"

namespace bunsen {
namespace {

constexpr std::array<std::string_view, 3> parts = {"train", "validation", "test"};
// What a run is called is not what it is; the heading tells it.
constexpr std::array<std::string_view, 3> labels_of_config = {"name", "description", "tags"};
constexpr std::array<std::string_view, 5> provenance_keys = {"host", "git_commit", "git_dirty", "source_file",
                                                             "command_line"};

const Node nothing = Node::map();

const Node& block(const Node& document, std::string_view key) {
  const Node* found = document.find(key);
  return found != nullptr ? *found : nothing;
}

bool is_provenance(const std::string& key) {
  return std::find(provenance_keys.begin(), provenance_keys.end(), key) != provenance_keys.end();
}

Node comparable_config(const Node& config, bool without_seed) {
  Node out = config;
  for (const std::string_view key : labels_of_config) out.remove(key);
  if (without_seed) out.remove("seed");
  return out;
}

std::string run_title(const DiffRun& run) {
  return run.seed ? fmt::format("{} (seed {})", run.id, *run.seed) : run.id;
}

struct Pairing {
  std::vector<std::pair<const DiffRun*, const DiffRun*>> pairs;
  std::vector<std::string> left_out;
  bool by_seed = false;
};

const DiffRun* of_seed(const DiffSide& side, const std::optional<std::int64_t>& seed) {
  const auto found =
      std::find_if(side.runs.begin(), side.runs.end(), [&](const DiffRun& run) { return run.seed == seed; });
  return found != side.runs.end() ? &*found : nullptr;
}

Pairing paired(const DiffSide& a, const DiffSide& b) {
  Pairing out;
  for (const std::string& reason : a.left_out) out.left_out.push_back("A " + reason);
  for (const std::string& reason : b.left_out) out.left_out.push_back("B " + reason);
  if (a.runs.size() == 1 && b.runs.size() == 1) {
    out.pairs.emplace_back(&a.runs[0], &b.runs[0]);
    return out;
  }
  out.by_seed = true;
  for (const DiffRun& run : a.runs) {
    const DiffRun* other = of_seed(b, run.seed);
    if (other != nullptr) {
      out.pairs.emplace_back(&run, other);
    } else {
      out.left_out.push_back(fmt::format("A {}: no such seed in B", run_title(run)));
    }
  }
  for (const DiffRun& run : b.runs) {
    if (of_seed(a, run.seed) == nullptr)
      out.left_out.push_back(fmt::format("B {}: no such seed in A", run_title(run)));
  }
  return out;
}

std::optional<bool> same_text_at(const Node& a, const Node& b, std::string_view path) {
  const Node* x = a.at_path(path);
  const Node* y = b.at_path(path);
  if (x == nullptr || y == nullptr || x->text.empty() || y->text.empty()) return std::nullopt;
  return x->text == y->text;
}

RunPair run_pair(const DiffRun& a, const DiffRun& b) {
  RunPair pair;
  if (a.seed == b.seed) pair.seed = a.seed;
  pair.id_a = a.id;
  pair.id_b = b.id;
  pair.status_a = a.status;
  pair.status_b = b.status;
  pair.same_initial_weights = same_text_at(a.result, b.result, "weights.initial_sha256");
  pair.same_final_weights = same_text_at(a.result, b.result, "weights.final_sha256");
  return pair;
}

void add_value(Node& present, const Node& value) {
  if (present.same_as(value)) return;
  if (!present.is_list()) present = Node::list({present});
  const auto is_same = [&](const Node& known) { return known.same_as(value); };
  if (std::none_of(present.items.begin(), present.items.end(), is_same)) present.push(value);
}

// A block of several runs as one map of paths: a value that all share stands alone, others are a list.
Node merged(const std::vector<const DiffRun*>& runs, std::string_view key) {
  Node out = Node::map();
  for (const DiffRun* run : runs) {
    for (const auto& [path, leaf] : leaves(block(run->result, key))) {
      if (path.empty()) continue;
      Node* present = out.find(path);
      if (present != nullptr) {
        add_value(*present, *leaf);
      } else {
        out.set(path, *leaf);
      }
    }
  }
  return out;
}

// Of two merged blocks; the values of several runs are one thing, not a list to walk through.
LeafChanges block_changes(const Node& a, const Node& b) {
  LeafChanges out;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    const Node* other = b.find(a.keys[i].text);
    const bool is_same = other != nullptr && other->same_as(a.items[i]);
    if (is_same) {
      ++out.equal_count;
    } else {
      out.items.push_back(
          {a.keys[i].text, a.items[i], other != nullptr ? std::optional<Node>(*other) : std::nullopt});
    }
  }
  for (std::size_t i = 0; i < b.items.size(); ++i) {
    if (a.find(b.keys[i].text) == nullptr) out.items.push_back({b.keys[i].text, std::nullopt, b.items[i]});
  }
  return out;
}

Node keys_of(const Node& environment, bool of_provenance) {
  Node out = Node::map();
  for (std::size_t i = 0; i < environment.items.size(); ++i) {
    const std::string& key = environment.keys[i].text;
    if (is_provenance(key) == of_provenance) out.set(key, environment.items[i]);
  }
  return out;
}

void compare_blocks(const Pairing& pairing, Difference& out) {
  std::vector<const DiffRun*> runs_a, runs_b;
  for (const auto& [a, b] : pairing.pairs) {
    runs_a.push_back(a);
    runs_b.push_back(b);
  }
  if (pairing.pairs.empty()) {
    for (const DiffRun& run : out.a.runs) runs_a.push_back(&run);
    for (const DiffRun& run : out.b.runs) runs_b.push_back(&run);
  }
  out.data = block_changes(merged(runs_a, "dataset"), merged(runs_b, "dataset"));
  const Node environment_a = merged(runs_a, "environment"), environment_b = merged(runs_b, "environment");
  out.environment = block_changes(keys_of(environment_a, false), keys_of(environment_b, false));
  out.provenance = block_changes(keys_of(environment_a, true), keys_of(environment_b, true));
}

Node model_size(const Node& result) {
  Node out = Node::map();
  const Node& model = block(result, "model");
  if (const Node* parameters = model.find("parameters")) out.set("parameters", *parameters);
  std::int64_t macs = 0;
  for (const Node& layer : block(model, "layers").items) {
    const Node* layer_macs = layer.find("macs");
    macs += layer_macs != nullptr ? layer_macs->as_integer().value_or(0) : 0;
  }
  if (model.find("layers") != nullptr) out.set("multiply_adds", Node::number(macs));
  return out;
}

std::optional<double> number_at(const Node& document, std::string_view path) {
  const Node* node = document.at_path(path);
  return node != nullptr ? node->as_number() : std::nullopt;
}

void add_metric_names(const Node& result, std::vector<std::string>& names) {
  for (const std::string_view part : parts) {
    const Node& metrics = block(block(result, "final"), part);
    for (std::size_t i = 0; i < metrics.items.size(); ++i) {
      const std::string name = fmt::format("{}.{}", part, metrics.keys[i].text);
      const bool is_new = std::find(names.begin(), names.end(), name) == names.end();
      if (is_new && metrics.items[i].as_number()) names.push_back(name);
    }
  }
}

std::optional<double> mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::vector<double> values_of(const DiffSide& side, const std::string& path) {
  std::vector<double> values;
  for (const DiffRun& run : side.runs) {
    if (const std::optional<double> value = number_at(run.result, path)) values.push_back(*value);
  }
  return values;
}

MetricDifference metric_difference(const std::string& name, const Pairing& pairing, const DiffSide& a,
                                   const DiffSide& b) {
  MetricDifference out;
  out.name = name;
  const std::string path = "final." + name;
  std::vector<double> values_a, values_b, differences;
  for (const auto& [run_a, run_b] : pairing.pairs) {
    const ValuePair pair{run_a->seed == run_b->seed ? run_a->seed : std::nullopt,
                         number_at(run_a->result, path), number_at(run_b->result, path)};
    out.pairs.push_back(pair);
    out.missing_count += (pair.a ? 0U : 1U) + (pair.b ? 0U : 1U);
    if (!pair.a || !pair.b) continue;
    values_a.push_back(*pair.a);
    values_b.push_back(*pair.b);
    differences.push_back(*pair.b - *pair.a);
  }
  if (pairing.pairs.empty()) {
    values_a = values_of(a, path);
    values_b = values_of(b, path);
  }
  out.mean_a = mean(values_a);
  out.mean_b = mean(values_b);
  out.mean_difference = mean(differences);
  if (pairing.pairs.empty() && out.mean_a && out.mean_b) out.mean_difference = *out.mean_b - *out.mean_a;
  return out;
}

// Paths of an epoch's values in the order in which a reader wants to hear of them.
std::vector<std::string> measured_paths(const Node& epoch) {
  std::vector<std::string> paths;
  for (const std::string_view part : parts) {
    for (const auto& [below, leaf] : leaves(block(epoch, part))) {
      if (!below.empty()) paths.push_back(fmt::format("{}.{}", part, below));
    }
  }
  return paths;
}

// A layer is called by its index where it has no name, so paths are walked by key, not taken apart at dots.
std::optional<std::string> first_difference(const Node& a, const Node& b, double& value_a, double& value_b) {
  for (const std::string& path : measured_paths(a)) {
    const std::optional<double> x = number_at(a, path), y = number_at(b, path);
    if (!x || !y || same_scalar(*a.at_path(path), *b.at_path(path))) continue;
    value_a = *x;
    value_b = *y;
    return path;
  }
  for (const LeafChange& change : leaf_changes(block(a, "layers"), block(b, "layers")).items) {
    if (!change.a || !change.b || !change.a->as_number() || !change.b->as_number()) continue;
    value_a = *change.a->as_number();
    value_b = *change.b->as_number();
    return "layers." + change.path;
  }
  const std::optional<double> x = number_at(a, "learning_rate"), y = number_at(b, "learning_rate");
  if (!x || !y || *x == *y) return std::nullopt;
  value_a = *x;
  value_b = *y;
  return "learning_rate";
}

CurveDifference curve_difference(const DiffRun& a, const DiffRun& b) {
  const Node& epochs_a = block(a.result, "epochs");
  const Node& epochs_b = block(b.result, "epochs");
  CurveDifference out;
  if (a.seed == b.seed) out.seed = a.seed;
  out.epochs_a = static_cast<std::int64_t>(epochs_a.items.size());
  out.epochs_b = static_cast<std::int64_t>(epochs_b.items.size());
  for (std::size_t i = 0; i < std::min(epochs_a.items.size(), epochs_b.items.size()); ++i) {
    const std::optional<std::string> metric =
        first_difference(epochs_a.items[i], epochs_b.items[i], out.a, out.b);
    if (!metric) continue;
    out.epoch = static_cast<std::int64_t>(i) + 1;
    out.metric = *metric;
    break;
  }
  return out;
}

void compare_runs(Difference& out) {
  const Pairing pairing = paired(out.a, out.b);
  out.compares_runs = true;
  out.by_seed = pairing.by_seed;
  out.left_out = pairing.left_out;
  compare_blocks(pairing, out);
  std::vector<std::string> names;
  for (const DiffSide* side : {&out.a, &out.b}) {
    for (const DiffRun& run : side->runs) add_metric_names(run.result, names);
  }
  for (const auto& [a, b] : pairing.pairs) {
    out.pairs.push_back(run_pair(*a, *b));
    out.curves.push_back(curve_difference(*a, *b));
  }
  for (const std::string& name : names) out.metrics.push_back(metric_difference(name, pairing, out.a, out.b));
  if (!out.a.runs.empty() && !out.b.runs.empty()) {
    out.model = leaf_changes(model_size(out.a.runs[0].result), model_size(out.b.runs[0].result));
  }
}

}  // namespace

Difference difference(const DiffSide& a, const DiffSide& b) {
  Difference out;
  out.a = a;
  out.b = b;
  if ((a.kind == SideKind::document) != (b.kind == SideKind::document)) {
    const DiffSide& other = a.kind == SideKind::document ? a : b;
    throw UserError(fmt::format(
        "{}: holds neither a run nor a config, so it can't be compared with one; name two of a kind",
        other.argument));
  }
  if (a.kind == SideKind::document) {
    out.document = leaf_changes(a.document, b.document);
    return out;
  }
  if (a.kind == SideKind::runs && b.kind == SideKind::runs) compare_runs(out);
  out.compares_configs = true;
  out.config =
      leaf_changes(comparable_config(a.config, out.by_seed), comparable_config(b.config, out.by_seed));
  explain(out.config, a.config, a.causes, b.config, b.causes);
  return out;
}

bool differs(const Difference& difference) {
  for (const LeafChanges* changes : {&difference.config, &difference.data, &difference.model,
                                     &difference.environment, &difference.document}) {
    if (!changes->items.empty()) return true;
  }
  for (const RunPair& pair : difference.pairs) {
    if (pair.status_a != pair.status_b || pair.same_final_weights == false ||
        pair.same_initial_weights == false)
      return true;
  }
  for (const MetricDifference& metric : difference.metrics) {
    for (const ValuePair& pair : metric.pairs) {
      const bool both_nan = pair.a && pair.b && std::isnan(*pair.a) && std::isnan(*pair.b);
      if (pair.a != pair.b && !both_nan) return true;
    }
    // Without pairs only the means can tell.
    if (metric.pairs.empty() && metric.mean_a != metric.mean_b) return true;
  }
  return std::any_of(difference.curves.begin(), difference.curves.end(), [](const CurveDifference& curve) {
    return curve.epoch || curve.epochs_a != curve.epochs_b;
  });
}

bool is_incomplete(const Difference& difference) {
  if (!difference.compares_runs) return false;
  if (difference.pairs.empty() || !difference.left_out.empty() || difference.metrics.empty()) return true;
  return std::any_of(difference.metrics.begin(), difference.metrics.end(),
                     [](const MetricDifference& metric) { return metric.missing_count > 0; });
}

}  // namespace bunsen
