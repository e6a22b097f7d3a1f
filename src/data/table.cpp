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
#include "config/yaml_text.h"
#include "data/cells.h"
#include "data/csv_rows.h"
#include "data/table_survey.h"

namespace bunsen {
namespace {

std::vector<std::string> names_of_columns(const std::filesystem::path& file, Separator separator) {
  CsvRows rows(file, character(separator));
  CsvRow header;
  if (!rows.next(header))
    throw UserError(fmt::format("{} is empty; a table begins with a line of column names", file.string()));
  return header.cells;
}

std::string_view word_for(Separator separator) {
  return names_of(separator)[static_cast<std::size_t>(separator)];
}

/// The names of the training table's columns; none if the header is cut by another separator, which is told.
std::vector<std::string> header_of(const Csv& spec, const std::filesystem::path& file,
                                   std::vector<DataMistake>& mistakes) {
  std::vector<std::string> names;
  std::optional<UserError> problem;
  try {
    names = names_of_columns(file, spec.separator);
  } catch (const UserError& error) {
    problem = error;
  }
  if (names.size() > 1) return names;
  const Separator better = guess_separator(file);
  if (better == spec.separator) {
    if (problem) throw *problem;
    return names;
  }
  mistakes.push_back({"separator", Code::data_mismatch,
                      fmt::format("the header of {} is cut by {}s, not by {}s", file.filename().string(),
                                  word_for(better), word_for(spec.separator)),
                      fmt::format("write `separator: {}`", word_for(better))});
  return {};
}

std::string unknown_column(const std::string& name, const std::filesystem::path& file) {
  return fmt::format("{} has no column '{}'", file.filename().string(), name);
}

std::string column_hint(const std::string& name, const std::vector<std::string>& columns) {
  const std::optional<std::string> meant = closest(name, columns);
  return meant ? fmt::format("did you mean '{}'?", *meant) : known_words(columns);
}

void check_names(const std::vector<std::string>& names, const std::vector<std::string>& ignored,
                 std::vector<DataMistake>& mistakes) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::ranges::find(ignored, names[i]) != ignored.end()) continue;
    if (names[i].empty()) {
      mistakes.push_back({"file", Code::data_mismatch,
                          fmt::format("column {} of the header has no name", i + 1),
                          "give it one in the first line, or write `ignore: [\"\"]`"});
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

/// `categorical: {colour: [blue, red]}, ignore: [name]`, for the columns of words that are not declared;
/// empty if there are none.
std::string advice_on_words(const std::filesystem::path& file, const Csv& spec, const TableColumns& columns) {
  const TableSurvey survey = survey_table(file, spec.separator);
  const Csv proposed = propose_table(file, survey, spec.separator, spec.label);
  const auto is_meant = [&](const std::string& name) {
    const auto is_number = [&](const TableColumn& column) {
      return column.name == name && column.use == ColumnUse::number;
    };
    const auto holds_words = [&](const ColumnSurvey& column) {
      return column.name == name && column.kind() == ColumnKind::word;
    };
    return std::ranges::any_of(columns.columns, is_number) &&
           std::ranges::any_of(survey.columns, holds_words);
  };
  Node categorical = Node::map();
  Node ignore = Node::list();
  for (const auto& [name, values] : proposed.categorical) {
    if (!is_meant(name)) continue;
    Node& list = categorical.set(name, Node::list());
    for (const std::string& value : values) list.push(Node::string(value));
  }
  for (const std::string& name : proposed.ignore) {
    if (is_meant(name)) ignore.push(Node::string(name));
  }
  std::vector<std::string> lines;
  if (!categorical.items.empty()) lines.push_back("categorical: " + to_flow_yaml(categorical));
  if (!ignore.items.empty()) lines.push_back("ignore: " + to_flow_yaml(ignore));
  return join(lines, ", ");
}

/// Turns rows of one table into numbers.
class RowReader {
 public:
  RowReader(const std::filesystem::path& file, const Csv& spec, const TableColumns& columns,
            std::vector<std::string> class_names)
      : file_(file),
        spec_(spec),
        columns_(columns),
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
    if (spec_.missing == Missing::drop && lacks_a_value(row)) {
      ++part_.dropped;
      return;
    }
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      switch (columns_.columns[i].use) {
        case ColumnUse::number:
          part_.values.push_back(feature(row, i));
          break;
        case ColumnUse::categorical:
          take_categorical(row, i);
          break;
        case ColumnUse::label:
          take_label(row, i);
          break;
        case ColumnUse::ignored:
          break;
      }
    }
    ++part_.samples;
  }

