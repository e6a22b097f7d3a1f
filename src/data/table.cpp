#include "data/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_map>

#include "base/errors.h"
#include "base/number_text.h"
#include "base/spelling.h"
#include "base/text.h"
#include "data/csv_rows.h"

namespace bunsen {
namespace {

std::vector<std::string> names_of_columns(const std::filesystem::path& file) {
  CsvRows rows(file);
  CsvRow header;
  if (!rows.next(header))
    throw UserError(fmt::format("{} is empty; a table begins with a line of column names", file.string()));
  return header.cells;
}

std::string unknown_column(const std::string& name, const std::filesystem::path& file) {
  return fmt::format("{} has no column '{}'", file.filename().string(), name);
}

std::string column_hint(const std::string& name, const std::vector<std::string>& columns) {
  const std::optional<std::string> meant = closest(name, columns);
  return meant ? fmt::format("did you mean '{}'?", *meant) : known_words(columns);
}

void check_names(const std::vector<std::string>& names, std::vector<TableMistake>& mistakes) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) {
      mistakes.push_back({"file", Code::data_mismatch,
                          fmt::format("column {} of the header has no name", i + 1),
                          "give it one in the first line, or take the column out"});
    } else if (!seen.insert(names[i]).second) {
      mistakes.push_back({"file", Code::data_mismatch,
                          fmt::format("the header names column '{}' twice", names[i]),
                          "rename one of them in the first line"});
    }
  }
}

bool has_double(const std::vector<std::string>& words, std::string& which) {
  std::set<std::string> seen;
  for (const std::string& word : words) {
    which = word;
    if (!seen.insert(word).second) return true;
  }
  return false;
}

/// Turns rows of one table into numbers.
class RowReader {
 public:
  RowReader(const std::filesystem::path& file, const TableColumns& columns, Task task,
            std::vector<std::string> class_names)
      : file_(file),
        columns_(columns),
        task_(task),
        classes_are_given_(!class_names.empty()),
        labels_(std::move(class_names)) {
    for (std::size_t i = 0; i < labels_.size(); ++i) label_index_.emplace(labels_[i], i);
  }

  void take(const CsvRow& row) {
    if (row.cells.size() != columns_.columns.size()) {
      throw UserError(fmt::format("{}:{}: {}, wanted {} as in the header", file_.string(), row.line,
                                  count_of(static_cast<std::int64_t>(row.cells.size()), "cell"),
                                  columns_.columns.size()));
    }
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      switch (columns_.columns[i].use) {
        case ColumnUse::number:
          part_.values.push_back(number(row, i));
          break;
        case ColumnUse::categorical:
          take_categorical(row, i);
          break;
        case ColumnUse::label:
          take_label(row, i);
          break;
      }
    }
    ++part_.samples;
  }

  TablePart finish() {
    if (part_.samples == 0) throw UserError(fmt::format("{} has no rows below its header", file_.string()));
    if (task_ == Task::classification && !classes_are_given_) sort_labels();
    part_.class_names = labels_;
    return std::move(part_);
  }

 private:
  [[noreturn]] void fail(const CsvRow& row, std::size_t cell, const std::string& reason) const {
    throw UserError(fmt::format("{}:{}: column '{}': {}", file_.string(), row.line_of(cell),
                                printable(columns_.columns[cell].name), printable(reason)));
  }

  const std::string& word(const CsvRow& row, std::size_t cell) const {
    const std::string& text = row.cells[cell];
    if (text.empty()) fail(row, cell, "a value is missing; fill it in, or leave the row out");
    return text;
  }

  float number(const CsvRow& row, std::size_t cell) const {
    const std::string& text = word(row, cell);
    const RealText real = parse_real(text);
    const auto value = static_cast<float>(real.value);
    if (real.error == NumberError::none && std::isfinite(value)) return value;
    static const std::set<std::string> missing = {"NA",   "N/A",  "n/a",  "na", "NaN", "nan",
                                                  "null", "NULL", "None", "?",  "-",   ".nan"};
    if (missing.count(text) != 0) {
      fail(row, cell, fmt::format("'{}' is a missing value; fill it in, or leave the row out", text));
    }
    if (real.error == NumberError::too_large ||
        (real.error == NumberError::none && std::isfinite(real.value))) {
      fail(row, cell, fmt::format("{} is too large for a 32-bit number", text));
    }
    std::string way = "name it under `categorical` if it holds words";
    if (columns_.columns[cell].use == ColumnUse::label) way = "a regression's label is a number";
    if (const auto advice = number_advice(text, false)) way = fmt::format("write {}", *advice);
    fail(row, cell, fmt::format("'{}' is no number; {}", text, way));
  }

  void take_categorical(const CsvRow& row, std::size_t cell) {
    const std::vector<std::string>& values = columns_.columns[cell].values;
    const std::string& text = word(row, cell);
    const auto found = std::ranges::find(values, text);
    if (found == values.end()) {
      fail(row, cell,
           fmt::format("'{}' is none of its declared values ({}); add it under `categorical`", text,
                       known_words(values)));
    }
    for (auto value = values.begin(); value != values.end(); ++value)
      part_.values.push_back(value == found ? 1.0F : 0.0F);
  }

  void take_label(const CsvRow& row, std::size_t cell) {
    if (task_ == Task::regression) {
      part_.targets.push_back(number(row, cell));
      return;
    }
    const std::string& text = word(row, cell);
    auto found = label_index_.find(text);
    if (found == label_index_.end()) {
      if (classes_are_given_) {
        fail(row, cell,
             fmt::format("'{}' is none of the classes ({}); declare it under `classes`", text,
                         known_words(labels_)));
      }
      found = label_index_.emplace(text, labels_.size()).first;
      labels_.push_back(text);
    }
    part_.classes.push_back(static_cast<std::int64_t>(found->second));
  }

  void sort_labels() {
    std::vector<std::string> sorted = labels_;
    const bool all_integers = std::ranges::all_of(
        sorted, [](const std::string& s) { return parse_integer(s).error == NumberError::none; });
    std::ranges::sort(sorted, [&](const std::string& a, const std::string& b) {
      const std::int64_t left = all_integers ? parse_integer(a).value : 0;
      const std::int64_t right = all_integers ? parse_integer(b).value : 0;
      return left != right ? left < right : a < b;
    });
    std::unordered_map<std::string, std::int64_t> rank;
    for (const std::string& label : sorted) rank.emplace(label, static_cast<std::int64_t>(rank.size()));
    for (std::int64_t& index : part_.classes) index = rank.at(labels_[static_cast<std::size_t>(index)]);
    labels_ = sorted;
  }

  const std::filesystem::path& file_;
  const TableColumns& columns_;
  Task task_;
  bool classes_are_given_;
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::size_t> label_index_;
  TablePart part_;
};

}  // namespace

