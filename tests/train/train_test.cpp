#include "train/train.h"

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <cmath>

#include "batches/batch_source.h"
#include "batches/order.h"
#include "data/temporary_folder.h"
#include "direct/direct_step.h"
#include "export/weights_file.h"
#include "nn/initialize.h"
#include "optim/clip.h"
#include "optim/loss.h"
#include "optim/optimizer.h"
#include "train/best_epoch.h"
#include "train/weights.h"

using namespace bunsen;

namespace {

/// A small stack on blobs: 3 classes, 5 features.
TrainingSpec small_spec() {
  TrainingSpec spec;
  spec.seed = 5;
  spec.epochs = 2;
  Synthetic blobs;
  blobs.samples = 90;
  blobs.test_samples = 40;
  blobs.classes = 3;
  blobs.features = 5;
  spec.dataset = blobs;
  spec.batch.size = 20;
  Linear hidden, last;
  hidden.out_features = 7;
  last.out_features = 3;
  Layer named = hidden;
  named.name = "hidden";
  spec.layers = {named, Relu{}, Dropout{0.25}, last};
  spec.loss = CrossEntropy{};
  spec.optimizer = Adam{};
  HeldOut held_out;
  held_out.samples = 30;
  spec.validation = held_out;
  return spec;
}

Plan plan_for(const TrainingSpec& spec, const LoadedData& data) {
  Diagnostics problems;
  const SpecReader reader{problems};
  std::optional<Plan> plan = make_plan(spec, header_of(data), reader, problems);
  REQUIRE(plan);
  return *plan;
}

LoadedData data_of(const TrainingSpec& spec) { return load_data(spec.dataset, DataPlaces{}); }

Trained after_training(const TrainingSpec& spec) {
  const LoadedData data = data_of(spec);
  TrainingObserver nobody;
  return train(spec, plan_for(spec, data), data, at::kCPU, RunRecord{}, nobody);
}

double metric_value(const Metrics& metrics, const std::string& name) {
  for (const auto& [key, value] : metrics) {
    if (key == name) return value;
  }
  FAIL("no metric ", name);
  return 0;
}

double probe_of(const EpochRecord& epoch, const std::string& layer, const std::string& name) {
  for (const LayerProbes& probes : epoch.layers) {
    if (probes.layer == layer) return metric_value(probes.values, name);
  }
  FAIL("no probes of ", layer);
  return 0;
}

struct StopAfter : TrainingObserver {
  std::int64_t steps = 0;
  explicit StopAfter(std::int64_t count) : steps(count) {}
  void stepped(const StepResult&) override { --steps; }
  bool wants_stop() override { return steps <= 0; }
};

}  // namespace

TEST_CASE("a training repeats bit for bit, whatever was trained in between") {
  const TrainingSpec spec = small_spec();
  const Trained first = after_training(spec);
  TrainingSpec other = spec;
  other.seed = 6;
  other.batch.size = 7;
  CHECK(after_training(other).record.weights.final_sha256 != first.record.weights.final_sha256);
  const Trained second = after_training(spec);
  CHECK(second.record.weights.initial_sha256 == first.record.weights.initial_sha256);
  CHECK(second.record.weights.final_sha256 == first.record.weights.final_sha256);
  for (std::size_t i = 0; i < first.record.epochs.size(); ++i) {
    CHECK((second.record.epochs[i].train == first.record.epochs[i].train));
    CHECK((second.record.epochs[i].validation == first.record.epochs[i].validation));
    CHECK((second.record.epochs[i].test == first.record.epochs[i].test));
  }
}