  TablePart finish() {
    if (part_.samples == 0 && part_.dropped > 0)
      throw UserError(
          fmt::format("{}: each of its rows lacks a value, so `missing: drop` leaves none; "
                      "`ignore` the columns that lack most",
                      file_.string()));
    if (part_.samples == 0) throw UserError(fmt::format("{} has no rows below its header", file_.string()));
    need_some_values();
    if (spec_.task == Task::classification && !classes_are_given_) sort_labels();
    part_.class_names = labels_;
    return std::move(part_);
  }

 private:
  [[noreturn]] void fail(const CsvRow& row, std::size_t cell, const std::string& reason) const {
    throw UserError(fmt::format("{}:{}: column '{}': {}", file_.string(), row.line_of(cell),
                                printable(columns_.columns[cell].name), printable(reason)));
  }

  bool is_missing(const CsvRow& row, std::size_t cell) const {
    const std::string& text = row.cells[cell];
    const TableColumn& column = columns_.columns[cell];
    switch (column.use) {
      case ColumnUse::number:
        return is_missing_number(text);
      case ColumnUse::categorical:
        return is_missing_word(text) && std::ranges::find(column.values, text) == column.values.end();
      case ColumnUse::label:
        if (spec_.task == Task::regression) return is_missing_number(text);
        return is_missing_word(text) && !(classes_are_given_ && label_index_.contains(text));
      case ColumnUse::ignored:
        return false;
    }
    return false;
  }

  bool lacks_a_value(const CsvRow& row) const {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (is_missing(row, i)) return true;
    }
    return false;
  }

  void need_value(const CsvRow& row, std::size_t cell) const {
    if (!is_missing(row, cell)) return;
    const std::string& text = row.cells[cell];
    const TableColumn& column = columns_.columns[cell];
    std::string ways = "fill it in, or say `missing: drop` (leaves the row out)";
    if (column.use == ColumnUse::number) ways += " or `missing: mean`";
    if (column.use == ColumnUse::categorical)
      ways += fmt::format(", or declare {} as one of its values", to_flow_yaml(Node::string(text)));
    if (column.use == ColumnUse::label && spec_.task == Task::classification && !text.empty())
      ways += fmt::format(", or declare {} under `classes`", to_flow_yaml(Node::string(text)));
    const std::string what =
        text.empty() ? "a value is missing" : fmt::format("'{}' is a missing value", text);
    fail(row, cell, what + "; " + ways);
  }

  /// A column without any value has no mean. (In a test part it needs none.)
  void need_some_values() const {
    if (spec_.missing != Missing::mean || file_ != train_file(spec_)) return;
    std::size_t feature = 0;
    const auto features = static_cast<std::size_t>(columns_.features());
    for (const TableColumn& column : columns_.columns) {
      bool has_value = column.use != ColumnUse::number;
      for (std::size_t at = feature; at < part_.values.size() && !has_value; at += features)
        has_value = !std::isnan(part_.values[at]);
      if (!has_value)
        throw UserError(fmt::format("{}: column '{}' has no value in any row; `ignore` it", file_.string(),
                                    printable(column.name)));
      if (column.use == ColumnUse::number) ++feature;
      if (column.use == ColumnUse::categorical) feature += column.values.size();
    }
  }

  /// What is missing stays a hole (NaN) until the training part is known, whose mean fills it.
  float feature(const CsvRow& row, std::size_t cell) const {
    if (spec_.missing == Missing::mean && is_missing(row, cell))
      return std::numeric_limits<float>::quiet_NaN();
    return number(row, cell);
  }

  float number(const CsvRow& row, std::size_t cell) const {
    need_value(row, cell);
    const std::string& text = row.cells[cell];
    if (const std::optional<float> value = number_in(text)) return *value;
    const RealText real = parse_real(text);
    const bool is_large_double = real.error == NumberError::none && std::isfinite(real.value);
    if (real.error == NumberError::too_large || is_large_double)
      fail(row, cell, fmt::format("{} is too large for a 32-bit number", text));
    fail(row, cell, fmt::format("'{}' is no number; {}", text, way_to_number(cell, text)));
  }

  std::string way_to_number(std::size_t cell, const std::string& text) const {
    if (columns_.columns[cell].use == ColumnUse::label) return "a regression's label is a number";
    if (const auto advice = number_advice(text, false)) return fmt::format("write {}", *advice);
    const std::string words = advice_on_words(file_, spec_, columns_);
    if (words.empty()) return "correct it, since most values of this column are numbers";
    return fmt::format("words are declared: `{}`", words);
  }

  void take_categorical(const CsvRow& row, std::size_t cell) {
    need_value(row, cell);
    const std::vector<std::string>& values = columns_.columns[cell].values;
    const std::string& text = row.cells[cell];
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
    if (spec_.task == Task::regression) {
      part_.targets.push_back(number(row, cell));
      return;
    }
    need_value(row, cell);
    const std::string& text = row.cells[cell];
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
  const Csv& spec_;
  const TableColumns& columns_;
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

std::vector<DataMistake> check_table(const Csv& spec) {
  std::vector<DataMistake> mistakes;
  std::string which;
  const auto is_ignored = [&](const std::string& column) {
    return std::ranges::find(spec.ignore, column) != spec.ignore.end();
  };
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
    if (is_ignored(column))
      mistakes.push_back({key, Code::contradiction, "is also ignored", "name it in one of the two places"});
  }
  if (is_ignored(spec.label))
    mistakes.push_back({"ignore", Code::contradiction, fmt::format("names the label '{}'", spec.label),
                        "take the label out of `ignore`"});
  return mistakes;
}

