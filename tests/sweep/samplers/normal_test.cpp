#include "sweep/samplers/normal.h"

#include <doctest/doctest.h>

#include <initializer_list>

namespace bunsen {
namespace {

doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1e-11); }

// The expected numbers are SciPy's: scipy.stats.norm.logcdf, scipy.stats.truncnorm.ppf.
TEST_CASE("the mass between two ends keeps its digits in the tails") {
  CHECK(log_normal_mass(-1, 1) == near(-0.38171514630212616));
  CHECK(log_normal_mass(-40, -39) == near(-765.0831565643776));
  CHECK(log_normal_mass(3, 5) == near(-6.607938594596892));
  CHECK(log_normal_mass(-100, 0) == near(-0.6931471805599453));
  CHECK(log_normal_mass(-2, -1.5) == near(-3.1222694554652586));
  CHECK(log_normal_mass(0.5, 0.5001) == near(-10.254303906744587));
  CHECK(log_normal_mass(30, 31) == near(-454.3212439563432));
}

TEST_CASE("a narrow interval has its density's mass") {
  const double wide = log_normal_mass(0.7, 0.7 + 1.1e-6);
  const double narrow = log_normal_mass(0.7, 0.7 + 0.9e-6);
  CHECK(wide - narrow == doctest::Approx(0.20067069546).epsilon(1e-6));
}

TEST_CASE("a share of the mass is found between the ends") {
  CHECK(normal_quantile_between(0.1, -1, 2) == near(-0.704647821094745));
  CHECK(normal_quantile_between(0.5, -100, 0) == near(-0.6744897501960817));
  CHECK(normal_quantile_between(0.9, 0, 50) == near(1.6448536269514729));
  CHECK(normal_quantile_between(1e-9, -3, 4) == near(-2.999999774672326));
  CHECK(normal_quantile_between(0.3, -0.2, 0.1) == near(-0.10933963713604752));
}

TEST_CASE("the ends of the shares are the ends of the interval") {
  for (const double low : {-60.0, -5.0, -0.001, 0.0}) {
    for (const double high : {60.0, 5.0, 0.001}) {
      CHECK(normal_quantile_between(0, low, high) >= low);
      CHECK(normal_quantile_between(0, low, high) <= high);
      CHECK(normal_quantile_between(0x1.fffffffffffffp-1, low, high) <= high);
      double before = low;
      for (double unit = 0.05; unit < 1; unit += 0.05) {
        const double x = normal_quantile_between(unit, low, high);
        CHECK(x > before);
        before = x;
      }
      CHECK(before < high);
    }
  }
}

}  // namespace
}  // namespace bunsen
