#include "batches/order.h"

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <algorithm>

using namespace bunsen;
using Indices = std::vector<std::int64_t>;

// Goldens from Python's PyTorch 2.13.0: torch.manual_seed(777); DataLoader over 10 samples, num_workers=0.
TEST_CASE("a shuffled epoch is DataLoader's, and so is what it leaves in the global generator") {
  torch::manual_seed(777);
  CHECK(draw_order(10, true) == Indices{8, 2, 1, 5, 0, 9, 7, 4, 3, 6});
  CHECK(draw_order(10, true) == Indices{6, 5, 1, 4, 0, 3, 8, 2, 9, 7});
  const at::Tensor next = torch::rand(2);
  CHECK(next[0].item<float>() == 0.8248671889305115f);
  CHECK(next[1].item<float>() == 0.26343464851379395f);
}

TEST_CASE("an epoch in sequence draws one number, as DataLoader does") {
  torch::manual_seed(777);
  CHECK(draw_order(4, false) == Indices{0, 1, 2, 3});
  CHECK(draw_order(4, false) == Indices{0, 1, 2, 3});
  CHECK(torch::rand(1).item<float>() == 0.8813223242759705f);
}

TEST_CASE(
    "the split is random_split's with a generator seeded by the seed, and draws nothing from the global "
    "one") {
  torch::manual_seed(1);
  const at::Tensor expected = torch::rand(1);
  torch::manual_seed(1);
  HeldOut held_out;
  held_out.samples = 3;
  const Split split = split_samples(10, held_out, 777);
  CHECK(split.train == Indices{5, 9, 0, 3, 1, 7, 4});
  CHECK(split.validation == Indices{8, 6, 2});
  CHECK(torch::equal(torch::rand(1), expected));
}

TEST_CASE("a share of the samples is rounded down, and nothing is held out without a word") {
  HeldOut held_out;
  held_out.share = 0.25;
  CHECK(split_samples(10, held_out, 0).validation.size() == 2);
  const Split whole = split_samples(3, std::nullopt, 0);
  CHECK(whole.train == Indices{0, 1, 2});
  CHECK(whole.validation.empty());
}
