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
                   const DataHeader& data = images()) {
    sources.add("p.yaml",
                "dataset: mnist\nepochs: 1\nbatch: 100\nloss: cross_entropy\noptimizer: adam\nlayers: " +
                    layers + "\n" + extra);
    const auto root = read_yaml(0, sources, problems);
    const auto out = root ? resolve({*root, "p", "."}, {}, problems) : std::nullopt;
    if (out) plan = make_plan(out->spec, data, SpecReader{problems, out->written}, problems);
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
  plan.macs = 100000000;
  CHECK(automatic_threads(plan, 100, 2) == 2);
  CHECK(automatic_threads(plan, 100, 64) == 64);
}

}  // namespace bunsen
