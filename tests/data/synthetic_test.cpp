// synthetic_test.cpp - made points: repeatable to the bit, balanced, and what they are said to be.
#include "data/synthetic.h"

#include <doctest/doctest.h>

#include <cmath>

#include "data/dataset.h"
#include "data/portable_random.h"

using namespace bunsen;

TEST_CASE("the generator's functions agree with the C library's") {
  for (int i = -50; i <= 50; ++i) {
    const double turns = i / 16.0 + 0.013;
    const auto [sine, cosine] = sine_cosine(turns);
    CHECK(sine == doctest::Approx(std::sin(2 * M_PI * turns)).epsilon(1e-13));
    CHECK(cosine == doctest::Approx(std::cos(2 * M_PI * turns)).epsilon(1e-13));
  }
  for (const double x : {0x1p-53, 1e-9, 0.1, 0.5, 0.7, 0.7072, 0.999999, 1.0, 1.5, 1e6}) {
    CHECK(natural_log(x) == doctest::Approx(std::log(x)).epsilon(1e-15));
  }
}

TEST_CASE("normal numbers have mean 0 and variance 1, and streams differ") {
  PortableRandom random(1, 0);
  double sum = 0;
  double squares = 0;
  constexpr int count = 200000;
  for (int i = 0; i < count; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
  }
  CHECK(std::abs(sum / count) < 0.01);
  CHECK(std::abs(squares / count - 1) < 0.02);
  CHECK(PortableRandom(1, 1).bits() != PortableRandom(1, 2).bits());
  CHECK(PortableRandom(1, 1).bits() != PortableRandom(2, 1).bits());
}

TEST_CASE("synthetic data repeat to the bit, on every machine") {
  Synthetic spec;
  spec.samples = 60;
  spec.test_samples = 40;
  std::string hashes;
  for (const Pattern pattern : {Pattern::blobs, Pattern::spirals, Pattern::exclusive_or}) {
    spec.pattern = pattern;
    const LoadedData data = load_data(Dataset(spec), DataPlaces{});
    hashes += data.train.sha256.substr(0, 8) + ' ' + data.test->sha256.substr(0, 8) + ' ';
  }
  CHECK(hashes == "5996886a fb05ba3f 0ffcf0c2 13bd8b23 5d7db816 39dc4146 ");
}

TEST_CASE("classes are balanced and a longer part begins with the shorter one") {
  Synthetic spec;
  spec.classes = 3;
  spec.samples = 9;
  const SyntheticPart small = make_synthetic(spec, false);
  CHECK(small.classes == std::vector<std::int64_t>{0, 1, 2, 0, 1, 2, 0, 1, 2});
  spec.samples = 90;
  const SyntheticPart large = make_synthetic(spec, false);
  CHECK(std::equal(small.values.begin(), small.values.end(), large.values.begin()));
}

TEST_CASE("the test part has other points than the training part, around the same centres") {
  Synthetic spec;
  spec.features = 5;
  spec.noise = 0;
  spec.samples = spec.test_samples = 2;
  CHECK(make_synthetic(spec, false).values == make_synthetic(spec, true).values);
  spec.noise = 0.1;
  CHECK(make_synthetic(spec, false).values != make_synthetic(spec, true).values);
}

TEST_CASE("without noise the patterns are exact") {
  Synthetic spec;
  spec.noise = 0;
  spec.classes = 4;
  spec.samples = 4;
  CHECK(make_synthetic(spec, false).values == std::vector<float>{1, 0, 0, 1, -1, 0, 0, -1});

  spec.pattern = Pattern::exclusive_or;
  spec.classes = 2;
  spec.samples = 200;
  spec.features = 3;
  const SyntheticPart points = make_synthetic(spec, false);
  for (std::size_t i = 0; i < 200; ++i) {
    const bool signs_differ = (points.values[3 * i] < 0) != (points.values[3 * i + 1] < 0);
    CHECK(signs_differ == (points.classes[i] == 1));
  }
}

TEST_CASE("a synthetic set without test points has no test part") {
  Synthetic spec;
  spec.test_samples = 0;
  const LoadedData data = load_data(Dataset(spec), DataPlaces{});
  CHECK_FALSE(data.test.has_value());
  CHECK(data.class_names == std::vector<std::string>{"0", "1"});
}
