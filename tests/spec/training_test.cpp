#include "spec/training.h"

#include <doctest/doctest.h>

using namespace bunsen;

namespace {

std::string aim_text(const std::optional<Aim>& aim) {
  return aim ? (aim->is_large_good ? "large " : "small ") + aim->metric : "none";
}

}  // namespace

TEST_CASE("which epoch is the best: by the objective, else by the validation part's accuracy or loss") {
  TrainingSpec spec;
  spec.loss = CrossEntropy{};
  CHECK(aim_text(aim_of(spec)) == "none");
  spec.validation = HeldOut{0.1};
  CHECK(aim_text(aim_of(spec)) == "large validation.accuracy");
  spec.loss = Mse{};
  CHECK(aim_text(aim_of(spec)) == "small validation.loss");
  spec.objective = Objective{std::nullopt, "train.loss"};
  CHECK(aim_text(aim_of(spec)) == "small train.loss");
}

TEST_CASE("a watched metric goes the objective's way if it is the objective's, else a loss should be small") {
  TrainingSpec spec;
  spec.loss = CrossEntropy{};
  CHECK(aim_text(aim_of(spec, std::nullopt)) == "none");
  CHECK(aim_text(aim_of(spec, "validation.loss")) == "small validation.loss");
  CHECK(aim_text(aim_of(spec, "test.accuracy")) == "large test.accuracy");
  spec.objective = Objective{"train.loss", std::nullopt};
  CHECK(aim_text(aim_of(spec, std::nullopt)) == "large train.loss");
  CHECK(aim_text(aim_of(spec, "train.loss")) == "large train.loss");
  CHECK(aim_text(aim_of(spec, "test.loss")) == "small test.loss");
}