TableColumns read_columns(const Csv& spec, std::vector<DataMistake>& mistakes) {
  const std::filesystem::path file = train_file(spec);
  const std::vector<std::string> names = header_of(spec, file, mistakes);
  if (names.empty()) return {};
  check_names(names, spec.ignore, mistakes);
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
  for (std::size_t i = 0; i < spec.ignore.size(); ++i) {
    if (is_column(spec.ignore[i])) continue;
    mistakes.push_back({fmt::format("ignore.{}", i), Code::data_mismatch,
                        unknown_column(spec.ignore[i], file), column_hint(spec.ignore[i], names)});
  }
  TableColumns columns;
  for (const std::string& name : names) {
    TableColumn& column = columns.columns.emplace_back();
    column.name = name;
    if (std::ranges::find(spec.ignore, name) != spec.ignore.end()) column.use = ColumnUse::ignored;
    if (name == spec.label) column.use = ColumnUse::label;
    for (const auto& [categorical, values] : spec.categorical) {
      if (categorical != name || column.use == ColumnUse::label) continue;
      column.use = ColumnUse::categorical;
      column.values = values;
    }
  }
  if (mistakes.empty() && columns.features() == 0) {
    mistakes.push_back({"file", Code::data_mismatch, "leaves no column but the label",
                        "a table needs at least one feature"});
  }
  return columns;
}

void check_test_header(const Csv& spec, const TableColumns& columns, std::vector<DataMistake>& mistakes) {
  const std::vector<std::string> names = names_of_columns(test_file(spec), spec.separator);
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

TablePart read_table_part(const std::filesystem::path& file, const Csv& spec, const TableColumns& columns,
                          std::vector<std::string> class_names) {
  CsvRows rows(file, character(spec.separator));
  RowReader reader(file, spec, columns, std::move(class_names));
  CsvRow row;
  rows.next(row);  // the header
  while (rows.next(row)) reader.take(row);
  return reader.finish();
}

}  // namespace bunsen
