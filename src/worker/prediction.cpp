#include <torch/torch.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "batches/batch_source.h"
#include "batches/order.h"
#include "export/weights_file.h"
#include "results/run_folder.h"
#include "train/evaluate.h"
#include "worker/checked_config.h"
#include "worker/task.h"

namespace bunsen {
namespace {

constexpr std::size_t samples_per_event = 1000;

/// One column a class; of a regression, nothing.
at::Tensor probabilities_of(const Loss& loss, const at::Tensor& output) {
  if (std::holds_alternative<CrossEntropy>(loss)) return torch::softmax(output, 1);
  if (std::holds_alternative<Nll>(loss)) return torch::exp(output);
  if (std::holds_alternative<BceWithLogits>(loss)) {
    const at::Tensor second = torch::sigmoid(output);
    return torch::cat({1 - second, second}, 1);
  }
  return {};
}

std::vector<std::int64_t> wanted_samples(const PredictRequest& request, std::int64_t samples) {
  if (!request.indices) return in_sequence(samples);
  for (const std::int64_t index : *request.indices) {
    if (index < samples) continue;
    throw UserError("there is no test sample " + std::to_string(index) + ": the test part has " +
                    std::to_string(samples) + ", from 0");
  }
  return *request.indices;
}

/// A class as people call it: its name in a table, its index otherwise.
Node class_node(const LoadedData& data, std::int64_t index) {
  // The known image sets are told by number, as everyone knows them; one's own data by the names they have.
  if (data.is_image && data.name != Idx::name) return Node::number(index);
  return Node::string(data.class_names.at(static_cast<std::size_t>(index)));
}

Node predictions_event(const PredictRequest& request, const Loss& loss, const LoadedData& data,
                       const at::Tensor& output, std::span<const std::int64_t> samples) {
  const at::Tensor values = output.to(at::kDouble).contiguous();
  const at::Tensor probabilities = probabilities_of(loss, values);
  const at::Tensor classes = predicted_classes(loss, values);
  Node list = Node::list();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto sample = static_cast<std::size_t>(samples[i]);
    Node node = Node::map();
    node.set("index", Node::number(samples[i]));
    if (data.is_regression) {
      node.set("label", Node::number(static_cast<double>(data.test->targets[sample])));
      node.set("prediction", Node::number(values[row][0].item<double>()));
    } else {
      node.set("label", class_node(data, data.test->classes[sample]));
      node.set("prediction", class_node(data, classes[row].item<std::int64_t>()));
      Node numbers = Node::list();
      for (std::int64_t c = 0; c < probabilities.size(1); ++c) {
        numbers.push(Node::number(probabilities[row][c].item<double>()));
      }
      node.set("probabilities", std::move(numbers));
    }
    list.push(std::move(node));
  }
  Node node = event("predictions", request.id);
  if (!data.is_regression) {
    Node& names = node.set("classes", Node::list());
    for (std::int64_t c = 0; c < probabilities.size(1); ++c) names.push(class_node(data, c));
  }
  node.set("samples", std::move(list));
  return node;
}

/// Returns how many samples were told, or fewer if it was stopped.
std::int64_t predict(const PredictRequest& request, DataStore& store, const TaskLink& link) {
  const Resolved config = checked_config(request.config);
  const LoadedData& data = store.get(config);
  const Plan plan = checked_plan(config, data);
  const TrainingSpec& spec = config.spec;
  if (!data.test || data.test->samples == 0) throw UserError("the data set has no test part to predict");
  const std::vector<std::int64_t> samples = wanted_samples(request, data.test->samples);

  const torch::NoGradGuard no_gradients;
  Model model = build_model(spec.layers, plan);
  const Transform training = spec.transform.value_or(default_transform(spec.dataset));
  const FittedTransform transform =
      load_weights(std::filesystem::path(request.folder) / run_files::weights,
                   spec.test.transform.value_or(training), data.is_image, model);
  model.train(false);
  BatchSource source(data, *data.test, transform, target_form(spec.loss), samples_per_event, at::kCPU);
  const std::span<const std::int64_t> all(samples);
  std::size_t told = 0;
  while (told < all.size() && !link.wants_stop()) {
    const std::span<const std::int64_t> chosen =
        all.subspan(told, std::min(samples_per_event, all.size() - told));
    const at::Tensor output = model.forward(source.gather(chosen).input);
    link.send(predictions_event(request, spec.loss, data, output, chosen));
    told += chosen.size();
  }
  return static_cast<std::int64_t>(told);
}

}  // namespace

void run_prediction(const PredictRequest& request, DataStore& store, const TaskLink& link) {
  try {
    const std::int64_t told = predict(request, store, link);
    Node node = event("finished", request.id);
    node.set("status", Node::string(link.wants_stop() ? "interrupted" : "completed"));
    node.set("samples", Node::number(told));
    link.send(node);
  } catch (const std::exception& error) {
    const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
    Node node = event("failed", request.id);
    node.set("reason",
             Node::string(torch_error != nullptr ? torch_error->what_without_backtrace() : error.what()));
    node.set("recorded", Node::boolean(false));
    link.send(node);
  }
}

}  // namespace bunsen