TEST_CASE("losses, accuracy, weights and gradients are those of a loop written out in LibTorch") {
  TrainingSpec spec = small_spec();
  spec.epochs = 1;
  spec.optimizer = Sgd{};
  std::get<Sgd>(spec.optimizer).lr = 0.1;
  const Trained ours = after_training(spec);

  const LoadedData data = data_of(spec);
  const Split split = split_samples(data.train.samples, spec.validation, spec.seed);
  torch::manual_seed(5);
  torch::nn::Linear hidden(5, 7);
  torch::nn::Dropout dropout(0.25);
  torch::nn::Linear last(7, 3);
  torch::optim::SGD optimizer({hidden->weight, hidden->bias, last->weight, last->bias}, 0.1);
  const std::vector<std::int64_t> order = draw_order(60, true);
  double mean = 0;
  std::int64_t correct = 0;
  for (std::size_t step = 0; step < 3; ++step) {
    std::vector<float> x;
    std::vector<std::int64_t> y;
    for (std::size_t i = step * 20; i < step * 20 + 20; ++i) {
      const auto sample = static_cast<std::size_t>(split.train[static_cast<std::size_t>(order[i])]);
      for (std::size_t j = 0; j < 5; ++j) x.push_back(data.train.values[sample * 5 + j]);
      y.push_back(data.train.classes[sample]);
    }
    optimizer.zero_grad();
    const at::Tensor target = torch::tensor(y);
    const at::Tensor output = last(dropout(torch::relu(hidden(torch::tensor(x).reshape({20, 5})))));
    const at::Tensor loss = torch::nn::functional::cross_entropy(output, target);
    loss.backward();
    optimizer.step();
    mean += static_cast<double>(loss.item<float>()) / 3;
    correct += (output.argmax(1) == target).sum().item<std::int64_t>();
  }
  const EpochRecord& epoch = ours.record.epochs.at(0);
  CHECK(metric_value(epoch.train, "loss") == doctest::Approx(mean).epsilon(1e-6));
  CHECK(metric_value(epoch.train, "accuracy") == static_cast<double>(correct) / 60);
  CHECK(torch::allclose(ours.state.at(0).tensor, hidden->weight, 1e-5, 1e-7));
  CHECK(torch::allclose(ours.state.at(2).tensor, last->weight, 1e-5, 1e-7));
  const double squares =
      hidden->weight.grad().pow(2).sum().item<double>() + hidden->bias.grad().pow(2).sum().item<double>();
  CHECK(probe_of(epoch, "hidden", "gradient_norm") == doctest::Approx(std::sqrt(squares)).epsilon(1e-5));
}

TEST_CASE("the dead share counts relu units that are 0 for every validation sample") {
  TrainingSpec spec = small_spec();
  spec.optimizer = Sgd{};
  std::get<Sgd>(spec.optimizer).lr = 0;
  Constant down;
  down.val = -1000;
  spec.init.layers.push_back({"hidden", LayerInit{std::nullopt, Initializer(down)}});
  CHECK(probe_of(after_training(spec).record.epochs.at(0), "1", "dead_share") == 1);
  std::get<Constant>(*spec.init.layers[0].second.bias).val = 1000;
  CHECK(probe_of(after_training(spec).record.epochs.at(0), "1", "dead_share") == 0);
}

TEST_CASE("a loss that is not finite ends the run at its step, with the epochs before it kept") {
  TrainingSpec spec = small_spec();
  spec.epochs = 10;
  spec.optimizer = Sgd{};
  std::get<Sgd>(spec.optimizer).lr = 1e30;
  const Trained run = after_training(spec);
  CHECK(run.record.status == RunState::diverged);
  REQUIRE(run.record.error);
  CHECK(run.record.error->epoch == static_cast<std::int64_t>(run.record.epochs.size()) + 1);
  CHECK(run.record.error->step >= 1);
  CHECK_FALSE(run.record.final);
}

TEST_CASE("a stop ends the run as interrupted at the next step") {
  const TrainingSpec spec = small_spec();
  const LoadedData data = data_of(spec);
  StopAfter observer(4);
  const Trained run = train(spec, plan_for(spec, data), data, at::kCPU, RunRecord{}, observer);
  CHECK(run.record.status == RunState::interrupted);
  CHECK(run.record.epochs.size() == 1);
}

