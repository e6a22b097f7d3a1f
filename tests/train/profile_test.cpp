#include "train/profile.h"

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <optional>

#include "data/temporary_folder.h"
#include "train/product_floor.h"
#include "train/train.h"

using namespace bunsen;

namespace {

struct ProfileReader : TrainingObserver {
  bool wants = true;
  std::int64_t steps_until_stop = -1;
  std::vector<Profile> profiles;
  bool wants_profile() override { return wants; }
  void profiled(const Profile& profile) override { profiles.push_back(profile); }
  bool wants_stop() override { return steps_until_stop == 0; }
  void stepped(const StepResult&) override { --steps_until_stop; }
};

Linear linear_to(std::int64_t outputs) {
  Linear linear;
  linear.out_features = outputs;
  return linear;
}

/// Two classes on five features: 70 samples to learn from in four steps.
TrainingSpec profiled_spec(const Loss& loss, std::int64_t outputs) {
  TrainingSpec spec;
  spec.seed = 5;
  spec.epochs = 3;
  Synthetic blobs;
  blobs.samples = 90;
  blobs.test_samples = 40;
  blobs.classes = 2;
  blobs.features = 5;
  spec.dataset = blobs;
  spec.batch.size = 20;
  spec.layers = {Dropout{0}, Relu{}, linear_to(7), Tanh{}, Relu{}, Dropout{0.25}, linear_to(outputs)};
  spec.loss = loss;
  spec.optimizer = Adam{};
  HeldOut held_out;
  held_out.samples = 20;
  spec.validation = held_out;
  return spec;
}

Trained profiled_training(const TrainingSpec& spec, ProfileReader& reader) {
  const LoadedData data = load_data(spec.dataset, DataPlaces{});
  Diagnostics problems;
  const SpecReader spec_reader{problems};
  const std::optional<Plan> plan = make_plan(spec, header_of(data), spec_reader, problems);
  REQUIRE(plan);
  return train(spec, *plan, data, at::kCPU, RunRecord{}, reader);
}

double phase_of(const Profile& profile, Phase phase) {
  return profile.seconds[static_cast<std::size_t>(phase)];
}

double layers_sum(const Profile& profile, double LayerSeconds::*part) {
  double sum = 0;
  for (const LayerSeconds& layer : profile.layers) sum += layer.*part;
  return sum;
}

}  // namespace

TEST_CASE("a profile changes no bit, with and without autograd") {
  for (const bool has_autograd : {false, true}) {
    CAPTURE(has_autograd);
    const TrainingSpec spec =
        has_autograd ? profiled_spec(BceWithLogits{}, 1) : profiled_spec(CrossEntropy{}, 2);
    ProfileReader watched, alone;
    alone.wants = false;
    const Trained with = profiled_training(spec, watched), without = profiled_training(spec, alone);
    CHECK(with.record.weights.final_sha256 == without.record.weights.final_sha256);
    REQUIRE(with.record.epochs.size() == without.record.epochs.size());
    for (std::size_t i = 0; i < with.record.epochs.size(); ++i) {
      CHECK((with.record.epochs[i].train == without.record.epochs[i].train));
      CHECK((with.record.epochs[i].test == without.record.epochs[i].test));
      const std::vector<LayerProbes>&probes = with.record.epochs[i].layers,
            &wanted = without.record.epochs[i].layers;
      REQUIRE(probes.size() == wanted.size());
      for (std::size_t layer = 0; layer < probes.size(); ++layer)
        CHECK((probes[layer].values == wanted[layer].values));
    }
    CHECK(alone.profiles.empty());
    REQUIRE(watched.profiles.size() == 1);
    CHECK(watched.profiles[0].is_direct == !has_autograd);
  }
}

TEST_CASE("a profile divides an epoch among phases and layers") {
  for (const bool has_autograd : {false, true}) {
    CAPTURE(has_autograd);
    ProfileReader reader;
    profiled_training(has_autograd ? profiled_spec(BceWithLogits{}, 1) : profiled_spec(CrossEntropy{}, 2),
                      reader);
    REQUIRE(reader.profiles.size() == 1);
    const Profile& profile = reader.profiles[0];
    CHECK(profile.first_epoch == 2);
    CHECK(profile.last_epoch == 3);
    CHECK(profile.steps_per_epoch == 4);
    for (const Phase phase : {Phase::data, Phase::forward, Phase::loss, Phase::backward, Phase::optimizer,
                              Phase::metrics, Phase::probes, Phase::evaluation})
      CHECK(phase_of(profile, phase) > 0);
    CHECK(layers_sum(profile, &LayerSeconds::forward) == doctest::Approx(phase_of(profile, Phase::forward)));
    CHECK(layers_sum(profile, &LayerSeconds::backward) ==
          doctest::Approx(phase_of(profile, Phase::backward)));
    REQUIRE(profile.layers.size() == 7);
    for (std::size_t i = 0; i < profile.layers.size(); ++i) {
      CAPTURE(i);
      const LayerSeconds& layer = profile.layers[i];
      CHECK(layer.forward > 0);
      const bool is_before_the_first_that_learns = i < 2, is_linear = i == 2 || i == 6;
      CHECK((layer.backward == 0) == is_before_the_first_that_learns);
      CHECK(layer.products.has_value() == is_linear);
      if (is_linear) CHECK(*layer.products > 0);
    }
  }
}

TEST_CASE("an epoch that did not come to its end counts for nothing") {
  ProfileReader early;
  early.steps_until_stop = 2;
  profiled_training(profiled_spec(CrossEntropy{}, 2), early);
  CHECK(early.profiles.empty());

  ProfileReader in_the_second;
  in_the_second.steps_until_stop = 6;
  profiled_training(profiled_spec(CrossEntropy{}, 2), in_the_second);
  REQUIRE(in_the_second.profiles.size() == 1);
  CHECK(in_the_second.profiles[0].first_epoch == 1);
  CHECK(in_the_second.profiles[0].last_epoch == 1);
}

TEST_CASE("the time of each layer's backward reaches from one gradient to the next") {
  Profiler profiler(3);
  profiler.epoch_begins();
  profiler.lap(Phase::data);
  profiler.gradient_reached(2);
  profiler.gradient_reached(0);  // layers 0 and 1 share their output
  profiler.gradient_reached(1);
  profiler.backward_pass_ended();
  profiler.epoch_ended();
  const Profile profile = profiler.mean();
  CHECK(phase_of(profile, Phase::loss) > 0);
  CHECK(profile.layers[2].backward > 0);
  CHECK(profile.layers[1].backward == 0);
  CHECK(profile.layers[0].backward > 0);
  CHECK(phase_of(profile, Phase::backward) ==
        doctest::Approx(profile.layers[0].backward + profile.layers[2].backward));
}
