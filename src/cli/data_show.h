// data_show.h - `bunsen data show WHAT`: what is in a data set, a table, an IDX file or a config's data.
#pragma once

#include <optional>
#include <string>

namespace bunsen {

struct DataShowOptions {
  std::string what;                  ///< a known set's name, a .csv or IDX file, or a config
  std::optional<std::string> label;  ///< of a table: the column to predict
  bool json = false;
};

int data_show_command(const DataShowOptions& options);

}  // namespace bunsen
