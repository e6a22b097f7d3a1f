#include "spec/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/saturating.h"
#include "base/text.h"

namespace bunsen {
namespace {

constexpr double most_parameters = 1e12;

std::string_view type_of(const Layer& layer) { return family<Layer>().alternatives[layer.index()].name; }

std::string path_of(const Layer& layer) { return fmt::format("{}.{}", layer.path, type_of(layer)); }

std::vector<Parameter> parameters_of(const Layer& layer, const Shape& in) {
  return std::visit(
      [&](const auto& typed) -> std::vector<Parameter> {
        if constexpr (requires { typed.parameters(in); }) return typed.parameters(in);
        return {};
      },
      static_cast<const Layer::variant&>(layer));
}

std::int64_t macs_of(const Layer& layer, const Shape& in, const Shape& out) {
  return std::visit(
      [&](const auto& typed) -> std::int64_t {
        if constexpr (requires { typed.macs(in, out); }) return typed.macs(in, out);
        return 0;
      },
      static_cast<const Layer::variant&>(layer));
}

Shape shape_behind(const Layer& layer, const Shape& in) {
  return std::visit(
      [&](const auto& typed) -> Shape {
        if constexpr (requires { typed.infer(in); }) return typed.infer(in);
        return in;  // `repeat`, which expand() has removed
      },
      static_cast<const Layer::variant&>(layer));
}

/// Flattening, for example, copies nothing.
bool is_view(const Layer& layer) {
  return std::visit(
      [](const auto& typed) {
        if constexpr (requires { typed.is_view(); }) return typed.is_view();
        return false;
      },
      static_cast<const Layer::variant&>(layer));
}

double count(const std::vector<std::int64_t>& sizes) {
  double product = 1;
  for (const std::int64_t size : sizes) product *= static_cast<double>(size);
  return product;
}

class Planner {
 public:
  Planner(const TrainingSpec& spec, const DataHeader& data, const SpecReader& reader, Diagnostics& problems)
      : spec_(spec), data_(data), reader_(reader), problems_(problems) {}

  std::optional<Plan> make() {
    const std::size_t errors_before = problems_.error_count();
    plan_.sample = data_.sample;
    check_transform("transform", spec_.transform);
    check_transform("test.transform", spec_.test.transform);
    split_samples();
    if (walk_layers()) {
      check_loss();
      check_ends();
    }
    check_init();
    check_groups();
    check_schedule();
    check_objective();
    check_watched();
    if (problems_.error_count() > errors_before) return std::nullopt;
    plan_.memory = plan_memory(spec_, plan_, data_);
    return std::move(plan_);
  }

 private:
  void error(Code code, const std::string& path, const std::string& message, const std::string& hint) {
    problems_.error(code, reader_.place_of(path), path, message, hint);
  }
  void layer_error(Code code, const Layer& layer, const std::string& message, const std::string& hint) {
    problems_.error(code, layer.place, path_of(layer), message, hint);
  }

  bool walk_layers() {
    Shape in = data_.sample;
    for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
      const Layer& layer = spec_.layers[i];
      LayerPlan row;
      row.name = layer.name.empty() ? std::to_string(i) : layer.name;
      row.type = type_of(layer);
      row.in = in;
      try {
        row.out = shape_behind(layer, in);
      } catch (const ShapeError& mistake) {
        // One way out stands behind the last semicolon; what follows this layer is not judged.
        const std::string text = mistake.what();
        const std::size_t cut = text.rfind("; ");
        layer_error(Code::shape, layer, text.substr(0, cut),
                    cut == std::string::npos ? "" : text.substr(cut + 2));
        return false;
      }
      row.parameters = parameters_of(layer, in);
      double total = static_cast<double>(plan_.parameter_count);
      for (const Parameter& parameter : row.parameters) total += count(parameter.sizes);
      if (total > most_parameters || count(row.out.sizes) > most_parameters) {
        layer_error(Code::out_of_range, layer, fmt::format("makes a model of {:.3g} parameters", total),
                    "make the sizes smaller");
        return false;
      }
      for (const Parameter& parameter : row.parameters)
        row.parameter_count += Shape{parameter.sizes}.elements();
      row.macs = macs_of(layer, in, row.out);
      const std::int64_t bytes = is_view(layer) ? 0 : saturating_product(row.out.elements(), sizeof(float));
      row.activation_bytes = saturating_product(bytes, step_samples());
      plan_.parameter_count += row.parameter_count;
      plan_.activation_bytes = saturating_sum(plan_.activation_bytes, row.activation_bytes);
      plan_.macs = saturating_sum(plan_.macs, row.macs);
      in = row.out;
      plan_.layers.push_back(std::move(row));
    }
    return true;
  }

