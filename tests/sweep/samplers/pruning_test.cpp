#include "sweep/samplers/pruning.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace bunsen {
namespace {

const double not_a_number = std::nan("");

std::vector<Curve> curves(const std::vector<std::vector<double>>& scores, bool are_finished = false) {
  std::vector<Curve> all;
  for (const std::vector<double>& curve : scores) all.push_back({curve, are_finished});
  return all;
}

using Rungs = std::vector<std::int64_t>;

TEST_CASE("a point's curve is the mean of what all its seeds have reached") {
  const Curve mean = mean_curve({{{1, 2, 3}, true}, {{3, 4}, false}});
  CHECK(mean.scores == std::vector<double>{2, 3});
  CHECK(!mean.is_finished);
  CHECK(mean_curve({{{1}, true}, {{2}, true}}).is_finished);
  CHECK(mean_curve({{{1}, true}, {{}, false}}).scores.empty());
  CHECK(std::isnan(mean_curve({{{1}, true}, {{not_a_number}, false}}).scores[0]));
  CHECK(!mean_curve({}).is_finished);
}

TEST_CASE("rungs grow by the reduction and stay below the last epoch") {
  CHECK(asha_rungs({2, 3}, 20) == Rungs{2, 6, 18});
  CHECK(asha_rungs({2, 3}, 18) == Rungs{2, 6});
  CHECK(asha_rungs({5, 3}, 5) == Rungs{});
  const std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  CHECK(asha_rungs({1, 2}, largest).size() == 63);
}

TEST_CASE("between rungs and after the last epoch nobody is judged") {
  const Curve worst{{0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, false};
  const std::vector<Curve> others = curves({{1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}});
  for (const std::int64_t epoch : {1, 3, 4, 5}) {
    const Verdict verdict = judge_asha({2, 3}, true, worst, others, epoch, 7);
    CHECK(verdict.goes_on);
    CHECK(!verdict.was_judged);
  }
  CHECK(!judge_asha({2, 3}, true, worst, others, 2, 7).goes_on);
  CHECK(!judge_asha({2, 3}, true, worst, others, 6, 7).goes_on);
  CHECK(judge_asha({2, 3}, true, worst, others, 6, 6).goes_on);
}

TEST_CASE("the top third of those that reached the rung goes on") {
  // Of six, two.
  const std::vector<Curve> others = curves({{0.9}, {0.7}, {0.5}, {0.3}, {0.1}});
  CHECK(judge_asha({1, 3}, true, {{0.95}, false}, others, 1, 9).goes_on);
  CHECK(judge_asha({1, 3}, true, {{0.8}, false}, others, 1, 9).goes_on);
  CHECK(!judge_asha({1, 3}, true, {{0.6}, false}, others, 1, 9).goes_on);
  CHECK(!judge_asha({1, 3}, false, {{0.6}, false}, others, 1, 9).goes_on);
  CHECK(judge_asha({1, 3}, false, {{0.2}, false}, others, 1, 9).goes_on);
  const Verdict verdict = judge_asha({1, 3}, true, {{0.6}, false}, others, 1, 9);
  CHECK(verdict.was_judged);
  CHECK(verdict.compared == 6);
  CHECK(verdict.score == 0.6);
  CHECK(verdict.bar == 0.7);
}

TEST_CASE("points that have not reached the rung do not count") {
  const std::vector<Curve> others = curves({{0.9, 0.9}, {0.8}, {0.7}, {0.6}});
  const Verdict verdict = judge_asha({2, 2}, true, {{0.1, 0.5}, false}, others, 2, 9);
  CHECK(verdict.compared == 2);
  CHECK(!verdict.goes_on);
}

TEST_CASE("of fewer points than the reduction the best goes on, and so does an equal one") {
  CHECK(judge_asha({1, 3}, true, {{0.1}, false}, {}, 1, 9).goes_on);
  CHECK(judge_asha({1, 3}, true, {{0.2}, false}, curves({{0.1}}), 1, 9).goes_on);
  CHECK(!judge_asha({1, 3}, true, {{0.05}, false}, curves({{0.1}}), 1, 9).goes_on);
  CHECK(judge_asha({1, 3}, true, {{0.1}, false}, curves({{0.1}}), 1, 9).goes_on);
}

TEST_CASE("a score that is no number never goes on and hinders nobody") {
  CHECK(!judge_asha({1, 3}, true, {{not_a_number}, false}, {}, 1, 9).goes_on);
  CHECK(judge_asha({1, 3}, true, {{0.1}, false}, curves({{not_a_number}, {not_a_number}}), 1, 9).goes_on);
  const Verdict verdict =
      judge_asha({1, 2}, false, {{0.1}, false}, curves({{not_a_number}, {0.05}, {0.07}}), 1, 9);
  CHECK(!verdict.goes_on);
  CHECK(verdict.compared == 3);
}

TEST_CASE("the median rule waits for five finished points") {
  const Curve bad{{0.1}, false};
  CHECK(judge_median({}, true, bad, curves({{1}, {1}, {1}, {1}}, true), 1).goes_on);
  CHECK(!judge_median({}, true, bad, curves({{1}, {1}, {1}, {1}, {1}}, true), 1).goes_on);
  CHECK(judge_median({}, true, bad, curves({{1}, {1}, {1}, {1}, {1}}, false), 1).goes_on);
}

TEST_CASE("the median rule lets the first epochs pass") {
  const std::vector<Curve> finished = curves({{1, 1, 1}, {1, 1, 1}}, true);
  const Curve bad{{0, 0, 0}, false};
  CHECK(judge_median({1, 2}, true, bad, finished, 1).goes_on);
  CHECK(judge_median({1, 2}, true, bad, finished, 2).goes_on);
  CHECK(!judge_median({1, 2}, true, bad, finished, 3).goes_on);
}

TEST_CASE("the best score so far is held against the median of the same epoch") {
  const std::vector<Curve> finished = curves({{0.2, 0.4}, {0.3, 0.6}, {0.1, 0.9}, {0.1, 0.7}}, true);
  const Verdict above = judge_median({1, 0}, true, {{0.7, 0.1}, false}, finished, 2);
  CHECK(above.goes_on);
  CHECK(above.compared == 4);
  CHECK(above.score == 0.7);
  CHECK(above.bar == doctest::Approx(0.65));
  CHECK(!judge_median({1, 0}, true, {{0.6, 0.64}, false}, finished, 2).goes_on);
  CHECK(!judge_median({1, 0}, false, {{0.9, 0.66}, false}, finished, 2).goes_on);
  CHECK(judge_median({1, 0}, false, {{0.9, 0.64}, false}, finished, 2).goes_on);
}

TEST_CASE("the median rule leaves out what is no number, and prunes a point that has told nothing else") {
  const std::vector<Curve> finished = curves({{0.5}, {not_a_number}, {0.7}}, true);
  CHECK(judge_median({1, 0}, true, {{0.6}, false}, finished, 1).goes_on);
  CHECK(!judge_median({1, 0}, true, {{0.55}, false}, finished, 1).goes_on);
  CHECK(!judge_median({1, 0}, true, {{not_a_number}, false}, finished, 1).goes_on);
  CHECK(judge_median({1, 0}, true, {{0.1}, false}, curves({{}, {}}, true), 1).goes_on);
}

}  // namespace
}  // namespace bunsen
