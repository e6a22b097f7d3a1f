// table_test.cpp - tables: numbers, classes, one-hot columns, and every mistake with its line and column.
#include "data/table.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/errors.h"
#include "data/cells.h"
#include "data/dataset.h"
#include "data/temporary_folder.h"

using namespace bunsen;

namespace {

Csv table(const TemporaryFolder& folder, const std::string& text, const std::string& label = "y") {
  folder.write("train.csv", text);
  Csv spec;
  spec.folder = folder.path().string();
  spec.file = "train.csv";
  spec.label = label;
  return spec;
}

std::string load_error(const Csv& spec) {
  return message_of<UserError>([&] { load_data(Dataset(spec), DataPlaces{}); });
}

template <class T>
std::vector<T> copy(std::span<const T> numbers) {
  return {numbers.begin(), numbers.end()};
}

struct Checked {
  std::optional<DataHeader> header;
  Diagnostics problems;
};

Checked check(const Csv& spec, bool must_exist = false) {
  Checked out;
  Diagnostics of_reader;
  SpecReader reader{of_reader};
  reader.origins["dataset.csv.label"] = {Place{0, 10, 3}, Place{}};
  reader.origins["dataset.csv.file"] = {Place{0, 1, 2}, Place{}};
  reader.origins["dataset"] = {Place{0, 0, 1}, Place{}};
  out.header = read_data_header(Dataset(spec), DataPlaces{}, must_exist, reader, out.problems);
  return out;
}

}  // namespace

TEST_CASE("a table's columns become features in the file's order, its label the class") {
  const TemporaryFolder folder;
  const LoadedData data = load_data(Dataset(table(folder, "a,y,b\n1,no,2.5\n-3,yes,1e2\n")), DataPlaces{});
  CHECK(data.sample == Shape{{2}});
  CHECK(copy(data.train.values) == std::vector<float>{1, 2.5F, -3, 100});
  CHECK(copy(data.train.classes) == std::vector<std::int64_t>{0, 1});
  CHECK(data.class_names == std::vector<std::string>{"no", "yes"});
  CHECK(data.train.samples == 2);
  CHECK_FALSE(data.test.has_value());
  CHECK_FALSE(data.is_image);
}

TEST_CASE("found classes are sorted, as numbers if all are integers") {
  const TemporaryFolder folder;
  const LoadedData numbers = load_data(Dataset(table(folder, "a,y\n1,10\n1,9\n1,-1\n")), DataPlaces{});
  CHECK(numbers.class_names == std::vector<std::string>{"-1", "9", "10"});
  CHECK(copy(numbers.train.classes) == std::vector<std::int64_t>{2, 1, 0});
  const LoadedData words = load_data(Dataset(table(folder, "a,y\n1,10\n1,9\n1,x\n")), DataPlaces{});
  CHECK(words.class_names == std::vector<std::string>{"10", "9", "x"});
}

TEST_CASE("declared classes keep their order, and the test part uses the training part's") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,y\n1,low\n2,high\n");
  spec.classes = {"low", "high", "unseen"};
  folder.write("test.csv", "a,y\n5,high\n");
  spec.test_file = "test.csv";
  const LoadedData data = load_data(Dataset(spec), DataPlaces{});
  CHECK(copy(data.train.classes) == std::vector<std::int64_t>{0, 1});
  REQUIRE(data.test.has_value());
  CHECK(copy(data.test->classes) == std::vector<std::int64_t>{1});
  CHECK(data.class_count() == 3);
}

TEST_CASE("a categorical column becomes one feature a value, where it stands") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,colour,b,y\n1,red,2,x\n3,blue,4,z\n");
  spec.categorical = {{"colour", {"red", "green", "blue"}}};
  const LoadedData data = load_data(Dataset(spec), DataPlaces{});
  CHECK(data.sample == Shape{{5}});
  CHECK(copy(data.train.values) == std::vector<float>{1, 1, 0, 0, 2, 3, 0, 0, 1, 4});
}