  /// Of the largest training batch.
  std::int64_t step_samples() const {
    return std::min(spec_.batch.size, plan_.train_samples.value_or(spec_.batch.size));
  }

  void check_transform(const std::string& path, const std::optional<Transform>& transform) {
    if (!transform) return;
    if (std::holds_alternative<Scale>(*transform) && !data_.is_image) {
      error(Code::contradiction, path, "scale divides pixels by 255; this data is a table",
            "write `none`, `normalize` or `standardize`");
    }
    const Normalize* normalize = std::get_if<Normalize>(&*transform);
    // Flat pixels are one channel.
    const bool has_one = data_.sample.sizes.empty() || (data_.is_image && !data_.sample.is_image());
    const std::size_t wanted = has_one ? 1 : static_cast<std::size_t>(data_.sample.sizes[0]);
    if (normalize != nullptr && normalize->mean.size() != 1 && normalize->mean.size() != wanted) {
      error(Code::contradiction, path,
            fmt::format("normalize has {} numbers, the data has {} {}", normalize->mean.size(), wanted,
                        data_.is_image ? "channels" : "features"),
            "write one number, or one for each");
    }
  }

  void split_samples() {
    plan_.train_samples = data_.train_samples;
    plan_.test_samples = data_.test_samples;
    plan_.validation_samples = 0;
    if (spec_.validation && !data_.train_samples) plan_.validation_samples.reset();
    if (!data_.train_samples) return;
    const std::int64_t total = *data_.train_samples;
    if (spec_.validation) {
      const std::int64_t held_out = spec_.validation->of(total);
      if (held_out >= total || held_out < 1) {
        error(Code::contradiction, "validation",
              fmt::format("holds out {} of {} training samples", held_out, total),
              "leave samples on both sides");
        return;
      }
      plan_.validation_samples = held_out;
      plan_.train_samples = total - held_out;
    }
    count_steps(*plan_.train_samples);
  }

  void count_steps(std::int64_t samples) {
    const std::int64_t size = spec_.batch.size;
    const std::int64_t rest = samples % size;
    plan_.steps_per_epoch = samples / size + (rest > 0 && !spec_.batch.drop_last ? 1 : 0);
    if (*plan_.steps_per_epoch == 0) {
      error(Code::contradiction, "batch.size",
            fmt::format("no batch of {} can be made of {} training samples with drop_last", size, samples),
            fmt::format("write at most {}", samples));
    } else if (spec_.batch.drop_last && static_cast<double>(rest) >= 0.2 * static_cast<double>(samples)) {
      problems_.warning(Code::suspicious, reader_.place_of("batch.drop_last"), "batch.drop_last",
                        fmt::format("leaves out {} of {} training samples in each epoch", rest, samples),
                        "make `batch.size` smaller, or drop_last false");
    }
    if (rest != 1 || spec_.batch.drop_last || *plan_.steps_per_epoch == 0) return;
    const auto norm = std::find_if(spec_.layers.begin(), spec_.layers.end(), [](const Layer& layer) {
      return std::holds_alternative<BatchNorm1d>(layer);
    });
    if (norm == spec_.layers.end()) return;
    layer_error(
        Code::contradiction, *norm,
        fmt::format(
            "the last batch of an epoch has one sample ({} samples in batches of {}), which has no variance",
            samples, size),
        "write `batch: {drop_last: true}` or another size");
  }

