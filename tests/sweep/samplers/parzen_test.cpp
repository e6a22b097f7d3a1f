#include "sweep/samplers/parzen.h"

#include <doctest/doctest.h>

#include <cmath>

namespace bunsen {
namespace {

using Numbers = std::vector<double>;

doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1e-9); }

Parzen on_one_axis(const Domain& domain, const Numbers& observed) {
  std::vector<Numbers> rows;
  for (const double value : observed) rows.push_back({value});
  return make_parzen({domain}, rows);
}

// The expected numbers are those of _ParzenEstimator.log_pdf of Optuna 5.0.0.
TEST_CASE("densities over a linear axis are Optuna's") {
  const Parzen several = on_one_axis(linear_domain(-5, 10), {1, -4, 2.5, 9, 1});
  CHECK(log_density(several, {-5}) == near(-2.9977569546808307));
  CHECK(log_density(several, {0.3}) == near(-2.3762615404656726));
  CHECK(log_density(several, {10}) == near(-3.2364090435945023));
  const Parzen one = on_one_axis(linear_domain(-5, 10), {1});
  CHECK(log_density(one, {-5}) == near(-2.800403845344072));
  CHECK(log_density(one, {0.3}) == near(-2.632745320811647));
  const Parzen none = on_one_axis(linear_domain(-5, 10), {});
  CHECK(log_density(none, {-5}) == near(-2.7920724006112607));
  CHECK(log_density(none, {2.5}) == near(-2.6670724006112607));
}

TEST_CASE("densities over a logarithmic axis are Optuna's") {
  const Parzen parzen = on_one_axis(log_domain(1e-4, 1e-1), {1e-4, 3e-3, 2e-2});
  CHECK(log_density(parzen, {1e-4}) == near(-2.106896157578985));
  CHECK(log_density(parzen, {1e-3}) == near(-1.9302019264501806));
  CHECK(log_density(parzen, {0.1}) == near(-2.189860612348247));
}

TEST_CASE("probabilities of whole numbers are Optuna's") {
  const Parzen linear = on_one_axis(whole_domain(1, 100), {3, 4, 90, 50});
  CHECK(log_density(linear, {1}) == near(-4.1761177203484765));
  CHECK(log_density(linear, {4}) == near(-4.161553880091939));
  CHECK(log_density(linear, {100}) == near(-4.98675402040327));
  const Parzen logarithmic = on_one_axis(log_whole_domain(1, 512), {16, 32, 300});
  CHECK(log_density(logarithmic, {1}) == near(-2.7196112204270495));
  CHECK(log_density(logarithmic, {20}) == near(-4.623843212169592));
  CHECK(log_density(logarithmic, {512}) == near(-8.251965252758263));
}

TEST_CASE("probabilities of choices are Optuna's") {
  const Parzen parzen = on_one_axis(choice_domain(3), {0, 0, 2, 0});
  CHECK(log_density(parzen, {0}) == near(-0.6131044728864088));
  CHECK(log_density(parzen, {1}) == near(-1.7917594692280545));
  CHECK(log_density(parzen, {2}) == near(-1.2321436812926323));
}

TEST_CASE("densities over several axes are Optuna's") {
  const Parzen parzen = make_parzen({log_domain(1e-4, 1e-1), whole_domain(1, 8), choice_domain(2)},
                                    {{1e-3, 2, 0}, {2e-3, 3, 1}, {0.05, 8, 1}});
  CHECK(log_density(parzen, {1.5e-3, 2, 1}) == near(-4.335528333183805));
  CHECK(log_density(parzen, {0.1, 8, 0}) == near(-5.575077146023817));
}

TEST_CASE("of many observations the old ones fade as Optuna's") {
  Numbers observed;
  for (int place = 0; place < 60; ++place) observed.push_back((place * 37 % 101) / 10.0);
  const Parzen parzen = on_one_axis(linear_domain(0, 10.1), observed);
  CHECK(log_density(parzen, {0}) == near(-3.0612824945603467));
  CHECK(log_density(parzen, {3.3}) == near(-2.337563596475609));
  CHECK(log_density(parzen, {10.1}) == near(-2.9359453497084607));
}

TEST_CASE("what is drawn lies as dense as the density says") {
  const Parzen parzen =
      make_parzen({whole_domain(1, 12), choice_domain(2)}, {{2, 0}, {3, 0}, {3, 1}, {11, 1}});
  std::vector<Numbers> counts(2, Numbers(13));
  RandomStream stream(1, 2);
  for (int draws = 0; draws < 20000; ++draws) {
    const Numbers values = draw(parzen, stream);
    counts[static_cast<std::size_t>(values[1])][static_cast<std::size_t>(values[0])] += 1;
  }
  double chi_squared = 0;
  for (std::size_t choice = 0; choice < 2; ++choice) {
    for (std::size_t number = 1; number <= 12; ++number) {
      const double expected =
          20000 * std::exp(log_density(parzen, {static_cast<double>(number), static_cast<double>(choice)}));
      chi_squared += std::pow(counts[choice][number] - expected, 2) / expected;
    }
  }
  CHECK(chi_squared < 49.7);  // 23 degrees of freedom: 0.1 %
}

TEST_CASE("the density of a real axis has the sum 1 over the axis, and draws follow it") {
  const Parzen parzen = on_one_axis(log_domain(1e-3, 10), {0.002, 0.1, 0.1, 7});
  const int parts = 4000;
  const double width = std::log(10 / 1e-3) / parts;
  double sum = 0;
  double below_tenth = 0;
  for (int part = 0; part < parts; ++part) {
    const double value = 1e-3 * std::exp((part + 0.5) * width);
    const double mass = std::exp(log_density(parzen, {value})) * width;
    sum += mass;
    if (value < 0.1) below_tenth += mass;
  }
  CHECK(sum == doctest::Approx(1).epsilon(1e-6));
  RandomStream stream(5, 5);
  int drawn_below = 0;
  for (int draws = 0; draws < 10000; ++draws) {
    const double value = draw(parzen, stream)[0];
    REQUIRE(value >= 1e-3);
    REQUIRE(value <= 10);
    if (value < 0.1) ++drawn_below;
  }
  CHECK(std::abs(drawn_below / 10000.0 - below_tenth) < 0.02);
}

TEST_CASE("whole numbers as far as 2^40 have probabilities") {
  const double large = 0x1p40;
  const Parzen parzen = on_one_axis({Domain::Kind::whole, false, 0, large}, {5, large / 2});
  for (const double value : {0.0, 5.0, large}) CHECK(std::isfinite(log_density(parzen, {value})));
}

}  // namespace
}  // namespace bunsen
