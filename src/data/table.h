// table.h - a declared CSV table -> its columns, its numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/data_mistake.h"
#include "spec/datasets/all.h"

namespace bunsen {

enum class ColumnUse : std::uint8_t { number, categorical, label, ignored };

struct TableColumn {
  std::string name;
  ColumnUse use = ColumnUse::number;
  std::vector<std::string> values;  ///< of a categorical one
};

struct TableColumns {
  std::vector<TableColumn> columns;  ///< in the file's order
  std::int64_t features() const;     ///< a categorical column counts once a value
};

std::filesystem::path train_file(const Csv& spec);
std::filesystem::path test_file(const Csv& spec);  ///< only if the spec has one

/// Reads the header line of the training table. Mistakes are appended; the columns are sound only if there
/// are none. Throws UserError if the file can't be read.
TableColumns read_columns(const Csv& spec, std::vector<DataMistake>& mistakes);
/// Mistakes that can be seen without a file.
std::vector<DataMistake> check_table(const Csv& spec);
/// Does the test table have the same header?
void check_test_header(const Csv& spec, const TableColumns& columns, std::vector<DataMistake>& mistakes);

struct TablePart {
  std::int64_t samples = 0;
  std::int64_t dropped = 0;   ///< rows left out, since a value was missing
  std::vector<float> values;  ///< [samples, features]; categorical values as 0 and 1, missing ones NaN
  std::vector<std::int64_t> classes;     ///< classification
  std::vector<float> targets;            ///< regression
  std::vector<std::string> class_names;  ///< classification: the declared ones, else those found, sorted
};

/// Reads a table's rows. `class_names` are the only labels allowed; none: those found become the classes,
/// sorted (as numbers if all are integers). Throws UserError: `file:line: column 'x': what was found, what to
/// do`.
TablePart read_table_part(const std::filesystem::path& file, const Csv& spec, const TableColumns& columns,
                          std::vector<std::string> class_names);

}  // namespace bunsen