  void check_loss() {
    if (plan_.layers.empty()) return;
    const Layer& last = spec_.layers.back();
    const Shape& out = plan_.layers.back().out;
    const std::string loss(family<Loss>().alternatives[spec_.loss.index()].name);
    const bool wants_classes = !std::holds_alternative<Mse>(spec_.loss);
    if (wants_classes && data_.is_regression)
      return error(Code::loss_mismatch, "loss", fmt::format("{} needs classes; the label is a number", loss),
                   "write `loss: mse`, or `task: classification`");
    if (!wants_classes && !data_.is_regression)
      return error(Code::loss_mismatch, "loss", "mse needs a number as label; this data has classes",
                   "write `loss: cross_entropy`");
    if (!out.is_flat())
      return layer_error(Code::loss_mismatch, last,
                         fmt::format("{} needs a flat output, the last layer gives {}", loss, to_text(out)),
                         "add `flatten` and `linear`");
    const bool wants_one = !wants_classes || std::holds_alternative<BceWithLogits>(spec_.loss);
    if (wants_one && out.features() != 1)
      return layer_error(Code::loss_mismatch, last,
                         fmt::format("{} needs one output, the last layer gives {}", loss, out.features()),
                         "end with `linear: 1`");
    if (!wants_classes || !data_.classes) return;
    if (wants_one && *data_.classes != 2)
      return error(Code::loss_mismatch, "loss",
                   fmt::format("bce_with_logits needs two classes, the data has {}", *data_.classes),
                   "write `loss: cross_entropy`");
    if (!wants_one && out.features() != *data_.classes)
      return layer_error(
          Code::loss_mismatch, last,
          fmt::format("gives {} values, the data has {} classes", out.features(), *data_.classes),
          fmt::format("end with `linear: {}`", *data_.classes));
  }

  /// Legal stacks that surely were not meant.
  void check_ends() {
    if (spec_.layers.empty()) return;
    if (plan_.parameter_count == 0)
      problems_.warning(Code::suspicious, reader_.place_of("layers"), "layers",
                        "no layer has parameters: there is nothing to learn", "add `linear`");
    // Behind the last layer that changes a value.
    const auto changes = [](const Layer& layer) { return !is_view(layer); };
    const auto found = std::find_if(spec_.layers.rbegin(), spec_.layers.rend(), changes);
    if (found == spec_.layers.rend()) return;
    const Layer& last = *found;
    const auto warn = [&](const std::string& message, const std::string& hint) {
      problems_.warning(Code::suspicious, last.place, path_of(last), message, hint);
    };
    const bool gives_probabilities =
        std::holds_alternative<Softmax>(last) || std::holds_alternative<LogSoftmax>(last);
    if (std::holds_alternative<CrossEntropy>(spec_.loss) && gives_probabilities)
      warn("cross_entropy has a softmax inside; this is a second one", "remove this layer");
    if (std::holds_alternative<Nll>(spec_.loss) && !std::holds_alternative<LogSoftmax>(last))
      warn("nll takes log-probabilities", "end with `log_softmax`, or write `loss: cross_entropy`");
    if (std::holds_alternative<BceWithLogits>(spec_.loss) && std::holds_alternative<Sigmoid>(last))
      warn("bce_with_logits has a sigmoid inside; this is a second one", "remove this layer");
    if (std::holds_alternative<Relu>(last))
      warn("the last layer's outputs can't be negative", "remove this layer");
  }

  void check_init() {
    const Init& init = spec_.init;
    check_bias("init.bias", init.bias);
    for (const auto& [pattern, rule] : init.layers) {
      const std::string path = "init.layers." + pattern;
      check_bias(path + ".bias", rule.bias);
      check_pattern(pattern, rule, path);
    }
    if (init.generator == GeneratorKind::cuda_philox) check_philox();
  }

  void check_bias(const std::string& path, const std::optional<Initializer>& bias) {
    if (!bias || !bias->needs_matrix()) return;
    error(Code::contradiction, path, "this initializer needs a matrix; a bias is a row of numbers",
          "write `constant: 0`, `normal` or `uniform`");
  }

  void check_pattern(const std::string& pattern, const LayerInit& rule, const std::string& path) {
    std::vector<std::string> able;
    bool matched = false;
    for (const LayerPlan& layer : plan_.layers) {
      if (layer.parameters.empty()) continue;
      able.push_back(layer.name);
      if (!matches_pattern(pattern, layer.name)) continue;
      matched = true;
      if (rule.weight && rule.weight->needs_matrix() && layer.parameters[0].sizes.size() < 2) {
        error(Code::contradiction, path + ".weight",
              fmt::format("this initializer needs a matrix; {}'s weight is a row of numbers", layer.name),
              "write `constant: 1`, `normal` or `uniform`");
      }
    }
    if (matched || plan_.layers.size() < spec_.layers.size()) return;
    error(Code::init_unmatched, path, fmt::format("no layer with weights is called '{}'", pattern),
          able.empty() ? "no layer has weights" : "layers with weights: " + join(able, ", "));
  }

