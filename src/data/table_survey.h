// table_survey.h - what is in a table's columns, for one who has not declared them yet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "spec/datasets/all.h"

namespace bunsen {

/// What most of a column's values are.
enum class ColumnKind : std::uint8_t { number, word, empty };

struct ColumnSurvey {
  std::string name;
  std::int64_t missing = 0, numbers = 0, integers = 0, words = 0;
  std::vector<std::string> distinct;             ///< different values, sorted; none when there are too many
  bool has_many_distinct = false;                ///< more than `most_distinct`, which are not kept
  double least = 0, mean = 0, most = 0, sd = 0;  ///< of its numbers; sd over n

  ColumnKind kind() const;
};

inline constexpr std::size_t most_distinct = 1000;

struct TableSurvey {
  std::int64_t rows = 0;
  std::int64_t ragged_rows = 0;  ///< with another number of cells than the header; not looked at
  std::vector<ColumnSurvey> columns;
};

/// Reads the whole table. Throws UserError if it can't.
TableSurvey survey_table(const std::filesystem::path& file, Separator separator);

/// The separator that makes most columns of the header line; the comma if none makes two.
Separator guess_separator(const std::filesystem::path& file);

/// Which `csv` the table asks for: `label` as given, else a column called so (class, label, target, y), else
/// the last one; words become categorical; what is no feature is ignored: numbers of rows, columns without a
/// name or a value, too many different words. Missing numbers are filled in, rows that lack words dropped.
Csv propose_table(const std::filesystem::path& file, const TableSurvey& survey, Separator separator,
                  const std::string& label = {});

/// A column with more different words is ignored rather than spread over that many features.
inline constexpr std::size_t most_words = 30;

}  // namespace bunsen
