#include "data/synthetic.h"

#include <cmath>

#include "data/portable_random.h"

namespace bunsen {
namespace {

enum Stream : std::uint64_t { centres_stream = 0, train_stream = 1, test_stream = 2 };

using Points = std::vector<std::vector<double>>;

Points blob_centres(const Synthetic& spec) {
  Points centres;
  PortableRandom random(static_cast<std::uint64_t>(spec.seed), centres_stream);
  for (std::int64_t c = 0; c < spec.classes; ++c) {
    std::vector<double>& centre = centres.emplace_back(static_cast<std::size_t>(spec.features));
    if (spec.features == 2) {
      const auto [sine, cosine] = sine_cosine(static_cast<double>(c) / static_cast<double>(spec.classes));
      centre = {cosine, sine};
      continue;
    }
    double square = 0;
    for (double& x : centre) {
      x = random.normal();
      square += x * x;
    }
    for (double& x : centre) x /= std::sqrt(square);
  }
  return centres;
}

void spiral_point(const Synthetic& spec, std::int64_t class_index, PortableRandom& random,
                  std::vector<double>& point) {
  const double along = random.uniform();
  const double arm = static_cast<double>(class_index) / static_cast<double>(spec.classes);
  const auto [sine, cosine] = sine_cosine(arm + along);
  point = {3 * along * cosine, 3 * along * sine};
}

void xor_point(std::int64_t class_index, PortableRandom& random, std::vector<double>& point) {
  const bool first_is_negative = random.coin();
  const bool second_is_negative = first_is_negative != (class_index == 1);
  for (std::size_t i = 0; i < point.size(); ++i) {
    const double size = random.uniform();
    if (i >= 2) {
      point[i] = 2 * size - 1;
    } else {
      point[i] = (i == 0 ? first_is_negative : second_is_negative) ? -size : size;
    }
  }
}

}  // namespace

SyntheticPart make_synthetic(const Synthetic& spec, bool is_test) {
  const auto samples = static_cast<std::size_t>(is_test ? spec.test_samples : spec.samples);
  const auto features = static_cast<std::size_t>(spec.features);
  const Points centres = spec.pattern == Pattern::blobs ? blob_centres(spec) : Points();
  PortableRandom random(static_cast<std::uint64_t>(spec.seed), is_test ? test_stream : train_stream);

  SyntheticPart part;
  part.values.reserve(samples * features);
  part.classes.reserve(samples);
  std::vector<double> point(features);
  for (std::size_t i = 0; i < samples; ++i) {
    const auto class_index = static_cast<std::int64_t>(i % static_cast<std::size_t>(spec.classes));
    switch (spec.pattern) {
      case Pattern::blobs:
        point = centres[static_cast<std::size_t>(class_index)];
        break;
      case Pattern::spirals:
        spiral_point(spec, class_index, random, point);
        break;
      case Pattern::exclusive_or:
        xor_point(class_index, random, point);
        break;
    }
    for (const double x : point) part.values.push_back(static_cast<float>(x + spec.noise * random.normal()));
    part.classes.push_back(class_index);
  }
  return part;
}

}  // namespace bunsen