  void check_philox() {
    constexpr std::int64_t smallest_grid = 40960;
    for (const LayerPlan& layer : plan_.layers) {
      for (const Parameter& parameter : layer.parameters) {
        const Initializer* initializer = initializer_of(spec_.init, layer.name, layer.type, parameter.name);
        const bool draws = initializer != nullptr && !std::holds_alternative<Constant>(*initializer);
        const std::int64_t elements = Shape{parameter.sizes}.elements();
        if (!draws || elements <= smallest_grid || spec_.init.multiprocessors) continue;
        error(Code::contradiction, "init.generator",
              fmt::format("layer {}'s {} has {} elements; above {} a GPU's draws depend on its model",
                          layer.name, parameter.name, elements, smallest_grid),
              "say `multiprocessors: 108` (A100), or `generator: cpu`");
        return;
      }
    }
  }

  void check_groups() {
    const std::string optimizer(family<Optimizer>().alternatives[spec_.optimizer.index()].name);
    std::visit(
        [&](const auto& typed) {
          for (const auto& [pattern, group] : typed.groups)
            check_group(pattern, fmt::format("optimizer.{}.groups.{}", optimizer, pattern));
        },
        static_cast<const Optimizer::variant&>(spec_.optimizer));
  }

  void check_group(const std::string& pattern, const std::string& path) {
    std::vector<std::string> able;
    for (const LayerPlan& layer : plan_.layers) {
      for (const Parameter& parameter : layer.parameters) {
        if (names_parameter(pattern, layer.name, parameter.name)) return;
        able.push_back(fmt::format("{}.{}", layer.name, parameter.name));
      }
    }
    if (plan_.layers.size() < spec_.layers.size()) return;
    error(Code::group_unmatched, path, fmt::format("no layer or parameter is called '{}'", pattern),
          able.empty() ? "no layer has parameters" : "parameters: " + join(able, ", "));
  }

  void check_schedule() {
    if (!spec_.schedule) return;
    const Schedule& schedule = *spec_.schedule;
    const std::int64_t epochs = spec_.epochs;
    if (const auto* warmup = std::get_if<WarmupSchedule>(&schedule); warmup != nullptr) {
      if (warmup->epochs < epochs) return;
      return error(Code::contradiction, "schedule.warmup.epochs",
                   fmt::format("a warm-up of {} in a run of {}", count_of(warmup->epochs, "epoch"), epochs),
                   fmt::format("write less than {}, or more `epochs`", epochs));
    }
    const auto warn = [&](const std::string& path, const std::string& message) {
      problems_.warning(Code::suspicious, reader_.place_of(path), path, message,
                        fmt::format("the run has {}", count_of(epochs, "epoch")));
    };
    const auto* step = std::get_if<StepSchedule>(&schedule);
    if (step != nullptr && step->step_size >= epochs)
      warn("schedule.step.step_size", "the learning rate never changes");
    const auto* multi_step = std::get_if<MultiStepSchedule>(&schedule);
    if (multi_step == nullptr) return;
    for (std::size_t i = 0; i < multi_step->milestones.size(); ++i) {
      if (multi_step->milestones[i] < epochs) continue;
      warn(fmt::format("schedule.multi_step.milestones.{}", i),
           fmt::format("epoch {} is never passed", multi_step->milestones[i]));
    }
  }

  void check_objective() {
    if (!spec_.objective) return;
    const std::string path = spec_.objective->maximize ? "objective.maximize" : "objective.minimize";
    check_metric(path, spec_.objective->maximize ? *spec_.objective->maximize : *spec_.objective->minimize);
  }

  void check_metric(const std::string& path, const std::string& metric) {
    if (metric.starts_with("validation.") && !spec_.validation) {
      error(Code::contradiction, path, "there is no validation part", "add `validation: 0.1`");
    } else if (metric.starts_with("test.") && data_.test_samples == std::optional<std::int64_t>(0)) {
      error(Code::contradiction, path, "there is no test part", "use validation, or add `test_file`");
    } else if (metric.starts_with("test.")) {
      problems_.warning(Code::suspicious, reader_.place_of(path), path,
                        "chooses by the test part, which then is no test any more",
                        "use `validation.accuracy` with `validation: 0.1`");
    } else if (metric.ends_with(".accuracy") && data_.is_regression) {
      error(Code::contradiction, path, "a regression has no accuracy", "use the loss");
    }
  }

