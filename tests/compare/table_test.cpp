#include "compare/table.h"

#include <doctest/doctest.h>

namespace bunsen {
namespace {

Table runs() {
  Table table;
  table.columns = {{.title = "name", .least_width = 6},
                   {.title = "seed", .is_number = true},
                   {.title = "test.accuracy", .short_title = "test.acc", .is_number = true, .rank = 1},
                   {.title = "age", .is_number = true, .rank = 2}};
  table.rows = {{"fashion-softmax", "0", "0.8441", "3 h"}, {"mlp", "10", "0.8712", "12 min"}};
  return table;
}

TEST_CASE("columns stand under their titles, numbers to the right") {
  CHECK(to_text(runs(), {}).text ==
        "name             seed  test.accuracy     age\n"
        "fashion-softmax     0         0.8441     3 h\n"
        "mlp                10         0.8712  12 min\n");
}

TEST_CASE("a table that fits its terminal is the table of a pipe") {
  CHECK(to_text(runs(), {.width = 44}).text == to_text(runs(), {}).text);
  CHECK(to_text(runs(), {.width = 44}).left_out.empty());
}

TEST_CASE("one column too many cells shortens text first") {
  CHECK(to_text(runs(), {.width = 40}).text ==
        "name         seed  test.accuracy     age\n"
        "fashion-s..     0         0.8441     3 h\n"
        "mlp            10         0.8712  12 min\n");
}

TEST_CASE("short titles come before left out columns") {
  const TableText table = to_text(runs(), {.width = 32});
  CHECK(table.text ==
        "name      seed  test.acc     age\n"
        "fashio..     0    0.8441     3 h\n"
        "mlp         10    0.8712  12 min\n");
  CHECK(table.left_out.empty());
}

TEST_CASE("the column of the highest rank goes first and is named") {
  const TableText table = to_text(runs(), {.width = 22});
  CHECK(table.text ==
        "name    seed  test.acc\n"
        "fash..     0    0.8441\n"
        "mlp       10    0.8712\n");
  CHECK(table.left_out == std::vector<std::string>{"age"});
}

TEST_CASE("columns that must stay are never left out, however narrow the terminal is") {
  CHECK(to_text(runs(), {.width = 5}).text ==
        "name    seed\n"
        "fash..     0\n"
        "mlp       10\n");
}

TEST_CASE("wide characters take two cells") {
  Table table;
  table.columns = {{.title = "name"}, {.title = "x"}};
  table.rows = {{"\xE6\x96\x87\xE5\xAD\x97", "1"}, {"abcd", "2"}};
  CHECK(to_text(table, {}).text == "name  x\n\xE6\x96\x87\xE5\xAD\x97  1\nabcd  2\n");
}

TEST_CASE("a cell can't drive the terminal or break its line") {
  Table table;
  table.columns = {{.title = ""}};
  table.rows = {
      {"a\033[31mb\nc\td\x9B"
       "e"}};
  CHECK(to_text(table, {}).text == "a?[31mb c d?e\n");
}

TEST_CASE("color stands around the text and takes no room") {
  Table table;
  table.columns = {{.title = "", .is_number = true}, {.title = ""}};
  table.rows = {{Cell("1", Paint::bad), "x"}, {"22", "y"}};
  CHECK(to_text(table, {.width = 80, .color = true}).text == " \033[31m1\033[0m  x\n22  y\n");
  CHECK(to_text(table, {.width = 80, .color = false}).text == " 1  x\n22  y\n");
}

TEST_CASE("a path is shortened at its beginning") {
  CHECK(shortened("layers.1.linear.out_features", 16, true) == "..r.out_features");
  CHECK(shortened("layers.1.linear.out_features", 16, false) == "layers.1.linea..");
  CHECK(shortened("relu", 4, true) == "relu");
  CHECK(shortened("relu6", 1, true) == ".");
}

}  // namespace
}  // namespace bunsen