TEST_CASE("the confusion matrix counts each test sample once, right answers on its diagonal") {
  const Trained run = after_training(small_spec());
  REQUIRE(run.record.final);
  std::int64_t all = 0;
  std::int64_t right = 0;
  const auto& matrix = run.record.final->confusion_matrix;
  REQUIRE(matrix.size() == 3);
  for (std::size_t truth = 0; truth < 3; ++truth) {
    for (std::size_t guess = 0; guess < 3; ++guess) {
      all += matrix[truth][guess];
      if (truth == guess) right += matrix[truth][guess];
    }
  }
  CHECK(all == 40);
  CHECK(metric_value(run.record.final->test, "accuracy") == static_cast<double>(right) / 40);
}

TEST_CASE("two classes train from one logit") {
  TrainingSpec spec = small_spec();
  std::get<Synthetic>(spec.dataset).classes = 2;
  std::get<Linear>(spec.layers[3]).out_features = 1;
  spec.loss = BceWithLogits{};
  spec.epochs = 30;
  const Trained run = after_training(spec);
  CHECK(metric_value(run.record.epochs.back().train, "loss") <
        metric_value(run.record.epochs.front().train, "loss"));
  CHECK(metric_value(run.record.final->test, "accuracy") > 0.5);
}

TEST_CASE("saved weights and a fitted transform come back as they were") {
  TrainingSpec spec = small_spec();
  spec.transform = Standardize{};
  Trained run = after_training(spec);
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "bunsen-train-test.safetensors";
  write_weights(path, run);
  const LoadedData data = data_of(spec);
  torch::manual_seed(99);
  Model model = build_model(spec.layers, plan_for(spec, data));
  const FittedTransform transform = load_weights(path, *spec.transform, false, model);
  std::filesystem::remove(path);
  CHECK(weights_sha256(model.state()) == run.record.weights.final_sha256);
  CHECK(transform.mean == run.transform.mean);
  CHECK(transform.sd == run.transform.sd);
}

TEST_CASE("a missing value takes the mean of the training samples, in training, test and prediction") {
  const TemporaryFolder folder;
  std::string text = "a,b,y\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(i % 7) + (i % 5 == 0 ? ",," : ",3,") + (i % 2 == 0 ? "n\n" : "z\n");
  folder.write("train.csv", text);
  folder.write("test.csv", "a,b,y\n,1,n\nNA,?,z\n");
  Csv table;
  table.file = "train.csv";
  table.test_file = "test.csv";
  table.label = "y";
  table.missing = Missing::mean;
  table.folder = folder.path().string();
  TrainingSpec spec = small_spec();
  spec.dataset = table;
  Linear last;
  last.out_features = 2;
  spec.layers = {last};
  spec.validation->samples = 10;
  const LoadedData data = data_of(spec);
  Trained run = after_training(spec);
  CHECK(run.record.status == RunState::completed);
  CHECK(run.transform.mean.empty());
  REQUIRE(run.transform.fill.size() == 2);
  CHECK(run.transform.fill[1] == 3);

  const std::filesystem::path path = folder / "weights.safetensors";
  write_weights(path, run);
  Model model = build_model(spec.layers, plan_for(spec, data));
  const FittedTransform transform = load_weights(path, NoTransform{}, false, model);
  CHECK(transform.fill == run.transform.fill);
  BatchSource source(data, *data.test, transform, TargetForm::classes, 2, at::kCPU);
  const auto mean = static_cast<float>(run.transform.fill[0]);
  CHECK(torch::equal(source.gather(in_sequence(2)).input, torch::tensor({{mean, 1.0F}, {mean, 3.0F}})));
}

TEST_CASE("the weights' hash sees names, sizes and bits") {
  const at::Tensor values = torch::arange(4, torch::kFloat);
  const std::string hash = weights_sha256({{"a", values}});
  CHECK(weights_sha256({{"a", values.clone()}}) == hash);
  CHECK(weights_sha256({{"b", values}}) != hash);
  CHECK(weights_sha256({{"a", values.reshape({2, 2})}}) != hash);
  CHECK(weights_sha256({{"a", values + 1e-6}}) != hash);
}

