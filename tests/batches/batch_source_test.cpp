#include "batches/batch_source.h"

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <cmath>

#include "batches/order.h"

using namespace bunsen;

namespace {

/// Images [2, 2, 2]: every pixel value stands somewhere.
struct Images {
  std::vector<std::uint8_t> pixels;
  std::vector<std::int64_t> classes;
  LoadedData data;

  Images() {
    for (int i = 0; i < 32 * 8; ++i) pixels.push_back(static_cast<std::uint8_t>(i));
    for (int i = 0; i < 32; ++i) classes.push_back(i % 2);
    data.sample = Shape{{2, 2, 2}};
    data.is_image = true;
    data.class_names = {"0", "1"};
    data.train.samples = 32;
    data.train.pixels = pixels;
    data.train.classes = classes;
  }
};

struct Table {
  std::vector<float> values{1, 7, 2, 7, 4, 7, 9, 7};
  std::vector<std::int64_t> classes{0, 1, 0, 1};
  LoadedData data;

  Table() {
    data.sample = Shape{{2}};
    data.class_names = {"a", "b"};
    data.train.samples = 4;
    data.train.values = values;
    data.train.classes = classes;
  }
};

at::Tensor gathered(const LoadedData& data, const Transform& transform,
                    const std::vector<std::int64_t>& samples) {
  const FittedTransform fitted = fit(transform, data, in_sequence(data.train.samples));
  BatchSource source(data, data.train, fitted, TargetForm::classes, 32, at::kCPU);
  return source.gather(samples).input.clone();
}

}  // namespace

TEST_CASE("scaled pixels have the bits of a division of floats by 255") {
  const Images images;
  const at::Tensor raw = torch::arange(256, torch::kFloat).reshape({32, 2, 2, 2});
  CHECK(torch::equal(gathered(images.data, NoTransform{}, in_sequence(32)), raw));
  CHECK(torch::equal(gathered(images.data, Scale{}, in_sequence(32)), raw.div(255)));
}

TEST_CASE("normalized pixels have the bits of torchvision's ToTensor and Normalize, a channel at a time") {
  const Images images;
  const Normalize normalize{{0.1307, 0.5}, {0.3081, 0.25}};
  const at::Tensor mean = torch::tensor({0.1307, 0.5}, torch::kFloat).reshape({2, 1, 1});
  const at::Tensor sd = torch::tensor({0.3081, 0.25}, torch::kFloat).reshape({2, 1, 1});
  const at::Tensor raw = torch::arange(256, torch::kFloat).reshape({32, 2, 2, 2});
  CHECK(torch::equal(gathered(images.data, normalize, in_sequence(32)), raw.div(255).sub(mean).div(sd)));
}

TEST_CASE("standardize measures the training samples alone") {
  const Table table;
  const FittedTransform fitted = fit(Standardize{}, table.data, {0, 1});
  CHECK(fitted.mean[0] == 1.5);
  CHECK(fitted.sd[0] == 0.5);
  CHECK_FALSE(fitted.scales_pixels);
}

TEST_CASE("a constant feature is only centred") {
  const Table table;
  const at::Tensor batch = gathered(table.data, Standardize{}, {0, 3});
  CHECK(batch[0][1].item<float>() == 0);
  CHECK(batch[1][1].item<float>() == 0);
  CHECK(batch[0][0].item<float>() == doctest::Approx((1.0 - 4) / std::sqrt(9.5)));
}

TEST_CASE("standardized pixels have mean 0 and deviation 1 in each channel") {
  const Images images;
  const at::Tensor all = gathered(images.data, Standardize{}, in_sequence(32)).to(torch::kDouble);
  for (int channel = 0; channel < 2; ++channel) {
    const at::Tensor values = all.select(1, channel);
    CHECK(values.mean().item<double>() == doctest::Approx(0).epsilon(1e-6));
    CHECK(values.pow(2).mean().item<double>() == doctest::Approx(1).epsilon(1e-6));
  }
}

TEST_CASE("a short batch holds its own samples, in the order asked for") {
  const Table table;
  const FittedTransform none = fit(NoTransform{}, table.data, {});
  BatchSource source(table.data, table.data.train, none, TargetForm::numbers, 3, at::kCPU);
  const std::vector<std::int64_t> full{0, 1, 2};
  source.gather(full);
  const std::vector<std::int64_t> chosen{3, 1};
  const TensorBatch batch = source.gather(chosen);
  CHECK(torch::equal(batch.input, torch::tensor({{9.f, 7.f}, {2.f, 7.f}})));
  CHECK(torch::equal(batch.target, torch::tensor({{1.f}, {1.f}})));
}