std::int64_t TableColumns::features() const {
  std::int64_t count = 0;
  for (const TableColumn& column : columns) {
    if (column.use == ColumnUse::number) ++count;
    if (column.use == ColumnUse::categorical) count += static_cast<std::int64_t>(column.values.size());
  }
  return count;
}

std::filesystem::path train_file(const Csv& spec) { return std::filesystem::path(spec.folder) / spec.file; }
std::filesystem::path test_file(const Csv& spec) {
  return std::filesystem::path(spec.folder) / spec.test_file.value();
}

std::vector<TableMistake> check_table(const Csv& spec) {
  std::vector<TableMistake> mistakes;
  std::string which;
  if (has_double(spec.classes, which)) {
    mistakes.push_back(
        {"classes", Code::contradiction, fmt::format("names '{}' twice", which), "name each class once"});
  }
  if (spec.task == Task::regression && !spec.classes.empty()) {
    mistakes.push_back(
        {"classes", Code::contradiction, "a regression has no classes", "leave `classes` out"});
  }
  for (const auto& [column, values] : spec.categorical) {
    const std::string key = "categorical." + column;
    if (values.empty()) {
      mistakes.push_back(
          {key, Code::out_of_range, "lists no values", "list the words that the column may hold"});
    } else if (has_double(values, which)) {
      mistakes.push_back(
          {key, Code::contradiction, fmt::format("names '{}' twice", which), "name each value once"});
    }
    if (column == spec.label) {
      mistakes.push_back({key, Code::contradiction, "is the label", "give the label's values as `classes`"});
    }
  }
  return mistakes;
}

TableColumns read_columns(const Csv& spec, std::vector<TableMistake>& mistakes) {
  const std::filesystem::path file = train_file(spec);
  const std::vector<std::string> names = names_of_columns(file);
  check_names(names, mistakes);
  const auto is_column = [&](const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (!is_column(spec.label)) {
    mistakes.push_back(
        {"label", Code::data_mismatch, unknown_column(spec.label, file), column_hint(spec.label, names)});
  }
  for (const auto& [column, values] : spec.categorical) {
    if (is_column(column)) continue;
    mistakes.push_back({"categorical." + column, Code::data_mismatch, unknown_column(column, file),
                        column_hint(column, names)});
  }
  TableColumns columns;
  for (const std::string& name : names) {
    TableColumn& column = columns.columns.emplace_back();
    column.name = name;
    if (name == spec.label) column.use = ColumnUse::label;
    for (const auto& [categorical, values] : spec.categorical) {
      if (categorical != name || column.use == ColumnUse::label) continue;
      column.use = ColumnUse::categorical;
      column.values = values;
    }
  }
  if (mistakes.empty() && columns.features() == 0) {
    mistakes.push_back(
        {"file", Code::data_mismatch, "has no column but the label", "a table needs at least one feature"});
  }
  return columns;
}

void check_test_header(const Csv& spec, const TableColumns& columns, std::vector<TableMistake>& mistakes) {
  const std::vector<std::string> names = names_of_columns(test_file(spec));
  std::vector<std::string> wanted;
  for (const TableColumn& column : columns.columns) wanted.push_back(column.name);
  if (names == wanted) return;
  std::string difference = fmt::format(
      "has {}, wanted {}", count_of(static_cast<std::int64_t>(names.size()), "column"), wanted.size());
  for (std::size_t i = 0; i < std::min(names.size(), wanted.size()); ++i) {
    if (names[i] == wanted[i]) continue;
    difference = fmt::format("column {} is '{}', wanted '{}'", i + 1, names[i], wanted[i]);
    break;
  }
  mistakes.push_back({"test_file", Code::data_mismatch,
                      fmt::format("the test table's header is not the training table's: {}", difference),
                      "give both tables the same columns in the same order"});
}

TablePart read_table_part(const std::filesystem::path& file, const TableColumns& columns, Task task,
                          std::vector<std::string> class_names) {
  CsvRows rows(file);
  RowReader reader(file, columns, task, std::move(class_names));
  CsvRow row;
  rows.next(row);  // the header
  while (rows.next(row)) reader.take(row);
  return reader.finish();
}

}  // namespace bunsen