TEST_CASE("a regression's label is a number") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,y\n1,0.5\n2,-1\n");
  spec.task = Task::regression;
  const LoadedData data = load_data(Dataset(spec), DataPlaces{});
  CHECK(data.is_regression);
  CHECK(copy(data.train.targets) == std::vector<float>{0.5F, -1});
  CHECK(data.train.classes.empty());
  CHECK(data.class_names.empty());
  spec.file = "words.csv";
  folder.write("words.csv", "a,y\n1,high\n");
  CHECK(load_error(spec).find(":2: column 'y': 'high' is no number") != std::string::npos);
}

TEST_CASE("a bad cell is named with file, line and column, and what to do") {
  const TemporaryFolder folder;
  const auto error_of = [&](const std::string& text) {
    const std::string error = load_error(table(folder, text));
    const std::string file = (folder / "train.csv").string();
    return error.find(file) == 0 ? error.substr(file.size()) : "no path: " + error;
  };
  CHECK(error_of("a,y\n1,x\nred,x\n") ==
        ":3: column 'a': 'red' is no number; words are declared: `categorical: {a: [\"1\", red]}`");
  const std::string ways = "; fill it in, or say `missing: drop` (leaves the row out)";
  CHECK(error_of("a,y\n,x\n") == ":2: column 'a': a value is missing" + ways + " or `missing: mean`");
  CHECK(error_of("a,y\n1,\n") == ":2: column 'y': a value is missing" + ways);
  CHECK(error_of("a,y\n1,?\n") ==
        ":2: column 'y': '?' is a missing value" + ways + ", or declare \"?\" under `classes`");
  CHECK(error_of("a,y\nNA,x\n") == ":2: column 'a': 'NA' is a missing value" + ways + " or `missing: mean`");
  CHECK(error_of("a,y\n1,x\n2,x\n3o,x\n") ==
        ":4: column 'a': '3o' is no number; correct it, since most values of this column are numbers");
  CHECK(error_of("a,y\n1,x\n2,x\n\"1,5\",x\n") == ":4: column 'a': '1,5' is no number; write 1.5");
  CHECK(error_of("a,y\n1e39,x\n") == ":2: column 'a': 1e39 is too large for a 32-bit number");
  CHECK(error_of("a,y\n1,x\n1,x,2\n") == ":3: 3 cells, wanted 2 as in the header");
  CHECK(error_of("a,y\n1\n") == ":2: 1 cell, wanted 2 as in the header");
  CHECK(error_of("b,y,a\n1,\"x\n\n\",oops\n").find(":4: column 'a': 'oops' is no number") == 0);
  CHECK(error_of("a,y\n") == " has no rows below its header");
}

TEST_CASE("columns of words are told with the lines that declare or ignore them") {
  const TemporaryFolder folder;
  std::string text = "name,colour,size,y\n";
  for (int i = 0; i < 40; ++i)
    text += "person " + std::to_string(i) + (i % 2 == 0 ? ",red," : ",\"light, blue\",") + std::to_string(i) +
            ",x\n";
  CHECK(
      load_error(table(folder, text))
          .find(
              "column 'name': 'person 0' is no number; words are declared: `categorical: {colour: [\"light, "
              "blue\", red]}, ignore: [name]`") != std::string::npos);
  Csv spec = table(folder, text);
  spec.ignore = {"name"};
  CHECK(load_error(spec).find("words are declared: `categorical: {colour: [\"light, blue\", red]}`") !=
        std::string::npos);
  spec.categorical = {{"colour", {"red", "light, blue"}}};
  const LoadedData data = load_data(Dataset(spec), DataPlaces{});
  CHECK(data.sample == Shape{{3}});
  CHECK(data.train.samples == 40);
}

