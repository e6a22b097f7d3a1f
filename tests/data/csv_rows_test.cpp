// csv_rows_test.cpp - rows, cells and the lines on which they stand.
#include "data/csv_rows.h"

#include <doctest/doctest.h>

#include "base/errors.h"
#include "data/temporary_folder.h"

using namespace bunsen;

namespace {

std::string shown(const std::filesystem::path& file) {
  CsvRows rows(file);
  CsvRow row;
  std::string text;
  while (rows.next(row)) {
    text += std::to_string(row.line) + ':';
    for (const std::string& cell : row.cells) text += '<' + cell + '>';
  }
  return text;
}

}  // namespace

TEST_CASE("line numbers are right with every kind of line end, empty lines and quoted line ends") {
  const TemporaryFolder folder;
  CHECK(shown(folder.write("lf", "a,b\n1,2\n\n3,4\n")) == "1:<a><b>2:<1><2>4:<3><4>");
  CHECK(shown(folder.write("crlf", "a,b\r\n1,2\r\n\r\n3,4")) == "1:<a><b>2:<1><2>4:<3><4>");
  CHECK(shown(folder.write("cr", "a,b\r1,2\r\r3,4\r")) == "1:<a><b>2:<1><2>4:<3><4>");
  CHECK(shown(folder.write("quoted", "a,b\n\"x\ny\r\nz\",2\n3,4\n")) == "1:<a><b>2:<x\ny\r\nz><2>5:<3><4>");
}

TEST_CASE("a quoted line end also moves the cells behind it in the same row") {
  const TemporaryFolder folder;
  CsvRows rows(folder.write("t", "\"a\n\",b\n"));
  CsvRow row;
  REQUIRE(rows.next(row));
  CHECK(row.line_of(0) == 1);
  CHECK(row.line_of(1) == 2);
}

TEST_CASE("byte-order mark, blanks, doubled quotes, empty cells and gzip are understood") {
  const TemporaryFolder folder;
  CHECK(shown(folder.write("bom",
                           "\xEF\xBB\xBF"
                           "a, b \n\"x\"\"y\",\n")) == "1:<a><b>2:<x\"y><>");
  CHECK(shown(folder.write_gzip("t.csv.gz", "a,b\n1,2\n")) == "1:<a><b>2:<1><2>");
  CHECK(shown(folder.write("empty", "")) == "");
}

TEST_CASE("a quote in the wrong place or never closed is an error with its line") {
  const TemporaryFolder folder;
  const auto inside = folder.write("inside", "a,b\n1,x\"y\n");
  CHECK(message_of<UserError>([&] { shown(inside); }).find(inside.string() + ":2: a quote in the middle") ==
        0);
  const auto open = folder.write("open", "a,b\n1,2\n\"x,4\n5,6\n");
  CHECK(message_of<UserError>([&] { shown(open); }) ==
        open.string() + ":3: a quote in this row is never closed");
}