  void check_watched() {
    TrainingSpec spec = spec_;
    for (const auto& [path, metric] : watched_metrics(spec)) {
      if (*metric) {
        check_metric(path, **metric);
      } else if (!aim_of(spec_)) {
        error(Code::contradiction, path.substr(0, path.rfind('.')),
              "nothing to watch: there is no validation part, no objective and no `metric`",
              "add `validation: 0.1`, or `metric: train.loss`");
      }
    }
    if (!spec_.early_stopping || spec_.early_stopping->patience < spec_.epochs) return;
    const std::string path = "early_stopping.patience";
    problems_.warning(Code::suspicious, reader_.place_of(path), path, "the run can't end early",
                      fmt::format("the run has {}", count_of(spec_.epochs, "epoch")));
  }

  const TrainingSpec& spec_;
  const DataHeader& data_;
  const SpecReader& reader_;
  Diagnostics& problems_;
  Plan plan_;
};

void expand_into(const std::vector<Layer>& layers, const std::string& suffix, std::vector<Layer>& out) {
  for (const Layer& layer : layers) {
    const Repeat* repeat = std::get_if<Repeat>(&layer);
    if (repeat == nullptr) {
      out.push_back(layer);
      if (!layer.name.empty()) out.back().name += suffix;
      continue;
    }
    for (std::int64_t i = 1; i <= repeat->times; ++i)
      expand_into(repeat->layers, fmt::format("{}_{}", suffix, i), out);
  }
}

}  // namespace

std::int64_t expanded_count(const std::vector<Layer>& layers) {
  std::int64_t total = 0;
  for (const Layer& layer : layers) {
    const Repeat* repeat = std::get_if<Repeat>(&layer);
    // Both factors are bounded (times by its field, the count by this line), so the product fits.
    total += repeat == nullptr ? 1 : repeat->times * expanded_count(repeat->layers);
    if (total > most_layers) return most_layers + 1;
  }
  return total;
}

std::vector<Layer> expand(const std::vector<Layer>& layers) {
  std::vector<Layer> out;
  expand_into(layers, "", out);
  return out;
}

const Initializer* initializer_of(const Init& init, std::string_view layer, std::string_view type,
                                  std::string_view parameter) {
  if (parameter != "weight" && parameter != "bias") return nullptr;
  const auto member = parameter == "weight" ? &LayerInit::weight : &LayerInit::bias;
  for (auto rule = init.layers.rbegin(); rule != init.layers.rend(); ++rule) {
    const std::optional<Initializer>& named = rule->second.*member;
    if (named && matches_pattern(rule->first, layer)) return &*named;
  }
  const std::optional<Initializer>& overall = parameter == "weight" ? init.weight : init.bias;
  const bool takes_overall = type == Linear::name || type == Conv2d::name;
  return overall && takes_overall ? &*overall : nullptr;
}

std::int64_t rest_of_epochs(const TrainingSpec& spec) {
  const WarmupSchedule* warmup = spec.schedule ? std::get_if<WarmupSchedule>(&*spec.schedule) : nullptr;
  return spec.epochs - (warmup == nullptr ? 0 : warmup->epochs);
}

Transform default_transform(const Dataset& dataset) {
  const bool is_image = std::holds_alternative<Mnist>(dataset) ||
                        std::holds_alternative<FashionMnist>(dataset) || std::holds_alternative<Idx>(dataset);
  return is_image ? Transform(Scale{}) : Transform(NoTransform{});
}

std::optional<Plan> make_plan(const TrainingSpec& spec, const DataHeader& data, const SpecReader& reader,
                              Diagnostics& problems) {
  return Planner(spec, data, reader, problems).make();
}

std::int64_t automatic_threads(const Plan& plan, std::int64_t batch_size, std::int64_t cores) {
  // Two threads pay from 1e8 multiply-adds a step (docs/performance.md); below, waking one costs more than it
  // brings.
  constexpr double macs_worth_a_thread = 5e7;
  const double macs = static_cast<double>(plan.macs) * static_cast<double>(batch_size);
  const double most = static_cast<double>(std::max<std::int64_t>(cores, 1));
  return static_cast<std::int64_t>(std::clamp(std::floor(macs / macs_worth_a_thread), 1.0, most));
}

}  // namespace bunsen
