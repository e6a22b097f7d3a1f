// training.h - everything a config can say.
#pragma once

#include "spec/datasets/all.h"
#include "spec/initializers/all.h"
#include "spec/layers/all.h"
#include "spec/losses/all.h"
#include "spec/optimizers/all.h"
#include "spec/optimizers/clip.h"
#include "spec/schedules/all.h"
#include "spec/transforms/all.h"

namespace bunsen {

struct Batch {
  std::int64_t size = 0;
  bool shuffle = true;
  bool drop_last = false;

  static constexpr std::string_view example = "{size: 100}";
  static void describe(Fields<Batch>& field) {
    field.main("size", &Batch::size).required().at_least(1).doc("Samples a step.");
    field("shuffle", &Batch::shuffle)
        .doc("Draw a new order each epoch (as torch.utils.data.DataLoader does).");
    field("drop_last", &Batch::drop_last).doc("Leave out the last batch of an epoch when it is short.");
  }
};

/// Samples held out of the training part: a share below 1 (`0.1`) or a number of samples (`5000`).
struct HeldOut {
  double share = 0;  ///< in (0, 1), or 0 when a number is given
  std::int64_t samples = 0;

  /// How many of `total` samples are held out: floor(total * share), or `samples`.
  std::int64_t of(std::int64_t total) const;
};
template <>
const TypeOps& type_ops<HeldOut>();

struct LayerInit {
  std::optional<Initializer> weight;
  std::optional<Initializer> bias;

  static constexpr std::string_view example = "{weight: normal}";
  static void describe(Fields<LayerInit>& field) {
    field("weight", &LayerInit::weight).absent("none").doc("Initializer of the layer's weight.");
    field("bias", &LayerInit::bias).absent("none").doc("Initializer of the layer's bias.");
  }
};

enum class GeneratorKind : std::uint8_t { cpu, cuda_philox };
inline constexpr std::array<std::string_view, 2> names_of(GeneratorKind) { return {"cpu", "cuda_philox"}; }

/// What is not named keeps PyTorch's own default initialization. The overall weight and bias go to linear and
/// convolution layers; batch normalization takes what `layers` says by its name.
struct Init {
  std::optional<Initializer> weight;
  std::optional<Initializer> bias;
  std::vector<std::pair<std::string, LayerInit>>
      layers;  ///< by name, index or pattern (`conv*`); the last match wins
  GeneratorKind generator = GeneratorKind::cpu;
  std::optional<std::int64_t> multiprocessors;
  std::int64_t threads_per_multiprocessor = 2048;

  static constexpr std::string_view example = "{weight: normal}";
  static void describe(Fields<Init>& field) {
    field("weight", &Init::weight).absent("none").doc("Initializer of linear and convolution weights.");
    field("bias", &Init::bias).absent("none").doc("Initializer of linear and convolution biases.");
    field("layers", &Init::layers)
        .doc(
            "Per layer: `layers: {hidden2: {weight: normal}, \"conv*\": {bias: {constant: 0}}}`; the last "
            "match wins.");
    field("generator", &Init::generator)
        .doc("`cuda_philox`: draw as LibTorch's CUDA generator does, on any device.");
    field("multiprocessors", &Init::multiprocessors)
        .absent("none")
        .at_least(1)
        .at_most(1024)
        .doc("For `cuda_philox` and tensors above 40,960 elements: the GPU's multiprocessors.");
    field("threads_per_multiprocessor", &Init::threads_per_multiprocessor)
        .at_least(256)
        .at_most(4096)
        .doc("For `cuda_philox` with `multiprocessors`: the GPU's resident threads a multiprocessor.");
  }
};

struct Evaluation {
  std::optional<Transform> transform;  ///< absent: the training's
  std::int64_t batch_size = 1000;

  static constexpr std::string_view example = "{transform: none}";
  static void describe(Fields<Evaluation>& field) {
    field("transform", &Evaluation::transform)
        .doc("Transform of the test part; the training's when left out.");
    field("batch_size", &Evaluation::batch_size)
        .at_least(1)
        .doc("Samples at a time in evaluation (validation and test); decides the last bits of the means.");
  }
};

/// Which metric says that an epoch is the best one.
struct Objective {
  std::optional<std::string> maximize;
  std::optional<std::string> minimize;

