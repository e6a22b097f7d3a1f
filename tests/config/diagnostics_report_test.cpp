#include "config/diagnostics_report.h"

#include <doctest/doctest.h>

#include "base/codes.h"

namespace bunsen {
namespace {

/// One text and what is told of it.
struct Told {
  Sources sources;
  Diagnostics problems;
  std::int32_t source;

  explicit Told(const std::string& text, const std::string& file = "a.yaml")
      : source(sources.add(file, text)) {}
  Place place(std::uint32_t offset, std::uint32_t length) const { return {source, offset, length}; }
  DiagnosticsReport report() const {
    DiagnosticsReport made;
    add_to(made, "a.yaml", problems, sources);
    return made;
  }
  Node json() const { return to_json(report(), "1.2"); }
  Node sarif() const { return to_sarif(report(), "1.2", "/work place"); }
};

std::string text_at(const Node& node, std::string_view path) {
  const Node* found = node.at_path(path);
  return found == nullptr ? "nothing" : found->is_null() ? "null" : found->text;
}

}  // namespace

TEST_CASE("columns count code points, and the end lies behind the last character") {
  Told told("a: 1\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80: odd\n");
  told.problems.error(Code::unknown_key, told.place(5, 9), "", "m");
  told.problems.error(Code::bad_number, told.place(16, 3), "", "m");
  told.problems.error(Code::syntax, told.place(3, 0), "", "m");
  const Node json = told.json();
  const Node* items = json.find("diagnostics");
  REQUIRE(items->items.size() == 3);
  const auto places = [&](const std::string& index) {
    return text_at(*items, index + ".line") + ":" + text_at(*items, index + ".column") + "-" +
           text_at(*items, index + ".end_line") + ":" + text_at(*items, index + ".end_column");
  };
  CHECK(places("0") == "1:4-1:4");
  CHECK(places("1") == "2:1-2:4");
  CHECK(places("2") == "2:6-2:9");
}

TEST_CASE("a stretch over several lines ends on its own line") {
  Told told("a:\n  b: 1\n  c: 2\n");
  told.problems.error(Code::wrong_kind, told.place(5, 11), "a", "m");
  CHECK(text_at(told.json(), "diagnostics.0.end_line") == "3");
  CHECK(text_at(told.json(), "diagnostics.0.end_column") == "7");
}

TEST_CASE("what was typed is told as an argument, not as a file") {
  Told told("a: 1\n");
  const std::int32_t typed = told.sources.add_argument("--set #2", "epoch=1");
  told.problems.error(Code::override_path, {typed, 0, 5}, "epoch", "m", "h", {}, "epochs");
  const Node json = told.json();
  CHECK(text_at(json, "diagnostics.0.file") == "null");
  CHECK(text_at(json, "diagnostics.0.argument") == "--set #2");
  CHECK(text_at(json, "diagnostics.0.replacement") == "epochs");
  const Node sarif = told.sarif();
  CHECK(text_at(sarif, "runs.0.results.0.locations.0.logicalLocations.0.name") == "--set #2");
  CHECK(sarif.at_path("runs.0.results.0.locations.0.physicalLocation") == nullptr);
  CHECK(sarif.at_path("runs.0.results.0.fixes") == nullptr);
}

TEST_CASE("a mistake without a place belongs to the file that was checked") {
  Told told("");
  told.problems.error(Code::unreadable, {}, "", "can't be read");
  const Node json = told.json();
  CHECK(text_at(json, "diagnostics.0.file") == "a.yaml");
  CHECK(text_at(json, "diagnostics.0.line") == "null");
  const Node sarif = told.sarif();
  const Node* physical = sarif.at_path("runs.0.results.0.locations.0.physicalLocation");
  REQUIRE(physical != nullptr);
  CHECK(text_at(*physical, "artifactLocation.uri") == "a.yaml");
  CHECK(physical->find("region") == nullptr);
}

TEST_CASE("files are named relative to the working folder, and as URIs") {
  const auto uri_of = [](const std::string& file) {
    Told told("x", file);
    told.problems.error(Code::syntax, told.place(0, 1), "", "m");
    return text_at(told.sarif(), "runs.0.results.0.locations.0.physicalLocation.artifactLocation.uri");
  };
  CHECK(uri_of("configs/mlp.yaml") == "configs/mlp.yaml");
  CHECK(uri_of("/work place/configs/../a:b %\xc3\xa4.yaml") == "a%3Ab%20%25%C3%A4.yaml");
  CHECK(uri_of("../x.yaml") == "file:///x.yaml");
  CHECK(uri_of("/work place 2/x.yaml") == "file:///work%20place%202/x.yaml");
}

TEST_CASE("a replacement is told unless it would lose a variable or has no place to go") {
  Told told("a: rleu\nb: r$x\nc: $y\n");
  told.problems.error(Code::unknown_name, told.place(3, 4), "", "m", "h", {}, "relu");
  told.problems.error(Code::unknown_name, told.place(11, 3), "", "m", "h", {}, "relu");
  told.problems.error(Code::variable, told.place(18, 2), "", "m", "h", {}, "$x");
  told.problems.error(Code::unknown_name, {}, "", "m", "h", {}, "relu");
  const Node json = told.json();
  CHECK(text_at(json, "diagnostics.0.replacement") == "null");
  CHECK(text_at(json, "diagnostics.1.replacement") == "relu");
  CHECK(text_at(json, "diagnostics.2.replacement") == "null");
  CHECK(text_at(json, "diagnostics.3.replacement") == "$x");
  const Node sarif = told.sarif();
  const std::string change = "runs.0.results.1.fixes.0.artifactChanges.0.replacements.0.";
  CHECK(text_at(sarif, change + "insertedContent.text") == "relu");
  CHECK(text_at(sarif, change + "deletedRegion.endColumn") == "8");
  CHECK(sarif.at_path("runs.0.results.0.fixes") == nullptr);
}

TEST_CASE("what is not told any more is counted") {
  Told told("a: 1\n");
  for (int i = 0; i < 130; ++i) told.problems.error(Code::syntax, told.place(0, 1), "", "m");
  told.problems.warning(Code::suspicious, told.place(0, 1), "", "m");
  const Node json = told.json();
  CHECK(json.find("diagnostics")->items.size() == Diagnostics::limit);
  CHECK(text_at(json, "summary.errors") == "130");
  CHECK(text_at(json, "summary.warnings") == "1");
  CHECK(text_at(json, "summary.dropped") == "31");
  CHECK(text_at(told.sarif(), "runs.0.invocations.0.toolExecutionNotifications.0.message.text") ==
        "a.yaml: 31 more are not told");
}

TEST_CASE("every code is a rule of its own, and a result points to its rule") {
  Told told(std::string(100, 'x'));
  for (const CodeMeaning& meaning : code_meanings())
    told.problems.error(meaning.code, told.place(static_cast<std::uint32_t>(meaning.code), 1), "", "m");
  const Node sarif = told.sarif();
  const Node* rules = sarif.at_path("runs.0.tool.driver.rules");
  const Node* results = sarif.at_path("runs.0.results");
  REQUIRE(results->items.size() == code_meanings().size());
  for (const Node& result : results->items) {
    const Node& rule = rules->items.at(static_cast<std::size_t>(*result.find("ruleIndex")->as_integer()));
    CHECK(rule.find("id")->text == result.find("ruleId")->text);
  }
}

TEST_CASE("one document holds all files, in their order") {
  Told first("a: 1\n");
  first.problems.error(Code::syntax, first.place(0, 1), "", "first");
  Told second("b: 1\n", "b.yaml");
  second.problems.warning(Code::suspicious, second.place(0, 1), "", "second");
  DiagnosticsReport report;
  add_to(report, "a.yaml", first.problems, first.sources);
  add_to(report, "b.yaml", second.problems, second.sources);
  const Node json = to_json(report, "1.2");
  CHECK(text_at(json, "version") == "1");
  CHECK(text_at(json, "summary.files") == "2");
  CHECK(text_at(json, "files.1.warnings") == "1");
  CHECK(text_at(json, "diagnostics.0.message") == "first");
  CHECK(text_at(json, "diagnostics.1.severity") == "warning");
  CHECK(text_at(json, "diagnostics.1.file") == "b.yaml");
}

}  // namespace bunsen
