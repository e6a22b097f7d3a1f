// schedule_test.cpp - learning rates against tables that Python's schedulers wrote (make_schedules.py).
#include "optim/schedule.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "base/files.h"
#include "config/json.h"
#include "spec/plan.h"

using namespace bunsen;

namespace {

Node tables() {
  const std::filesystem::path path = std::filesystem::path(BUNSEN_SOURCE_DIR) / "tests/optim/schedules.json";
  return read_json(read_file(path), path.string());
}

std::vector<double> numbers_of(const Node& list) {
  std::vector<double> out;
  for (const Node& item : list.items) out.push_back(item.as_number().value());
  return out;
}

Schedule schedule_of(const Node& node) {
  Diagnostics problems;
  SpecReader reader{problems};
  Schedule schedule;
  REQUIRE_MESSAGE(read_component(reader, family<Schedule>(), node, "schedule", &schedule),
                  to_text(problems, Sources(), false));
  return schedule;
}

}  // namespace

TEST_CASE("every schedule has Python's values, to the last bit, over 200 epochs and in every group") {
  const Node document = tables();
  const std::int64_t epochs = document.find("epochs")->as_integer().value();
  const std::vector<double> losses = numbers_of(*document.find("losses"));
  const std::vector<double> accuracies = numbers_of(*document.find("accuracies"));
  for (const Node& entry : document.find("cases")->items) {
    CAPTURE(json_line(*entry.find("schedule")));
    TrainingSpec spec;
    spec.epochs = epochs;
    spec.schedule = schedule_of(*entry.find("schedule"));
    const auto* plateau = std::get_if<PlateauSchedule>(&*spec.schedule);
    const bool is_large_good = plateau != nullptr && plateau->metric;
    LearningRates rates(spec.schedule, {0.1, 0.0123}, rest_of_epochs(spec), is_large_good);
    const Node& changes = *entry.find("changes");
    CHECK(changes.items.size() > 1);
    std::size_t next = 0, differing = 0;
    std::vector<double> wanted;
    for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
      if (next < changes.items.size() && numbers_of(changes.items[next])[0] == static_cast<double>(epoch)) {
        wanted = numbers_of(changes.items[next++]);
        wanted.erase(wanted.begin());
      }
      if (rates.rates() != wanted) ++differing;
      rates.epoch_ended((is_large_good ? accuracies : losses)[epoch]);
    }
    CHECK(next == changes.items.size());
    CHECK(differing == 0);
  }
}

TEST_CASE("without a schedule the learning rates stay") {
  LearningRates rates(std::nullopt, {0.1, 0.01}, 10, false);
  for (int epoch = 0; epoch < 10; ++epoch) rates.epoch_ended(1);
  CHECK(rates.rates() == std::vector<double>{0.1, 0.01});
}
