#include "config/json.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/errors.h"

namespace bunsen {

TEST_CASE("JSON reads back as it was written") {
  const std::string text = R"({"a": [1, 2.5, null, true], "b": {"c": "x \"y\" \n"}, "d": [], "e": {}})";
  CHECK(json_line(read_json(text, "t")) == text);
}

TEST_CASE("numbers that are not finite are words") {
  Node node = Node::map();
  node.set("loss", Node::number(std::numeric_limits<double>::quiet_NaN()));
  node.set("best", Node::number(-std::numeric_limits<double>::infinity()));
  CHECK(json_line(node) == R"({"loss": "NaN", "best": "-Infinity"})");
  CHECK(std::isnan(*read_json(json_line(node), "t").at_path("loss")->as_number()));
}

TEST_CASE("a document has a line for each leaf, layer and epoch") {
  const Node node =
      read_json(R"({"seed": 1, "layers": ["relu", {"linear": {"out": 2}}], "m": [[1, 2], [3, 4]]})", "t");
  CHECK(json_document(node) ==
        "{\n  \"seed\": 1,\n  \"layers\": [\n    \"relu\",\n    {\"linear\": {\"out\": 2}}\n  ],\n"
        "  \"m\": [\n    [1, 2],\n    [3, 4]\n  ]\n}\n");
}

TEST_CASE("text that looks like a number stays text") {
  CHECK(json_line(read_json(R"(["1e3", 1e3, "true"])", "t")) == R"(["1e3", 1000, "true"])");
}

TEST_CASE("each byte of a text is written so that it reads back, alone and among others") {
  const auto written = [](const std::string& text) { return json_line(Node::string(text)); };
  for (int byte = 1; byte < 128; ++byte) {
    for (const std::string& text :
         {std::string(1, static_cast<char>(byte)), "a" + std::string(1, static_cast<char>(byte)) + "z"}) {
      const std::string line = written(text);
      CHECK(read_json(line, "t").text == text);
      CHECK(std::none_of(line.begin(), line.end(), [](char c) { return c >= 0 && c < ' '; }));
    }
  }
  CHECK(written("a\"b\\c\n\x01") == R"("a\"b\\c\n\u0001")");
  CHECK(written("gr\xc3\xbc\xc3\x9f") == "\"gr\xc3\xbc\xc3\x9f\"");
  CHECK(written("\xff") == "\"\xef\xbf\xbd\"");  // no UTF-8: the character for what is none
}

TEST_CASE("what is no JSON is told with line and column") {
  CHECK_THROWS_WITH_AS(read_json("{\n \"a\": }", "r.json"), doctest::Contains("r.json:2:"), UserError);
  CHECK_THROWS_WITH_AS(read_json(R"({"a": 1, "a": 2})", "r.json"), doctest::Contains("'a' is there twice"),
                       UserError);
  CHECK_THROWS_AS(read_json(std::string(100000, '['), "r.json"), UserError);
  CHECK_THROWS_AS(read_json("", "r.json"), UserError);
  CHECK_THROWS_AS(read_json("{} x", "r.json"), UserError);
}

}  // namespace bunsen
