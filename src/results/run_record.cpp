#include "results/run_record.h"

#include <array>

namespace bunsen {
namespace {

constexpr std::int64_t schema_version = 1;

constexpr std::array<std::string_view, 7> state_words = {"queued", "running",     "completed", "diverged",
                                                         "failed", "interrupted", "pruned"};

Node map_of(const Metrics& metrics) {
  Node map = Node::map();
  for (const auto& [name, value] : metrics) map.set(name, Node::number(value));
  return map;
}

/// Sets a part's metrics unless the part does not exist.
void set_part(Node& map, const char* key, const Metrics& metrics) {
  if (!metrics.empty()) map.set(key, map_of(metrics));
}

void set_text(Node& map, const char* key, const std::string& text) {
  if (!text.empty()) map.set(key, Node::string(text));
}

Node map_or_empty(const Node& node) { return node.is_map() ? node : Node::map(); }

Node list_of(const std::vector<std::int64_t>& numbers) {
  Node list = Node::list();
  for (const std::int64_t number : numbers) list.push(Node::number(number));
  return list;
}

Node part_node(std::int64_t samples, const std::string& sha256) {
  Node part = Node::map();
  part.set("samples", Node::number(samples));
  part.set("sha256", Node::string(sha256));
  return part;
}

Node run_node(const RunRecord& record) {
  Node run = Node::map();
  run.set("id", Node::string(record.id));
  run.set("group", Node::string(record.group));
  run.set("name", Node::string(record.name));
  run.set("status", Node::string(std::string(word_of(record.status))));
  run.set("vars", map_or_empty(record.vars));
  run.set("point", map_or_empty(record.point));
  if (record.error) {
    Node& error = run.set("error", Node::map());
    error.set("message", Node::string(record.error->message));
    if (record.error->epoch) error.set("epoch", Node::number(*record.error->epoch));
    if (record.error->step) error.set("step", Node::number(*record.error->step));
  }
  return run;
}

Node dataset_node(const DataIdentity& data, const std::optional<std::int64_t>& validation_samples) {
  Node node = Node::map();
  node.set("name", Node::string(data.name));
  node.set("train", part_node(data.train_samples, data.train_sha256));
  if (validation_samples)
    node.set("validation", Node::map()).set("samples", Node::number(*validation_samples));
  if (data.test_samples) node.set("test", part_node(*data.test_samples, data.test_sha256.value_or("")));
  return node;
}

Node model_node(const ModelRecord& model) {
  Node layers = Node::list();
  for (const LayerRecord& layer : model.layers) {
    Node& item = layers.push(Node::map());
    item.set("name", Node::string(layer.name));
    item.set("type", Node::string(layer.type));
    item.set("in", list_of(layer.in.sizes));
    item.set("out", list_of(layer.out.sizes));
    item.set("parameters", Node::number(layer.parameters));
    item.set("macs", Node::number(layer.macs));
  }
  Node node = Node::map();
  node.set("parameters", Node::number(model.parameters));
  node.set("layers", std::move(layers));
  return node;
}

Node final_node(const FinalRecord& final) {
  Node node = Node::map();
  set_part(node, "train", final.train);
  set_part(node, "validation", final.validation);
  set_part(node, "test", final.test);
  if (final.confusion_matrix.empty()) return node;
  Node matrix = Node::list();
  for (const std::vector<std::int64_t>& row : final.confusion_matrix) matrix.push(list_of(row));
  Node* part = node.find(final.test.empty() ? "validation" : "test");
  if (part != nullptr) part->set("confusion_matrix", std::move(matrix));
  return node;
}

Node best_node(const BestRecord& best) {
  Node node = Node::map();
  node.set("epoch", Node::number(best.epoch));
  node.set("metric", Node::string(best.metric));
  node.set("value", Node::number(best.value));
  set_part(node, "train", best.train);
  set_part(node, "validation", best.validation);
  set_part(node, "test", best.test);
  return node;
}

Node stopped_early_node(const StoppedEarly& stopped) {
  Node node = Node::map();
  node.set("epoch", Node::number(stopped.epoch));
  node.set("metric", Node::string(stopped.metric));
  if (stopped.best_epoch) node.set("best_epoch", Node::number(*stopped.best_epoch));
  return node;
}

Node weights_node(const WeightsRecord& weights) {
  Node node = Node::map();
  set_text(node, "initial_sha256", weights.initial_sha256);
  set_text(node, "final_sha256", weights.final_sha256);
  if (weights.epoch) node.set("epoch", Node::number(*weights.epoch));
  return node;
}

Node timing_node(const TimingRecord& timing, const std::vector<EpochRecord>& epochs) {
  Node node = Node::map();
  set_text(node, "started_at", timing.started_at);
  set_text(node, "finished_at", timing.finished_at);
  node.set("total_seconds", Node::number(timing.total_seconds));
  node.set("training_seconds", Node::number(timing.training_seconds));
  node.set("samples_per_second", Node::number(timing.samples_per_second));
  if (timing.peak_memory_bytes > 0) node.set("peak_memory_bytes", Node::number(timing.peak_memory_bytes));
  Node& list = node.set("epochs", Node::list());
  for (const EpochRecord& epoch : epochs) {
    Node& item = list.push(Node::map());
    item.set("epoch", Node::number(epoch.epoch));
    item.set("seconds", Node::number(epoch.seconds));
    item.set("samples_per_second", Node::number(epoch.samples_per_second));
  }
  return node;
}

Node environment_node(const EnvironmentRecord& environment) {
  Node node = Node::map();
  set_text(node, "bunsen", environment.bunsen);
  set_text(node, "torch", environment.torch);
  set_text(node, "device", environment.device);
  set_text(node, "blas", environment.blas);
  set_text(node, "cpu", environment.cpu);
  set_text(node, "gpu", environment.gpu);
  if (environment.threads > 0) node.set("threads", Node::number(environment.threads));
  set_text(node, "host", environment.host);
  set_text(node, "os", environment.os);
  set_text(node, "git_commit", environment.git_commit);
  if (environment.git_dirty) node.set("git_dirty", Node::boolean(*environment.git_dirty));
  set_text(node, "source_file", environment.source_file);
  set_text(node, "command_line", environment.command_line);
  return node;
}

std::optional<Metrics> metrics_of(const Node* map) {
  Metrics metrics;
  if (map == nullptr) return metrics;
  if (!map->is_map()) return std::nullopt;
  for (std::size_t i = 0; i < map->keys.size(); ++i) {
    const std::optional<double> value = map->items[i].as_number();
    if (!value) return std::nullopt;
    metrics.emplace_back(map->keys[i].text, *value);
  }
  return metrics;
}

double number_at(const Node& node, const char* path) {
  const Node* found = node.at_path(path);
  return found == nullptr ? 0 : found->as_number().value_or(0);
}

}  // namespace

std::string_view word_of(RunState state) { return state_words.at(static_cast<std::size_t>(state)); }

std::optional<RunState> run_state_of(std::string_view word) {
  for (std::size_t i = 0; i < state_words.size(); ++i) {
    if (state_words[i] == word) return static_cast<RunState>(i);
  }
  return std::nullopt;
}

Node to_node(const EpochRecord& record, EpochForm form) {
  Node node = Node::map();
  node.set("epoch", Node::number(record.epoch));
  node.set("learning_rate", Node::number(record.learning_rate));
  node.set("train", map_of(record.train));
  set_part(node, "validation", record.validation);
  set_part(node, "test", record.test);
  Node& layers = node.set("layers", Node::map());
  for (const LayerProbes& probes : record.layers) layers.set(probes.layer, map_of(probes.values));
  if (form == EpochForm::repeatable) return node;
  Node& timing = node.set("timing", Node::map());
  timing.set("seconds", Node::number(record.seconds));
  timing.set("samples_per_second", Node::number(record.samples_per_second));
  return node;
}

std::optional<EpochRecord> epoch_record_of(const Node& node) {
  EpochRecord record;
  const Node* epoch = node.find("epoch");
  if (epoch == nullptr || !epoch->as_integer()) return std::nullopt;
  record.epoch = *epoch->as_integer();
  record.learning_rate = number_at(node, "learning_rate");
  const auto train = metrics_of(node.find("train"));
  const auto validation = metrics_of(node.find("validation"));
  const auto test = metrics_of(node.find("test"));
  if (!train || !validation || !test) return std::nullopt;
  record.train = *train;
  record.validation = *validation;
  record.test = *test;
  if (const Node* layers = node.find("layers"); layers != nullptr && layers->is_map()) {
    for (std::size_t i = 0; i < layers->keys.size(); ++i) {
      const auto values = metrics_of(&layers->items[i]);
      if (!values) return std::nullopt;
      record.layers.push_back({layers->keys[i].text, *values});
    }
  }
  record.seconds = number_at(node, "timing.seconds");
  record.samples_per_second = number_at(node, "timing.samples_per_second");
  return record;
}

ModelRecord model_record(const Plan& plan) {
  ModelRecord model;
  model.parameters = plan.parameter_count;
  for (const LayerPlan& layer : plan.layers) {
    model.layers.push_back(
        {layer.name, std::string(layer.type), layer.in, layer.out, layer.parameter_count, layer.macs});
  }
  return model;
}

Node to_node(const DataIdentity& data) { return dataset_node(data, std::nullopt); }

Node to_node(const RunRecord& record) {
  Node node = Node::map();
  node.set("schema_version", Node::number(schema_version));
  node.set("run", run_node(record));
  node.set("config", map_or_empty(record.config));
  if (record.dataset) node.set("dataset", dataset_node(*record.dataset, record.validation_samples));
  if (record.model) node.set("model", model_node(*record.model));
  Node& epochs = node.set("epochs", Node::list());
  for (const EpochRecord& epoch : record.epochs) epochs.push(to_node(epoch, EpochForm::repeatable));
  if (record.final) node.set("final", final_node(*record.final));
  if (record.best) node.set("best", best_node(*record.best));
  if (record.stopped_early) node.set("stopped_early", stopped_early_node(*record.stopped_early));
  node.set("weights", weights_node(record.weights));
  node.set("timing", timing_node(record.timing, record.epochs));
  node.set("environment", environment_node(record.environment));
  Node& origins = node.set("origins", Node::map());
  for (const auto& [path, place] : record.origins) origins.set(path, Node::string(place));
  return node;
}

}  // namespace bunsen