TEST_CASE("`missing: drop` leaves out rows that lack a value in a column that counts") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,note,colour,y\n1,,red,x\n,n,red,x\n3,n,NA,z\n4,n,blue,?\n5,n,,z\n6,n,blue,z\n");
  spec.ignore = {"note"};
  spec.categorical = {{"colour", {"red", "blue", ""}}};
  spec.missing = Missing::drop;
  const LoadedData data = load_data(Dataset(spec), DataPlaces{});
  CHECK(copy(data.train.values) == std::vector<float>{1, 1, 0, 0, 5, 0, 0, 1, 6, 0, 1, 0});
  CHECK(data.class_names == std::vector<std::string>{"x", "z"});
  CHECK_FALSE(data.has_holes);
  folder.write("train.csv", "a,note,colour,y\n,n,red,x\n");
  CHECK(load_error(spec).find("each of its rows lacks a value") != std::string::npos);
}

TEST_CASE("`missing: mean` leaves holes in numbers; words and labels can't be averaged") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,colour,y\n1,red,x\nNA,red,x\n-,red,x\n");
  spec.categorical = {{"colour", {"red"}}};
  spec.missing = Missing::mean;
  const LoadedData data = load_data(Dataset(spec), DataPlaces{});
  CHECK(data.has_holes);
  CHECK(data.train.values[0] == 1);
  CHECK(std::isnan(data.train.values[2]));
  CHECK(std::isnan(data.train.values[4]));
  folder.write("train.csv", "a,colour,y\n1,,x\n");
  CHECK(
      load_error(spec).find("column 'colour': a value is missing; fill it in, or say `missing: drop` (leaves "
                            "the row out), or declare \"\" as one of its values") != std::string::npos);
  folder.write("train.csv", "a,colour,y\n1,red,\n");
  CHECK(load_error(spec).find("column 'y': a value is missing") != std::string::npos);
  folder.write("train.csv", "a,colour,y\n,red,x\nNA,red,x\n");
  CHECK(load_error(spec).find("column 'a' has no value in any row; `ignore` it") != std::string::npos);
}

TEST_CASE(
    "tables cut by semicolons, tabs or bars are read, and a wrong separator is told with the right one") {
  const TemporaryFolder folder;
  for (const Separator separator : {Separator::semicolon, Separator::tab, Separator::bar}) {
    const std::string word(names_of(separator)[static_cast<std::size_t>(separator)]);
    const std::string cut(1, character(separator));
    Csv spec =
        table(folder, "\"a, b\"" + cut + "\"y\"\r\n1.5" + cut + "\"x " + cut + "\n z\"\r\n2" + cut + "w");
    CAPTURE(word);
    const Checked checked = check(spec);
    REQUIRE(checked.problems.items().size() == 1);
    CHECK(checked.problems.items()[0].path == "dataset.csv.separator");
    CHECK(checked.problems.items()[0].hint.find("write `separator: ") == 0);
    CHECK(checked.problems.items()[0].hint.find(word) != std::string::npos);
    spec.separator = separator;
    const LoadedData data = load_data(Dataset(spec), DataPlaces{});
    CHECK(copy(data.train.values) == std::vector<float>{1.5F, 2});
    CHECK(data.class_names == std::vector<std::string>{"w", "x " + cut + "\n z"});
  }
}

TEST_CASE("a column without a name, as pandas writes its index, can be ignored") {
  const TemporaryFolder folder;
  Csv spec = table(folder, ",a,y\n0,7,x\n1,8,z\n");
  const Checked checked = check(spec);
  REQUIRE(checked.problems.items().size() == 1);
  CHECK(checked.problems.items()[0].hint == "give it one in the first line, or write `ignore: [\"\"]`");
  spec.ignore = {""};
  CHECK(copy(load_data(Dataset(spec), DataPlaces{}).train.values) == std::vector<float>{7, 8});
}

