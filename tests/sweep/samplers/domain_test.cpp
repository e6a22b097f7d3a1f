#include "sweep/samplers/domain.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

namespace bunsen {
namespace {

TEST_CASE("a linear axis is divided evenly") {
  const Domain domain = linear_domain(-5, 10);
  CHECK(value_at(domain, 0) == -5);
  CHECK(value_at(domain, 0.5) == 2.5);
  CHECK(value_at(domain, 0x1.fffffffffffffp-1) == 10);
  CHECK(value_at(linear_domain(0.1, 0.9), 1.0 / 3) == 0.366667);
}

TEST_CASE("a logarithmic axis is divided into equal factors") {
  const Domain domain = log_domain(1e-4, 1e-1);
  CHECK(value_at(domain, 0) == 1e-4);
  CHECK(value_at(domain, 1.0 / 3) == 1e-3);
  CHECK(value_at(domain, 0.5) == 0.00316228);
  CHECK(value_at(domain, 0x1.fffffffffffffp-1) == 1e-1);
}

TEST_CASE("a value has six significant digits beyond those that the ends share") {
  CHECK(value_at(linear_domain(1000, 1001), 1.0 / 3) == 1000.33333);
  CHECK(value_at(linear_domain(-1001, -1000), 2.0 / 3) == -1000.33333);
  CHECK(value_at(log_domain(1e6, 1e6 + 1), 0.25) == doctest::Approx(1e6 + 0.25).epsilon(1e-12));
  CHECK(tidy(linear_domain(0, 1), 0.12345678) == 0.123457);
}

TEST_CASE("rounding leaves no axis") {
  CHECK(value_at(linear_domain(0.12345644, 0.87654356), 0) == 0.12345644);
  CHECK(value_at(linear_domain(0.12345644, 0.87654356), 0x1.fffffffffffffp-1) == 0.87654356);
  CHECK(value_at(log_domain(1.23456123e-5, 1), 0) == 1.23456123e-5);
}

TEST_CASE("each whole number and each choice is equally likely") {
  for (const Domain& domain : {whole_domain(-2, 2), choice_domain(5)}) {
    std::map<double, int> counts;
    for (int step = 0; step < 1000; ++step) ++counts[value_at(domain, step / 1000.0)];
    CHECK(counts.size() == 5);
    CHECK(counts.begin()->first == domain.low);
    CHECK(counts.rbegin()->first == domain.high);
    for (const auto& [value, count] : counts) CHECK(count == 200);
  }
  CHECK(value_at(choice_domain(3), 0x1.fffffffffffffp-1) == 2);
}

TEST_CASE("a logarithmic whole number is as likely as its share of the logarithm") {
  const Domain domain = log_whole_domain(1, 8);
  std::map<double, int> counts;
  for (int step = 0; step < 10000; ++step) ++counts[value_at(domain, step / 10000.0)];
  CHECK(counts.size() == 8);
  for (const auto& [value, count] : counts) {
    const double share = std::log((value + 0.5) / (value - 0.5)) / std::log(8.5 / 0.5);
    CHECK(std::abs(count - 10000 * share) <= 1);
  }
}

TEST_CASE("an axis of one value has it everywhere") {
  for (const Domain& domain :
       {linear_domain(0.3, 0.3), log_domain(2, 2), whole_domain(7, 7), choice_domain(1)}) {
    CHECK(domain.has_one_value());
    for (const double unit : {0.0, 0.4, 0.999}) CHECK(value_at(domain, unit) == domain.low);
  }
}

TEST_CASE("a domain has what lies between its ends") {
  CHECK(log_domain(1e-4, 1e-1).has(1e-4));
  CHECK(log_domain(1e-4, 1e-1).has(1e-1));
  CHECK(!log_domain(1e-4, 1e-1).has(0.2));
  CHECK(!choice_domain(2).has(2));
  CHECK(!choice_domain(2).has(std::nan("")));
}

}  // namespace
}  // namespace bunsen
