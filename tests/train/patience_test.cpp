#include "train/patience.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace bunsen;

namespace {

/// `b` for an epoch that is the best so far, `.` for another, `!` behind the one that ends the run.
std::string course(const EarlyStopping& rule, bool is_large_good, const std::vector<double>& metrics) {
  Patience patience(rule, is_large_good);
  std::string out;
  for (const double metric : metrics) {
    const Patience::Verdict verdict = patience.see(metric);
    out += verdict.is_best ? 'b' : '.';
    if (verdict.is_over) return out + '!';
  }
  return out;
}

}  // namespace

TEST_CASE("a run ends behind `patience` epochs in a row that are no better") {
  CHECK(course({2}, false, {3, 2, 2.5, 1, 1, 1.5, 0}) == "bb.b..!");
  CHECK(course({2}, true, {1, 3, 2, 3, 4}) == "bb..!");
  CHECK(course({1}, true, {1, 2, 3}) == "bbb");
}

TEST_CASE("what is better by no more than min_delta may be the best, but does not prolong the run") {
  CHECK(course({2, 0.5}, false, {3, 2.75, 2.5, 1}) == "bbb!");
  CHECK(course({2, 0.5}, false, {3, 2.75, 2.25, 2.2, 2.1}) == "bbbbb!");
}

TEST_CASE("NaN is never better, and a run that begins with it ends") {
  CHECK(course({2}, false, {std::nan(""), 1, std::nan(""), std::nan(""), 0}) == ".b..!");
  CHECK(course({2}, true, {std::nan(""), std::nan("")}) == "..!");
}