TEST_CASE("probes are what hooks on a LibTorch model see: gradients, activations and dead units") {
  TrainingSpec spec = small_spec();
  spec.epochs = 1;
  const Trained run = after_training(spec);
  const LoadedData data = data_of(spec);
  const Split split = split_samples(data.train.samples, spec.validation, spec.seed);
  Model model = build_model(spec.layers, plan_for(spec, data));
  const at::NoGradGuard no_gradients;
  const std::vector<NamedTensor> state = model.state();
  for (std::size_t i = 0; i < state.size(); ++i) at::Tensor(state[i].tensor).copy_(run.state[i].tensor);
  model.train(false);
  std::vector<float> held_out;
  for (const std::int64_t sample : split.validation) {
    const auto from = data.train.values.begin() + sample * 5;
    held_out.insert(held_out.end(), from, from + 5);
  }
  const EpochRecord& epoch = run.record.epochs.at(0);
  const at::Tensor batch = torch::tensor(held_out).reshape({30, 5});
  model.forward(batch, [&](std::size_t i, const at::Tensor& output) {
    const std::string& layer = model.layers()[i].name;
    CAPTURE(layer);
    if (layer == "2") return;  // dropout passes its input on
    const at::Tensor values = output.to(at::kDouble);
    const auto is = [&](const char* name, double wanted) {
      CHECK(probe_of(epoch, layer, name) == doctest::Approx(wanted).epsilon(1e-9));
    };
    is("activation_mean", values.mean().item<double>());
    is("activation_sd", values.std(false).item<double>());
    if (layer == "1") is("dead_share", values.eq(0).all(0).to(at::kDouble).mean().item<double>());
  });
  std::vector<std::string> names;
  for (const LayerProbes& probes : epoch.layers) names.push_back(probes.layer);
  CHECK(names == std::vector<std::string>{"hidden", "1", "3"});
}

TEST_CASE("probes can be left out, and change nothing of the training") {
  TrainingSpec spec = small_spec();
  const Trained with_probes = after_training(spec);
  spec.runtime.probes = false;
  const Trained without = after_training(spec);
  CHECK(without.record.epochs.at(1).layers.empty());
  CHECK(without.record.weights.final_sha256 == with_probes.record.weights.final_sha256);
}

TEST_CASE("gradients are clipped between the backward pass and the step, and probed before") {
  TrainingSpec spec = small_spec();
  spec.epochs = 1;
  spec.batch.size = 60;
  spec.optimizer = Sgd{1.0};
  const Trained free = after_training(spec);
  spec.clip = ClipNorm{1e-3};
  const Trained clipped = after_training(spec);
  spec.optimizer = Sgd{0.0};
  const Trained still = after_training(spec);
  CHECK(probe_of(clipped.record.epochs[0], "hidden", "gradient_norm") ==
        probe_of(free.record.epochs[0], "hidden", "gradient_norm"));
  double squares = 0;
  for (std::size_t i = 0; i < still.state.size(); ++i) {
    const at::Tensor moved = (clipped.state[i].tensor - still.state[i].tensor).to(at::kDouble);
    squares += moved.square().sum().item<double>();
  }
  CHECK(std::sqrt(squares) == doctest::Approx(1e-3).epsilon(1e-3));
}

TEST_CASE("clipping and groups do the same behind the direct step and behind autograd") {
  const TrainingSpec spec = small_spec();
  const Plan plan = plan_for(spec, data_of(spec));
  Sgd sgd{0.5, 0.9};
  sgd.groups = {{"hidden", SgdGroup{0.1, {}, {}, {}}}, {"*.bias", SgdGroup{{}, 0, {}, {}}}};
  const Clip clip = ClipNorm{0.05};
  const auto weights_after = [&](bool is_direct) {
    torch::manual_seed(7);
    Model model = build_model(spec.layers, plan);
    std::optional<DirectStep> direct = DirectStep::of(spec.layers, model, spec.loss);
    REQUIRE(direct);
    const auto optimizer = make_optimizer(sgd, model.parameters());
    for (int step = 0; step < 5; ++step) {
      const at::Tensor batch = at::randn({20, 5}), target = at::randint(3, {20}, at::kLong);
      if (is_direct) {
        direct->loss(direct->forward(batch), target);
        direct->backward();
      } else {
        optimizer->zero_grad();
        loss_value(spec.loss, model.forward(batch), target).backward();
      }
      clip_gradients(clip, model.parameters());
      optimizer->step();
    }
    return weights_sha256(model.state());
  };
  CHECK(weights_after(true) == weights_after(false));
}

