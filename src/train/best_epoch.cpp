#include "train/best_epoch.h"

#include <cmath>
#include <string>

namespace bunsen {

std::optional<double> metric_at(const EpochRecord& epoch, std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view part = path.substr(0, dot);
  const Metrics* metrics = part == "train"        ? &epoch.train
                           : part == "validation" ? &epoch.validation
                           : part == "test"       ? &epoch.test
                                                  : nullptr;
  if (metrics == nullptr) return std::nullopt;
  for (const auto& [name, value] : *metrics) {
    if (name == path.substr(dot + 1)) return value;
  }
  return std::nullopt;
}

std::optional<BestRecord> best_epoch(const std::vector<EpochRecord>& epochs, const std::optional<Aim>& aim) {
  if (!aim) return std::nullopt;
  const EpochRecord* best = nullptr;
  double best_value = 0;
  for (const EpochRecord& epoch : epochs) {
    const std::optional<double> value = metric_at(epoch, aim->metric);
    if (!value || std::isnan(*value)) continue;
    if (best != nullptr && !(aim->is_large_good ? *value > best_value : *value < best_value)) continue;
    best = &epoch;
    best_value = *value;
  }
  if (best == nullptr) return std::nullopt;
  return BestRecord{best->epoch, aim->metric, best_value, best->train, best->validation, best->test};
}

}  // namespace bunsen
