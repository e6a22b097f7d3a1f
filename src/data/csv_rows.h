// csv_rows.h - the rows of a CSV file, one after another, with their lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace bunsen {

struct CsvRow {
  std::int64_t line = 0;  ///< on which it begins, from 1
  std::vector<std::string> cells;

  /// The line on which a cell begins: quoted cells before it may hold line ends.
  std::int64_t line_of(std::size_t cell) const;
};

/// Reads RFC 4180 tables, plain or .gz, with any separator; line ends may be LF, CRLF or CR, and a byte-order
/// mark is passed over. Blanks around cells that are not quoted don't count; empty lines are no rows.
class CsvRows {
 public:
  /// Throws UserError (`file:line: reason`), as next() does.
  explicit CsvRows(const std::filesystem::path& path, char separator = ',');
  ~CsvRows();
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;

  /// Moves the next row into `row`; false at the end.
  bool next(CsvRow& row);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bunsen