TEST_CASE("a schedule decides each epoch's learning rate, and a rate of 0 moves nothing") {
  TrainingSpec spec = small_spec();
  spec.epochs = 4;
  spec.schedule = MultiStepSchedule{{2}, 0};
  const Trained run = after_training(spec);
  std::vector<double> rates;
  for (const EpochRecord& epoch : run.record.epochs) rates.push_back(epoch.learning_rate);
  CHECK(rates == std::vector<double>{0.001, 0.001, 0, 0});
  spec.epochs = 2;
  spec.schedule.reset();
  CHECK(after_training(spec).record.weights.final_sha256 == run.record.weights.final_sha256);
}

TEST_CASE("reduce_on_plateau lowers the rate when its metric gets no better") {
  TrainingSpec spec = small_spec();
  spec.epochs = 6;
  PlateauSchedule plateau;
  plateau.patience = 1;
  plateau.metric = "validation.loss";
  plateau.eps = 0;
  spec.schedule = plateau;
  spec.optimizer = Sgd{1e-30};  // too small to move a weight
  std::vector<double> rates;
  for (const EpochRecord& epoch : after_training(spec).record.epochs) rates.push_back(epoch.learning_rate);
  CHECK(rates.at(2) == 1e-30);
  CHECK(rates.at(3) == doctest::Approx(1e-31));
  CHECK(rates.at(5) == doctest::Approx(1e-32));
}

TEST_CASE("early stopping ends a run that gets no better, with the best epoch's weights") {
  TrainingSpec spec = small_spec();
  spec.epochs = 50;
  spec.optimizer = Sgd{3};
  EarlyStopping rule;
  rule.patience = 3;
  rule.metric = "validation.loss";
  spec.early_stopping = rule;
  const Trained run = after_training(spec);
  CHECK(run.record.status == RunState::completed);
  REQUIRE(run.record.stopped_early);
  const StoppedEarly& stopped = *run.record.stopped_early;
  CHECK(stopped.epoch == static_cast<std::int64_t>(run.record.epochs.size()));
  CHECK(stopped.epoch < 50);
  CHECK(stopped.epoch == *stopped.best_epoch + 3);
  CHECK(run.record.weights.epoch == stopped.best_epoch);

  spec.early_stopping.reset();
  spec.epochs = *stopped.best_epoch;
  CHECK(after_training(spec).record.weights.final_sha256 == run.record.weights.final_sha256);
  spec.epochs = 50;
  rule.restore_best = false;
  spec.early_stopping = rule;
  const Trained last = after_training(spec);
  spec.early_stopping.reset();
  spec.epochs = stopped.epoch;
  CHECK(last.record.weights.final_sha256 == after_training(spec).record.weights.final_sha256);
  CHECK_FALSE(last.record.weights.epoch);
}

TEST_CASE("a run that got through all its epochs ends with its best weights as well") {
  TrainingSpec spec = small_spec();
  spec.epochs = 8;
  spec.optimizer = Sgd{3};
  spec.early_stopping = EarlyStopping{8, 0, "validation.loss", true};
  const Trained run = after_training(spec);
  CHECK_FALSE(run.record.stopped_early);
  CHECK(run.record.epochs.size() == 8);
  const auto best = best_epoch(run.record.epochs, Aim{"validation.loss", false});
  REQUIRE(best);
  REQUIRE(best->epoch < 8);
  CHECK(run.record.weights.epoch == best->epoch);
}
