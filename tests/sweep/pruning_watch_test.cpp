#include "sweep/pruning_watch.h"

#include <doctest/doctest.h>

#include <cmath>

namespace bunsen {
namespace {

const Goal upwards{"validation.accuracy", true, ObjectiveAt::last};
const Goal best_upwards{"validation.accuracy", true, ObjectiveAt::best};
const Pruner halving{AshaPruner{1, 2}};

TEST_CASE("trainings wait where their points are judged, and not after the last epoch") {
  CHECK(judged_epochs(Pruner{AshaPruner{2, 3}}, 20) == std::vector<std::int64_t>{2, 6, 18});
  CHECK(judged_epochs(Pruner{AshaPruner{2, 3}}, 2).empty());
  CHECK(judged_epochs(Pruner{MedianPruner{5, 1}}, 4) == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("a point that is worse than half of those before it is pruned at a rung") {
  PruningWatch watch(halving, upwards);
  watch.begin(0, 0, 4);
  CHECK(watch.note_epoch(0, 0, 1, 0.9)->verdict.goes_on);
  watch.begin(1, 1, 4);
  const std::optional<Judgement> judgement = watch.note_epoch(1, 1, 1, 0.1);
  REQUIRE(judgement);
  CHECK_FALSE(judgement->verdict.goes_on);
  CHECK(judgement->verdict.bar == doctest::Approx(0.9));
  CHECK(judgement->epoch == 1);
  CHECK(judgement->seeds == 1);
}

TEST_CASE("seeds that run together are judged by their mean, when the last of them arrives") {
  PruningWatch watch(halving, upwards);
  watch.begin(0, 0, 4);
  watch.note_epoch(0, 0, 1, 0.5);
  watch.begin(1, 1, 4);
  watch.begin(1, 2, 4);
  CHECK_FALSE(watch.note_epoch(1, 1, 1, 0.1));
  const std::optional<Judgement> judgement = watch.note_epoch(1, 2, 1, 0.99);
  REQUIRE(judgement);
  CHECK(judgement->verdict.goes_on);
  CHECK(judgement->verdict.score == doctest::Approx(0.545));
  CHECK(judgement->seeds == 2);
}

TEST_CASE("a seed that stopped early by itself counts with its last score") {
  PruningWatch watch(halving, upwards);
  watch.begin(0, 0, 4);
  watch.note_epoch(0, 0, 1, 0.4);
  watch.finish(0, 0);
  watch.begin(0, 1, 4);
  watch.note_epoch(0, 1, 1, 0.5);
  const std::optional<Judgement> judgement = watch.note_epoch(0, 1, 2, 0.6);
  REQUIRE(judgement);
  CHECK(judgement->verdict.score == doctest::Approx(0.5));
}

TEST_CASE("nothing is judged after the last epoch") {
  PruningWatch watch(Pruner{MedianPruner{1, 0}}, upwards);
  watch.begin(0, 0, 1);
  CHECK_FALSE(watch.note_epoch(0, 0, 1, 0.1));
}

TEST_CASE("where the best epoch counts, a worse one does not lower the score") {
  PruningWatch watch(halving, best_upwards);
  watch.begin(0, 0, 8);
  watch.note_epoch(0, 0, 1, 0.8);
  watch.note_epoch(0, 0, 2, 0.3);
  watch.note_epoch(0, 0, 3, std::nan(""));
  CHECK(watch.curve(0).scores == std::vector<double>{0.8, 0.8, 0.8});
}

TEST_CASE("a training that begins anew is not counted twice, and one without an end not at all") {
  PruningWatch watch(halving, upwards);
  watch.begin(0, 0, 4);
  watch.note_epoch(0, 0, 1, 0.8);
  watch.begin(0, 0, 4);
  CHECK(watch.curve(0).scores.empty());
  watch.note_epoch(0, 0, 1, 0.7);
  CHECK(watch.curve(0).scores == std::vector<double>{0.7});
  watch.forget(0, 0);
  CHECK(watch.curve(0).scores.empty());
}

}  // namespace
}  // namespace bunsen
