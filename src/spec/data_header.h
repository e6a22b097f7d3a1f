// data_header.h - what is known of a data set from its files' first bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spec/shape.h"

namespace bunsen {

struct DataHeader {
  Shape sample;                               ///< one sample, `[1, 28, 28]` or `[13]`
  bool is_image = false;                      ///< 8-bit pixels (scaled by default) or numbers
  bool is_regression = false;                 ///< the label is a number, not a class
  std::optional<std::int64_t> classes;        ///< unknown for a table whose classes are not declared
  std::optional<std::int64_t> train_samples;  ///< before `validation` is held out; unknown for a table
  std::optional<std::int64_t> test_samples;   ///< 0: there is no test part
};

}  // namespace bunsen
