#include "cli/results_root.h"

#include <cstdlib>

namespace bunsen {

std::filesystem::path results_root(const std::optional<std::filesystem::path>& option) {
  if (option) return *option;
  const char* variable = std::getenv("BUNSEN_RESULTS");
  return variable != nullptr && *variable != '\0' ? variable : "results";
}

}  // namespace bunsen
