// predict.h - `bunsen predict RUN`: what a trained model says of samples of its test part.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bunsen {

struct PredictOptions {
  std::string run;  ///< a run folder, its result.json, a run id, or a config's name (its latest run)
  std::vector<std::int64_t> indices;             ///< into the test part, from 0
  std::optional<std::filesystem::path> results;  ///< else $BUNSEN_RESULTS, else results/
  bool json = false;                             ///< one line of JSON a sample
};

int predict_command(const PredictOptions& options);

}  // namespace bunsen