TEST_CASE("what is ignored must be a column, and neither the label nor categorical") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,b,y\n1,2,x\n");
  spec.ignore = {"y", "b", "aa"};
  spec.categorical = {{"b", {"2"}}};
  const Checked checked = check(spec);
  std::vector<std::string> told;
  for (const Diagnostic& problem : checked.problems.items())
    told.push_back(problem.path + ": " + problem.message);
  CHECK(told == std::vector<std::string>{"dataset.csv.categorical.b: is also ignored",
                                         "dataset.csv.ignore: names the label 'y'",
                                         "dataset.csv.ignore.2: train.csv has no column 'aa'"});
}

TEST_CASE("a label that the training part does not have is an error in the test part") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,y\n1,x\n2,z\n");
  folder.write("test.csv", "a,y\n5,w\n");
  spec.test_file = "test.csv";
  CHECK(load_error(spec) ==
        (folder / "test.csv").string() +
            ":2: column 'y': 'w' is none of the classes (known: x, z); declare it under `classes`");
}

TEST_CASE("a header tells the width before any row is read") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,colour,y\nthis is,\"not\" a row\n");
  spec.categorical = {{"colour", {"red", "green"}}};
  const Checked checked = check(spec);
  REQUIRE(checked.header.has_value());
  CHECK(checked.problems.items().empty());
  CHECK(checked.header->sample == Shape{{3}});
  CHECK_FALSE(checked.header->classes.has_value());
  CHECK_FALSE(checked.header->train_samples.has_value());
  CHECK(checked.header->test_samples == 0);
}

TEST_CASE("a label that is no column is told at the key's place, with the column that was meant") {
  const TemporaryFolder folder;
  const Checked checked = check(table(folder, "alcohol,quality\n1,2\n", "qualty"));
  CHECK_FALSE(checked.header.has_value());
  REQUIRE(checked.problems.items().size() == 1);
  const Diagnostic& problem = checked.problems.items().front();
  CHECK(problem.code == Code::data_mismatch);
  CHECK(problem.path == "dataset.csv.label");
  CHECK(problem.place == Place{0, 10, 3});
  CHECK(problem.message == "train.csv has no column 'qualty'");
  CHECK(problem.hint == "did you mean 'quality'?");
}

TEST_CASE("all mistakes about columns are told at once, at the nearest key that was written") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,b,a\n1,2,3\n", "c");
  spec.categorical = {{"colour", {"red"}}, {"b", {}}};
  const Checked checked = check(spec);
  std::vector<std::string> paths;
  for (const Diagnostic& problem : checked.problems.items()) paths.push_back(problem.path);
  CHECK(paths == std::vector<std::string>{"dataset.csv.categorical.b", "dataset.csv.file",
                                          "dataset.csv.label", "dataset.csv.categorical.colour"});
  CHECK(checked.problems.items()[0].place == Place{0, 0, 1});
}

TEST_CASE("an absent table is a warning in a check and an error before a run") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,y\n1,2\n");
  spec.file = "trian.csv";
  const Checked warned = check(spec);
  REQUIRE(warned.problems.items().size() == 1);
  CHECK(warned.problems.items()[0].severity == Severity::warning);
  CHECK(warned.problems.items()[0].code == Code::data_missing);
  CHECK(warned.problems.items()[0].message == "there is no file " + (folder / "trian.csv").string());
  CHECK(warned.problems.items()[0].hint == "did you mean 'train.csv'?");
  CHECK(check(spec, true).problems.error_count() == 1);
}

TEST_CASE("a test table with another header is a mistake") {
  const TemporaryFolder folder;
  Csv spec = table(folder, "a,y\n1,2\n");
  folder.write("test.csv", "b,y\n1,2\n");
  spec.test_file = "test.csv";
  const Checked checked = check(spec);
  REQUIRE(checked.problems.error_count() == 1);
  CHECK(checked.problems.items()[0].path == "dataset.csv.test_file");
  CHECK(checked.problems.items()[0].message.find("column 1 is 'b', wanted 'a'") != std::string::npos);
}
