#include "base/spelling.h"

#include <doctest/doctest.h>

namespace bunsen {
namespace {

const std::vector<std::string> words = {"linear", "conv2d",  "max_pool2d",   "relu",        "leaky_relu",
                                        "lr",     "dropout", "weight_decay", "out_features"};

}  // namespace

TEST_CASE("a typo names the word that was meant") {
  CHECK(closest("lineer", words) == "linear");
  CHECK(closest("rleu", words) == "relu");
  CHECK(closest("LeakyReLU", words) == "leaky_relu");
  CHECK(closest("weight-decay", words) == "weight_decay");
  CHECK(closest("out_feature", words) == "out_features");
  CHECK(closest("rl", words) == "lr");
  CHECK(closest("conv", words) == "conv2d");
}

TEST_CASE("what is near to nothing gets no suggestion") {
  CHECK_FALSE(closest("banana", words).has_value());
  CHECK_FALSE(closest("x", words).has_value());
  CHECK_FALSE(closest("la", words).has_value());
  CHECK_FALSE(closest(std::string(1000, 'a'), words).has_value());
}

}  // namespace bunsen