  static constexpr std::string_view example = "{maximize: validation.accuracy}";
  static void describe(Fields<Objective>& field) {
    field("maximize", &Objective::maximize)
        .absent("none")
        .doc("Metric that should be large: `validation.accuracy`.");
    field("minimize", &Objective::minimize)
        .absent("none")
        .doc("Metric that should be small: `validation.loss`.");
  }
  std::vector<Contradiction> contradictions() const;
};

/// When a run ends before its last epoch.
struct EarlyStopping {
  std::int64_t patience = 1;
  double min_delta = 0;
  std::optional<std::string> metric = {};
  bool restore_best = true;

  static constexpr std::string_view example = "{patience: 5}";
  static void describe(Fields<EarlyStopping>& field) {
    field.main("patience", &EarlyStopping::patience)
        .required()
        .at_least(1)
        .doc("Epochs in a row without a better metric that end the run.");
    field("min_delta", &EarlyStopping::min_delta)
        .at_least(0)
        .doc("Only what is better by more than this counts as better.");
    field("metric", &EarlyStopping::metric)
        .doc("What is watched: `validation.loss`; the objective's metric when left out.");
    field("restore_best", &EarlyStopping::restore_best)
        .doc("End with the best epoch's weights instead of the last one's.");
  }
  std::vector<Contradiction> contradictions() const;
};

/// A metric, and which way is better.
struct Aim {
  std::string metric;  ///< `validation.accuracy`
  bool is_large_good = true;
};

enum class Device : std::uint8_t { cpu, cuda };
inline constexpr std::array<std::string_view, 2> names_of(Device) { return {"cpu", "cuda"}; }

struct Runtime {
  Device device = Device::cpu;
  std::optional<std::int64_t> threads;
  bool probes = true;

  static constexpr std::string_view example = "{threads: 1}";
  static void describe(Fields<Runtime>& field) {
    field("device", &Runtime::device).operational().doc("Where it trains; never chosen by itself.");
    field("threads", &Runtime::threads)
        .operational()
        .absent("auto")
        .at_least(1)
        .at_most(1024)
        .doc(
            "CPU threads; `auto` follows a fixed rule from the model's size and the cores; in a sweep it is "
            "1.");
    field("probes", &Runtime::probes)
        .operational()
        .doc("Record gradients, activations and dead units of each layer every epoch.");
  }
};

/// What is wrong with a name that is to be a folder's under results/.
std::vector<Contradiction> name_contradictions(const std::string& name);

struct TrainingSpec {
  std::int64_t version = 1;
  std::string name;
  std::string description;
  std::vector<std::string> tags;
  std::int64_t seed = 0;
  std::int64_t epochs = 0;
  Dataset dataset;
  std::optional<Transform> transform;  ///< absent: `scale` for images, `none` for tables
  Batch batch;
  std::optional<HeldOut> validation;
  std::vector<Layer> layers;  ///< as written; expand() gives the flat list
  Init init;
  Loss loss;
  Optimizer optimizer;
  std::optional<Schedule> schedule;
  std::optional<Clip> clip;
  Evaluation test;
  std::optional<Objective> objective;
  std::optional<EarlyStopping> early_stopping;
  Runtime runtime;

  static void describe(Fields<TrainingSpec>& field);
  std::vector<Contradiction> contradictions() const;
};

/// What says that an epoch is the best: the objective, without one validation.accuracy, without accuracies
/// validation.loss; nothing without an objective and a validation part.
std::optional<Aim> aim_of(const TrainingSpec& spec);
/// The same for a metric of one's own: a loss should be small, an accuracy large. The objective's metric goes
/// the objective's way.
std::optional<Aim> aim_of(const TrainingSpec& spec, const std::optional<std::string>& metric);

/// Where a config lets a metric be watched (`reduce_on_plateau`, `early_stopping`): its path, and its place
/// in the spec.
std::vector<std::pair<std::string, std::optional<std::string>*>> watched_metrics(TrainingSpec& spec);

}  // namespace bunsen
