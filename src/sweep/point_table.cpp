#include "sweep/point_table.h"

#include <algorithm>
#include <string_view>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "config/text_check.h"
#include "config/yaml.h"
#include "data/csv_rows.h"

namespace bunsen {
namespace {

/// Where the table's cells stand in its text.
class CellPlaces {
 public:
  CellPlaces(std::int32_t source, std::string_view text) : source_(source), text_(text) {
    starts_.push_back(0);
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
      starts_.push_back(at + 1);
  }

  /// Cells of one line are asked for from left to right.
  Place of(std::int64_t line, const std::string& cell) {
    const auto index = static_cast<std::size_t>(line - 1);
    if (source_ < 0 || index >= starts_.size()) return {};
    from_ = std::max(from_, starts_[index]);
    const std::size_t found = text_.find(cell, from_);
    if (found == std::string_view::npos) return {source_, static_cast<std::uint32_t>(from_), 0};
    from_ = found + cell.size();
    return {source_, static_cast<std::uint32_t>(found), static_cast<std::uint32_t>(cell.size())};
  }

 private:
  std::int32_t source_;
  std::string_view text_;
  std::vector<std::size_t> starts_;
  std::size_t from_ = 0;
};

/// `{sgd: {lr: 0.1}}`, `[0.9, 0.99]` and quoted text are read as YAML; all else is the text of one value.
std::optional<Node> value_of(const std::string& cell, const Place& place, Sources& sources,
                             Diagnostics& problems) {
  Node value;
  if (cell.find_first_of("{[\"'") == 0) {
    std::optional<Node> read = read_yaml(sources.add_argument("a cell", cell), sources, problems);
    if (!read) return std::nullopt;
    value = std::move(*read);
  } else {
    value = Node::scalar(cell);
  }
  value.place = place;
  return value;
}

class TableReader {
 public:
  TableReader(const std::filesystem::path& file, const Place& place, Sources& sources, Diagnostics& problems)
      : file_(file), place_(place), sources_(sources), problems_(problems) {}

  std::optional<AxisGroup> read() {
    CsvRows rows(file_);
    CellPlaces places = places_of_cells();
    CsvRow row;
    if (!rows.next(row)) {
      tell(place_, "the table is empty", "name an axis in each column of the first line");
      return std::nullopt;
    }
    if (!read_header(row, places)) return std::nullopt;
    while (rows.next(row)) is_good_ &= read_row(row, places);
    if (is_good_ && group_.rows.empty()) {
      tell(place_, "the table has no line below its first", "write a point a line");
      return std::nullopt;
    }
    group_.domain = choice_domain(static_cast<std::int64_t>(group_.rows.size()));
    return is_good_ ? std::optional<AxisGroup>(std::move(group_)) : std::nullopt;
  }

 private:
  void tell(const Place& place, const std::string& message, const std::string& hint) {
    problems_.error(Code::experiment, place, "method.csv", message, hint);
  }

  CellPlaces places_of_cells() {
    if (file_.extension() == ".gz") return {-1, ""};
    const std::int32_t source =
        sources_.add(file_.string(), std::string(without_byte_order_mark(read_file(file_))));
    return {source, sources_.text(source)};
  }

  bool read_header(const CsvRow& row, CellPlaces& places) {
    for (std::size_t column = 0; column < row.cells.size(); ++column) {
      const std::string& path = row.cells[column];
      const Place found = places.of(row.line_of(column), path);
      const Place place = found.known() ? found : place_;
      if (path.empty()) {
        tell(place, "column " + std::to_string(column + 1) + " has no name", "name an axis, as in `axes`");
        return false;
      }
      for (const Axis& other : group_.axes) {
        if (other.path != path) continue;
        tell(place, "two columns are called '" + path + "'", "leave one out");
        return false;
      }
      group_.axes.push_back({path, place, "method.csv." + path});
    }
    return true;
  }

  bool read_row(const CsvRow& row, CellPlaces& places) {
    if (row.cells.size() != group_.axes.size()) {
      const Place place = places.of(row.line, row.cells.empty() ? "" : row.cells[0]);
      tell(place.known() ? place : place_,
           "line " + std::to_string(row.line) + " has " +
               count_of(static_cast<std::int64_t>(row.cells.size()), "cell") + ", and the first line has " +
               std::to_string(group_.axes.size()),
           "write a cell for each column; an empty one leaves its axis out");
      return false;
    }
    std::vector<Node>& values = group_.rows.emplace_back();
    for (std::size_t column = 0; column < row.cells.size(); ++column) {
      const std::string& cell = row.cells[column];
      const Place found = places.of(row.line_of(column), cell);
      if (cell.empty()) {
        values.emplace_back();
        continue;
      }
      std::optional<Node> value =
          value_of(cell, found.known() ? found : group_.axes[column].place, sources_, problems_);
      if (!value) return false;
      values.push_back(std::move(*value));
    }
    return true;
  }

  const std::filesystem::path& file_;
  const Place& place_;
  Sources& sources_;
  Diagnostics& problems_;
  AxisGroup group_;
  bool is_good_ = true;
};

}  // namespace

std::optional<AxisGroup> read_point_table(const std::filesystem::path& file, const Place& place,
                                          Sources& sources, Diagnostics& problems) {
  try {
    return TableReader(file, place, sources, problems).read();
  } catch (const UserError& error) {
    problems.error(Code::unreadable, place, "method.csv", error.what(),
                   "name a table, relative to this file");
    return std::nullopt;
  }
}

}  // namespace bunsen
