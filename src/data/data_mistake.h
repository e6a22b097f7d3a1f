// data_mistake.h - a mistake in a config that shows when the data's files are looked at.
#pragma once

#include <string>

#include "base/diagnostics.h"

namespace bunsen {

struct DataMistake {
  std::string key;  ///< its path below the data set: `label`, `categorical.colour`
  Code code = Code::data_mismatch;
  std::string message;
  std::string hint;
};

}  // namespace bunsen
