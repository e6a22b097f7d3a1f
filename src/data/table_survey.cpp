#include "data/table_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <unordered_set>

#include "base/errors.h"
#include "base/number_text.h"
#include "data/cells.h"
#include "data/csv_rows.h"

namespace bunsen {
namespace {

/// One column, value by value.
class ColumnCounter {
 public:
  explicit ColumnCounter(std::string name) { out_.name = std::move(name); }

  void take(const std::string& cell) {
    if (is_missing_word(cell)) {
      ++out_.missing;
      return;
    }
    note_distinct(cell);
    if (number_in(cell)) {
      ++out_.numbers;
      if (parse_integer(cell).error == NumberError::none) ++out_.integers;
      take_number(parse_real(cell).value);
    } else {
      ++out_.words;
      if (is_missing_number(cell)) ++missing_if_numbers_;
    }
  }

  ColumnSurvey finish() {
    if (out_.kind() == ColumnKind::number) {
      out_.words -= missing_if_numbers_;
      out_.missing += missing_if_numbers_;
    }
    if (out_.numbers > 0) out_.sd = std::sqrt(squares_ / static_cast<double>(out_.numbers));
    if (out_.has_many_distinct) return std::move(out_);
    out_.distinct.assign(seen_.begin(), seen_.end());
    std::ranges::sort(out_.distinct);
    return std::move(out_);
  }

 private:
  void note_distinct(const std::string& cell) {
    if (out_.has_many_distinct || !seen_.insert(cell).second || seen_.size() <= most_distinct) return;
    out_.has_many_distinct = true;
    seen_.clear();
  }

  // Welford's recurrence: one pass, and no loss of digits when the mean is large.
  void take_number(double value) {
    const double distance = value - out_.mean;
    out_.mean += distance / static_cast<double>(out_.numbers);
    squares_ += distance * (value - out_.mean);
    out_.least = out_.numbers == 1 ? value : std::min(out_.least, value);
    out_.most = out_.numbers == 1 ? value : std::max(out_.most, value);
  }

  ColumnSurvey out_;
  std::int64_t missing_if_numbers_ = 0;
  std::unordered_set<std::string> seen_;
  double squares_ = 0;
};

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string guess_label(const TableSurvey& survey) {
  constexpr std::array<std::string_view, 8> usual{"label",  "class",   "target",  "y",
                                                  "labels", "classes", "outcome", "species"};
  for (const std::string_view name : usual) {
    for (const ColumnSurvey& column : survey.columns) {
      if (lower(column.name) == name) return column.name;
    }
  }
  return survey.columns.empty() ? std::string() : survey.columns.back().name;
}

/// Few different whole numbers are classes; anything else that is a number is measured.
Task guess_task(const ColumnSurvey& label) {
  constexpr std::size_t most_classes = 20;
  if (label.kind() != ColumnKind::number) return Task::classification;
  const bool are_few = !label.has_many_distinct && label.distinct.size() <= most_classes &&
                       static_cast<std::int64_t>(label.distinct.size()) * 2 <= label.numbers;
  return label.integers == label.numbers && are_few ? Task::classification : Task::regression;
}

/// 0, 1, 2 ... or 1, 2, 3 ...: rows that were numbered.
bool numbers_the_rows(const ColumnSurvey& column) {
  constexpr std::int64_t enough_rows = 20;
  const auto count = static_cast<double>(column.numbers);
  return column.numbers >= enough_rows && column.integers == column.numbers &&
         column.words + column.missing == 0 && (column.least == 0 || column.least == 1) &&
         column.most - column.least + 1 == count &&
         std::abs(column.mean - (column.least + column.most) / 2) < 1e-6 * count;
}

bool is_no_feature(const ColumnSurvey& column) {
  if (column.name.empty() || column.kind() == ColumnKind::empty || numbers_the_rows(column)) return true;
  return column.kind() == ColumnKind::word &&
         (column.has_many_distinct || column.distinct.size() > most_words);
}

}  // namespace

ColumnKind ColumnSurvey::kind() const {
  if (numbers + words == 0) return ColumnKind::empty;
  return numbers > words ? ColumnKind::number : ColumnKind::word;
}

TableSurvey survey_table(const std::filesystem::path& file, Separator separator) {
  CsvRows rows(file, character(separator));
  CsvRow row;
  if (!rows.next(row))
    throw UserError(fmt::format("{} is empty; a table begins with a line of column names", file.string()));
  std::vector<ColumnCounter> columns;
  for (const std::string& name : row.cells) columns.emplace_back(name);

  TableSurvey out;
  while (rows.next(row)) {
    ++out.rows;
    if (row.cells.size() != columns.size()) {
      ++out.ragged_rows;
      continue;
    }
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].take(row.cells[i]);
  }
  for (ColumnCounter& column : columns) out.columns.push_back(column.finish());
  return out;
}

Separator guess_separator(const std::filesystem::path& file) {
  Separator best = Separator::comma;
  std::size_t most = 1;
  for (const Separator separator : {Separator::comma, Separator::semicolon, Separator::tab, Separator::bar}) {
    try {
      CsvRows rows(file, character(separator));
      CsvRow header;
      if (!rows.next(header) || header.cells.size() <= most) continue;
      most = header.cells.size();
      best = separator;
    } catch (const UserError&) {
      continue;  // quotes that stand wrong for this separator
    }
  }
  return best;
}

Csv propose_table(const std::filesystem::path& file, const TableSurvey& survey, Separator separator,
                  const std::string& label) {
  Csv out;
  out.file = file.string();
  out.label = label.empty() ? guess_label(survey) : label;
  out.separator = separator;
  bool lacks_numbers = false;
  bool lacks_words = false;
  for (const ColumnSurvey& column : survey.columns) {
    if (column.name == out.label) {
      out.task = guess_task(column);
      lacks_words = lacks_words || column.missing > 0;
    } else if (is_no_feature(column)) {
      out.ignore.push_back(column.name);
    } else if (column.kind() == ColumnKind::word) {
      out.categorical.emplace_back(column.name, column.distinct);
      lacks_words = lacks_words || column.missing > 0;
    } else {
      lacks_numbers = lacks_numbers || column.missing > 0;
    }
  }
  // Only numbers can be averaged.
  if (lacks_numbers || lacks_words) out.missing = lacks_words ? Missing::drop : Missing::mean;
  return out;
}

}  // namespace bunsen
