// table_survey_test.cpp - what a table's columns hold, and the data set that is proposed for it.
#include "data/table_survey.h"

#include <doctest/doctest.h>

#include "data/temporary_folder.h"

using namespace bunsen;

TEST_CASE("a survey tells numbers, words and what is missing, column by column") {
  const TemporaryFolder folder;
  const auto file = folder.write("t.csv", "a,b,c,d\n1,x,,1\n-,y,NA,2\n3,x,?,1.5\n2,\"z,z\",,1e2\nragged\n");
  const TableSurvey survey = survey_table(file, Separator::comma);
  CHECK(survey.rows == 5);
  CHECK(survey.ragged_rows == 1);
  REQUIRE(survey.columns.size() == 4);
  const ColumnSurvey& a = survey.columns[0];
  CHECK(a.kind() == ColumnKind::number);
  CHECK(a.numbers == 3);
  CHECK(a.missing == 1);
  CHECK(a.words == 0);
  CHECK(a.least == 1);
  CHECK(a.most == 3);
  CHECK(a.mean == doctest::Approx(2));
  CHECK(a.sd == doctest::Approx(0.816496580927726));
  CHECK(survey.columns[1].kind() == ColumnKind::word);
  CHECK(survey.columns[1].distinct == std::vector<std::string>{"x", "y", "z,z"});
  CHECK(survey.columns[2].kind() == ColumnKind::empty);
  CHECK(survey.columns[2].missing == 4);
  CHECK(survey.columns[3].integers == 2);
}

TEST_CASE("the separator is the one that cuts the header into most columns") {
  const TemporaryFolder folder;
  CHECK(guess_separator(folder.write("1", "a,b;c,d\n")) == Separator::comma);
  CHECK(guess_separator(folder.write("2", "\"a, with, commas\";\"b\"\n")) == Separator::semicolon);
  CHECK(guess_separator(folder.write("3", "a\tb\tc,d\n")) == Separator::tab);
  CHECK(guess_separator(folder.write("4", "a|b\n")) == Separator::bar);
  CHECK(guess_separator(folder.write("5", "a\n")) == Separator::comma);
}

TEST_CASE("a proposal declares words, ignores what can't be a feature and guesses label and task") {
  const TemporaryFolder folder;
  std::string text = ",name,colour,Target,size,nothing\n";
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(i);
    text += number + ",person " + number + (i % 2 == 0 ? ",red," : ",blue,") + std::to_string(i % 3) +
            (i == 7 ? ",," : "," + number + ".5,") + "\n";
  }
  const auto file = folder.write("t.csv", text);
  const Csv proposed = propose_table(file, survey_table(file, Separator::comma), Separator::comma);
  CHECK(proposed.label == "Target");
  CHECK(proposed.task == Task::classification);
  CHECK(proposed.ignore == std::vector<std::string>{"", "name", "nothing"});
  REQUIRE(proposed.categorical.size() == 1);
  CHECK(proposed.categorical[0].second == std::vector<std::string>{"blue", "red"});
  CHECK(proposed.missing == Missing::mean);
  CHECK(propose_table(file, survey_table(file, Separator::comma), Separator::comma, "size").task ==
        Task::regression);
}

TEST_CASE(
    "rows that lack a word or a label are dropped in a proposal; columns that number the rows are ignored") {
  const TemporaryFolder folder;
  std::string text = "id,a,colour,y\n";
  for (int i = 1; i <= 30; ++i)
    text += std::to_string(i) + "," + std::to_string(i * i) + (i == 3 ? ",?," : ",red,") +
            (i % 2 == 0 ? "x\n" : "z\n");
  const auto file = folder.write("t.csv", text);
  const Csv proposed = propose_table(file, survey_table(file, Separator::comma), Separator::comma);
  CHECK(proposed.missing == Missing::drop);
  CHECK(proposed.ignore == std::vector<std::string>{"id"});
}
