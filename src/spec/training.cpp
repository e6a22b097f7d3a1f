#include "spec/training.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/spelling.h"
#include "base/text.h"

namespace bunsen {

std::vector<Contradiction> name_contradictions(const std::string& name) {
  const bool leaves_its_folder =
      name.find('/') != std::string::npos || name.starts_with('.') || name.size() > 100;
  if (!leaves_its_folder) return {};
  return {{"name",
           "a name is a folder's name: at most 100 characters, without '/' and not beginning with '.'",
           "results go to results/<name>/"}};
}

std::int64_t HeldOut::of(std::int64_t total) const {
  return share > 0 ? static_cast<std::int64_t>(std::floor(static_cast<double>(total) * share)) : samples;
}

namespace {

/// `val_acc`, `accuracy`, `validation.acuracy`: each part and measure by the beginning that is enough to tell
/// it.
std::string metric_advice(const std::string& metric) {
  std::vector<std::string> known;
  for (const std::string_view part : {"validation", "train", "test"}) {
    for (const std::string_view what : {"accuracy", "loss"})
      known.push_back(fmt::format("{}.{}", part, what));
  }
  std::optional<std::string> meant = closest(metric, known);
  const bool is_accuracy = metric.find("acc") != std::string::npos;
  if (!meant && (is_accuracy || metric.find("loss") != std::string::npos)) {
    const std::string_view part = metric.starts_with("tr")   ? "train"
                                  : metric.starts_with("te") ? "test"
                                                             : "validation";
    meant = fmt::format("{}.{}", part, is_accuracy ? "accuracy" : "loss");
  }
  return meant ? fmt::format("did you mean '{}'?", *meant)
               : "known: train, validation or test, then .loss or .accuracy";
}

std::vector<Contradiction> metric_contradictions(const std::string& field, const std::string& metric) {
  for (const std::string_view part : {"train", "validation", "test"}) {
    for (const std::string_view what : {"loss", "accuracy"}) {
      if (metric == fmt::format("{}.{}", part, what)) return {};
    }
  }
  return {{field, fmt::format("unknown metric '{}'", metric), metric_advice(metric)}};
}

}  // namespace

std::vector<Contradiction> Objective::contradictions() const {
  if (maximize.has_value() == minimize.has_value()) {
    return {{"maximize", "an objective says either `maximize` or `minimize`",
             "write `objective: {maximize: validation.accuracy}`"}};
  }
  return metric_contradictions(maximize ? "maximize" : "minimize", maximize ? *maximize : *minimize);
}

std::vector<Contradiction> PlateauSchedule::contradictions() const {
  if (!metric) return {};
  return metric_contradictions("metric", *metric);
}

std::vector<Contradiction> EarlyStopping::contradictions() const {
  if (!metric) return {};
  return metric_contradictions("metric", *metric);
}

std::optional<Aim> aim_of(const TrainingSpec& spec) {
  if (spec.objective && spec.objective->maximize) return Aim{*spec.objective->maximize, true};
  if (spec.objective && spec.objective->minimize) return Aim{*spec.objective->minimize, false};
  if (!spec.validation) return std::nullopt;
  const bool has_accuracy = !std::holds_alternative<Mse>(spec.loss);
  return has_accuracy ? Aim{"validation.accuracy", true} : Aim{"validation.loss", false};
}

std::optional<Aim> aim_of(const TrainingSpec& spec, const std::optional<std::string>& metric) {
  std::optional<Aim> usual = aim_of(spec);
  if (!metric || (usual && usual->metric == *metric)) return usual;
  return Aim{*metric, metric->ends_with(".accuracy")};
}

std::vector<std::pair<std::string, std::optional<std::string>*>> watched_metrics(TrainingSpec& spec) {
  std::vector<std::pair<std::string, std::optional<std::string>*>> out;
  PlateauSchedule* plateau = spec.schedule ? std::get_if<PlateauSchedule>(&*spec.schedule) : nullptr;
  if (plateau != nullptr) out.emplace_back("schedule.reduce_on_plateau.metric", &plateau->metric);
  if (spec.early_stopping) out.emplace_back("early_stopping.metric", &spec.early_stopping->metric);
  return out;
}

void TrainingSpec::describe(Fields<TrainingSpec>& field) {
  field("version", &TrainingSpec::version)
      .at_least(1)
      .at_most(1)
      .doc("Version of the config's language; only a new one may change a default.");
  field("name", &TrainingSpec::name)
      .operational()
      .doc("Folder under results/; the file's stem, `_` written `-`, when left out.");
  field("description", &TrainingSpec::description).operational().doc("For people.");
  field("tags", &TrainingSpec::tags).operational().doc("Words to find the run by.");
  field("seed", &TrainingSpec::seed)
      .at_least(0)
      .doc("Seed of everything random, as torch.manual_seed takes it.");
  field("epochs", &TrainingSpec::epochs).required().at_least(1).doc("Passes over the training part.");
  field("dataset", &TrainingSpec::dataset).required().doc("What to train on.");
  field("transform", &TrainingSpec::transform)
      .doc("What is done to values first: `scale` for images and `none` for tables when left out.");
  field("batch", &TrainingSpec::batch).required().doc("How an epoch is cut into steps.");
  field("validation", &TrainingSpec::validation)
      .absent("none")
      .doc("Samples held out of the training part, chosen by the seed: a share (0.1) or a number (5000).");
  field("layers", &TrainingSpec::layers)
      .required()
      .doc("The stack, from input to output; only output sizes are named.");
  field("init", &TrainingSpec::init).doc("Initialization; what is not named keeps PyTorch's default.");
  field("loss", &TrainingSpec::loss).required().doc("What is made small.");
  field("optimizer", &TrainingSpec::optimizer).required().doc("How the weights move.");
  field("schedule", &TrainingSpec::schedule)
      .absent("none")
      .doc("How the learning rate goes from epoch to epoch; that of every group alike.");
  field("clip", &TrainingSpec::clip)
      .absent("none")
      .doc("How gradients are kept small, between the backward pass and the step.");
  field("test", &TrainingSpec::test).doc("How validation and test part are measured.");
  field("objective", &TrainingSpec::objective)
      .absent("none")
      .doc("Which epoch is the best: validation.accuracy, else validation.loss, when left out.");
  field("early_stopping", &TrainingSpec::early_stopping)
      .absent("none")
      .doc("End the run when a metric gets no better.");
  field("runtime", &TrainingSpec::runtime).operational().doc("Where and how it runs; in no identity.");
}

std::vector<Contradiction> TrainingSpec::contradictions() const { return name_contradictions(name); }

}  // namespace bunsen
