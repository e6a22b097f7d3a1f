#include "sweep/samplers/domain.h"

#include <algorithm>
#include <cmath>

#include "base/number_text.h"

namespace bunsen {
namespace {

int digits_of(const Domain& domain) {
  const double largest = std::max(std::abs(domain.low), std::abs(domain.high));
  int digits = 6;
  for (double width = domain.high - domain.low; width > 0 && width * 10 <= largest && digits < 17;
       width *= 10) {
    ++digits;
  }
  return digits;
}

}  // namespace

Domain linear_domain(double low, double high) { return {Domain::Kind::real, false, low, high}; }

Domain log_domain(double low, double high) { return {Domain::Kind::real, true, low, high}; }

Domain whole_domain(std::int64_t low, std::int64_t high) {
  return {Domain::Kind::whole, false, static_cast<double>(low), static_cast<double>(high)};
}

Domain log_whole_domain(std::int64_t low, std::int64_t high) {
  return {Domain::Kind::whole, true, static_cast<double>(low), static_cast<double>(high)};
}

Domain choice_domain(std::int64_t count) {
  return {Domain::Kind::choice, false, 0, static_cast<double>(count - 1)};
}

double value_at(const Domain& domain, double unit) {
  const double margin = domain.kind == Domain::Kind::whole && domain.is_log ? 0.5 : 0;
  if (domain.is_log) {
    const double first = std::log(domain.low - margin);
    const double last = std::log(domain.high + margin);
    return tidy(domain, std::exp(first + (last - first) * unit));
  }
  if (domain.kind == Domain::Kind::real) {
    return tidy(domain, domain.low * (1 - unit) + domain.high * unit);
  }
  return std::min(domain.high, domain.low + std::floor((domain.high - domain.low + 1) * unit));
}

double tidy(const Domain& domain, double value) {
  const double rounded =
      domain.kind == Domain::Kind::real ? round_significant(value, digits_of(domain)) : std::round(value);
  return std::clamp(rounded, domain.low, domain.high);
}

}  // namespace bunsen
