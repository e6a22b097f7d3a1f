#include "train/patience.h"

#include <limits>

namespace bunsen {

Patience::Patience(const EarlyStopping& rule, bool is_large_good)
    : rule_(rule),
      sign_(is_large_good ? -1 : 1),
      best_(std::numeric_limits<double>::infinity()),
      to_beat_(best_) {}

Patience::Verdict Patience::see(double metric) {
  const double value = sign_ * metric;
  Verdict verdict;
  verdict.is_best = value < best_;
  if (verdict.is_best) best_ = value;
  if (value < to_beat_ - rule_.min_delta) {
    to_beat_ = value;
    waited_ = 0;
  } else {
    ++waited_;
  }
  verdict.is_over = waited_ >= rule_.patience;
  return verdict;
}

}  // namespace bunsen
