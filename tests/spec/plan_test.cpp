#include "spec/plan.h"

#include <doctest/doctest.h>

#include "config/yaml.h"
#include "spec/resolve.h"

namespace bunsen {
namespace {

DataHeader images() { return {Shape{{1, 28, 28}}, true, false, 10, 60000, 10000}; }

struct Planned {
  Sources sources;
  Diagnostics problems;
  std::optional<Plan> plan;
  std::string told;

  explicit Planned(const std::string& layers, const std::string& extra = "",
                   const DataHeader& data = images(), std::int64_t memory_bytes = 0) {
    sources.add("p.yaml", "dataset: mnist\nepochs: 1\nbatch: 100\nloss: cross_entropy\nlayers: " + layers +
                              "\n" + extra +
                              (extra.find("optimizer:") == std::string::npos ? "optimizer: adam\n" : ""));
    const auto root = read_yaml(0, sources, problems);
    const auto out = root ? resolve({*root, "p", "."}, {}, problems) : std::nullopt;
    if (out) {
      const SpecReader reader{problems, out->written};
      plan = make_plan(out->spec, data, reader, problems);
      if (plan) check_memory(out->spec, *plan, {memory_bytes, Severity::error}, reader, problems);
    }
    told = to_text(problems, sources, false);
  }
};

}  // namespace

TEST_CASE("shapes, parameters and multiply-adds of a small CNN") {
  const Planned planned(
      "[{conv2d: {out_channels: 8, kernel_size: 3, padding: 1}}, batch_norm2d, relu, {max_pool2d: 2}, "
      "flatten, {linear: 10}]");
  REQUIRE_MESSAGE(planned.plan, planned.told);
  CHECK(to_text(planned.plan->layers[0].out) == "[8, 28, 28]");
  CHECK(to_text(planned.plan->layers[3].out) == "[8, 14, 14]");
  CHECK(planned.plan->layers[0].parameter_count == 8 * 9 + 8);
  CHECK(planned.plan->layers[0].macs == 8 * 28 * 28 * 9);
  CHECK(planned.plan->layers[1].parameter_count == 16);
  CHECK(planned.plan->parameter_count == 80 + 16 + 8 * 14 * 14 * 10 + 10);
  CHECK(planned.plan->steps_per_epoch == 600);
}

TEST_CASE("a shape error does not cause a second one") {
  const Planned planned("[{linear: 8}, {conv2d: {out_channels: 8, kernel_size: 3}}, {linear: 11}]");
  CHECK(planned.problems.error_count() == 1);
  CHECK(planned.told.find("needs a flat input") != std::string::npos);
}

TEST_CASE("validation is taken from the training part") {
  const Planned planned("[flatten, {linear: 10}]", "validation: 0.1\n");
  REQUIRE(planned.plan);
  CHECK(planned.plan->validation_samples == 6000);
  CHECK(planned.plan->train_samples == 54000);
  CHECK(planned.plan->steps_per_epoch == 540);
}

TEST_CASE("batch normalization over a last batch of one sample is refused") {
  const Planned planned("[flatten, batch_norm1d, {linear: 10}]", "validation: 59\n",
                        {Shape{{1, 28, 28}}, true, false, 10, 160, 10});
  CHECK(planned.told.find("has one sample") != std::string::npos);
}

TEST_CASE("the number of threads follows the work and the cores") {
  Plan plan;
  plan.macs = 1000;
  CHECK(automatic_threads(plan, 100, 64) == 1);
  plan.macs = 999999;
  CHECK(automatic_threads(plan, 100, 64) == 1);
  plan.macs = 1000000;
  CHECK(automatic_threads(plan, 100, 64) == 2);
  CHECK(automatic_threads(plan, 100, 1) == 1);
  plan.macs = 100000000;
  CHECK(automatic_threads(plan, 100, 2) == 2);
  CHECK(automatic_threads(plan, 100, 64) == 64);
}

TEST_CASE("activations are the bytes of a layer's output for a batch; a view has none") {
  const Planned planned(
      "[{conv2d: {out_channels: 8, kernel_size: 3, padding: 1}}, relu, flatten, {dropout: 0}, {linear: 10}]");
  REQUIRE_MESSAGE(planned.plan, planned.told);
  const std::int64_t image = 8 * 28 * 28 * 4;
  CHECK(planned.plan->layers[0].activation_bytes == 100 * image);
  CHECK(planned.plan->layers[1].activation_bytes == 100 * image);
  CHECK(planned.plan->layers[2].activation_bytes == 0);
  CHECK(planned.plan->layers[3].activation_bytes == 0);
  CHECK(planned.plan->layers[4].activation_bytes == 100 * 10 * 4);
  CHECK(planned.plan->activation_bytes == 2 * 100 * image + 4000);
}

TEST_CASE("a batch is no larger than the training part") {
  const DataHeader few{Shape{{1, 28, 28}}, true, false, 10, 30, 10};
  const Planned planned("[flatten, {linear: 10}]", "", few);
  REQUIRE(planned.plan);
  CHECK(planned.plan->layers[1].activation_bytes == 30 * 10 * 4);
}

TEST_CASE("numbers too large for 64 bits stop at the largest") {
  const Planned planned(
      "[{conv2d: {out_channels: 1, kernel_size: 10000, padding: 400000}}, flatten, {linear: 1}, {linear: "
      "10}]");
  REQUIRE_MESSAGE(planned.plan, planned.told);
  CHECK(planned.plan->layers[0].macs == INT64_MAX);
  CHECK(planned.plan->macs == INT64_MAX);
  CHECK(planned.plan->memory.total() > 10'000'000'000'000);
  const Planned windowless(
      "[{max_pool2d: {kernel_size: 4611686018427387904, padding: 4611686018427387904}}]");
  CHECK(windowless.problems.has_errors());
}

TEST_CASE("the memory's parts follow from the config") {
  const Planned adam("[flatten, {linear: {out_features: 10, bias: false}}]");
  REQUIRE(adam.plan);
  const MemoryPlan& memory = adam.plan->memory;
  CHECK(memory.parameters == 7840 * 4 * 4);  // value, gradient, two moments
  CHECK(memory.data == 70000 * (784 + 8));   // bytes and a label
  CHECK(memory.kept == 0);                   // the batch is what linear keeps
  CHECK(memory.step == 100 * 10 * 4);
  CHECK(memory.evaluation == 1000 * 10 * 4);
  CHECK(memory.batches == (100 + 1000) * 784 * 4 + 60000 * 32);
  const Planned sgd("[flatten, {linear: {out_features: 10, bias: false}}]",
                    "optimizer: {sgd: {momentum: 0.9}}\n");
  CHECK(sgd.plan->memory.parameters == 7840 * 4 * 3);
  const Planned stopping("[flatten, {linear: {out_features: 10, bias: false}}]",
                         "optimizer: {rmsprop: {centered: true}}\nvalidation: 100\n"
                         "early_stopping: {patience: 1, restore_best: true}\n");
  REQUIRE_MESSAGE(stopping.plan, stopping.told);
  CHECK(stopping.plan->memory.parameters == 7840 * 4 * 5);  // two averages, and the best epoch's value
  const Planned table("[{linear: 10}]", "", {Shape{{13}}, false, false, 10, std::nullopt, 0});
  CHECK_FALSE(table.plan->memory.data);
}

TEST_CASE("each kind of layer keeps what its backward pass needs") {
  const auto kept = [](const std::string& layers) {
    const Planned planned("[flatten, {linear: 50}, " + layers + ", {linear: 10}]");
    return planned.plan ? planned.plan->memory.kept / (100 * 50 * 4) : -1;
  };
  CHECK(kept("relu") == 1);  // its output, which is the next one's input
  CHECK(kept("gelu") == 2);  // its input, and the next one's
  CHECK(kept("batch_norm1d, relu") == 2);
  CHECK(kept("{dropout: 0.5}") == 2);  // the mask
  CHECK(kept("{dropout: 0}") == 1);
}

TEST_CASE("what a machine has no memory for is told where most of it goes") {
  const std::int64_t gib = std::int64_t{1} << 30;
  const Planned wide("[flatten, {linear: 20000000}, {linear: 10}]", "", images(), 24 * gib);
  CHECK(wide.told.find(
            "error[BUN037]: layers.1.linear: needs about 315 GiB of memory, this machine has 24.0 GiB") !=
        std::string::npos);
  CHECK(wide.told.find("the optimizer's state alone are 234 GiB") != std::string::npos);

  const Planned channels(
      "[{conv2d: {out_channels: 20000, kernel_size: 1}}, {avg_pool2d: 28}, flatten, {linear: 10}]",
      "test: {batch_size: 10}\n", images(), gib);
  CHECK(channels.told.find("layers.0.conv2d") != std::string::npos);
  CHECK(channels.told.find("a batch of 100 alone takes") != std::string::npos);

  const Planned tested(
      "[{conv2d: {out_channels: 2000, kernel_size: 1}}, {avg_pool2d: 28}, flatten, {linear: 10}]", "",
      images(), gib);
  CHECK(tested.told.find("evaluating 1000 samples at a time alone takes") != std::string::npos);

  DataHeader much = images();
  much.train_samples = 1'000'000'000;
  const Planned loaded("[flatten, {linear: 10}]", "", much, 24 * gib);
  CHECK(loaded.told.find("dataset: needs about 768 GiB") != std::string::npos);
}

TEST_CASE("nothing is told of an unknown machine, of a GPU's memory, or of what fits") {
  const std::string layers = "[flatten, {linear: 20000000}, {linear: 10}]";
  CHECK(Planned(layers, "", images(), 0).told.empty());
  CHECK(Planned(layers, "runtime: {device: cuda}\n", images(), 1 << 30).told.empty());
  CHECK(Planned(layers, "", images(), std::int64_t{1} << 40).told.empty());
}

TEST_CASE("as many trainings at a time as there is memory for, what they share counted once") {
  constexpr std::int64_t mib = 1 << 20;
  MemoryPlan memory;
  memory.libtorch = 100 * mib;
  memory.data = 300 * mib;
  memory.parameters = 84 * mib;  // and 16 of LibTorch that each has for itself
  CHECK(trainings_that_fit(memory, 1000 * mib, 64) == 6);
  CHECK(trainings_that_fit(memory, 1000 * mib, 4) == 4);
  CHECK(trainings_that_fit(memory, 50 * mib, 4) == 1);
  CHECK(trainings_that_fit(memory, 0, 4) == 4);
  CHECK(memory_of_trainings(memory, 6) == 1000 * mib);
  memory.parameters = INT64_MAX;
  CHECK(trainings_that_fit(memory, 1000 * mib, 4) == 1);
}

}  // namespace bunsen
