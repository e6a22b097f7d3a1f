#include "config/yaml.h"

#include <doctest/doctest.h>

#include "config/json.h"
#include "config/yaml_text.h"

namespace bunsen {
namespace {

/// A text read, with all that was told.
struct Reading {
  Sources sources;
  Diagnostics problems;
  std::optional<Node> node;

  explicit Reading(const std::string& text) {
    sources.add("t.yaml", text);
    node = read_yaml(0, sources, problems);
  }
  std::string place(std::string_view path) const {
    const Node* found = node->at_path(path);
    return found == nullptr ? "?"
                            : sources.describe(found->place) + "+" + std::to_string(found->place.length);
  }
};

}  // namespace

TEST_CASE("every value knows its place and length") {
  const Reading read("a: 12\nb:\n  - x\n  - {c: \"q r\", d: [1, 2]}\n\xc3\xa9: z\n");
  REQUIRE(read.node);
  CHECK(read.place("a") == "t.yaml:1:4+2");
  CHECK(read.place("b.0") == "t.yaml:3:5+1");
  CHECK(read.place("b.1.c") == "t.yaml:4:9+5");
  CHECK(read.place("b.1.d.1") == "t.yaml:4:23+1");
  CHECK(read.place("\xc3\xa9") == "t.yaml:5:4+1");
}

TEST_CASE("an empty value stands behind its key, however far the next token is") {
  const Reading read("a:\n\n\nb: 1\nc:  # remark\n\nd:\n  -\n  - 2\n");
  REQUIRE(read.node);
  CHECK(read.place("a") == "t.yaml:1:2+1");
  CHECK(read.place("c") == "t.yaml:5:2+1");
  CHECK(read.place("d.0") == "t.yaml:8:3+1");
  CHECK(read.node->find("a")->is_null());
}

TEST_CASE("an anchor does not hide its value's place, and an alias keeps both") {
  const Reading read("a: &x 5\nb: *x\n");
  REQUIRE(read.node);
  CHECK(read.place("a") == "t.yaml:1:7+1");
  CHECK(read.place("b") == "t.yaml:1:7+1");
  CHECK(read.sources.describe(read.node->find("b")->used_at) == "t.yaml:2:4");
}

TEST_CASE("quoted text is text, and null as a key is a word") {
  const Reading read("a: \"1\"\nb: 1\nnull: 2\nc: '~'\n");
  REQUIRE(read.node);
  CHECK(read.node->find("a")->quoted);
  CHECK_FALSE(read.node->find("b")->quoted);
  CHECK(read.node->find("null") != nullptr);
  CHECK(read.node->find("c")->text == "~");
}

TEST_CASE("hostile texts end at once, with one error") {
  for (const std::string& text :
       {std::string(","), std::string("{a: b},"), std::string("---\n,"), std::string(100000, '['),
        std::string(100000, '{'), std::string("a: &a [*a]"), std::string("a: \"b\nc: 1\n"),
        std::string("\xff\xfe"), std::string("a: \x01"), std::string("%YAML 1.1\n---\na: 1"),
        std::string("a: 1\rb: 2"), std::string("? {a: b}\n: 1\n"), std::string(2000000, 'a')}) {
    CAPTURE(text.substr(0, 20));
    const Reading read(text);
    CHECK_FALSE(read.node);
    CHECK(read.problems.error_count() == 1);
  }
}

TEST_CASE("YAML that is written reads back the same") {
  const std::string text =
      R"({"name": "a: b", "n": "1e3", "x": [1, 2.5], "layers": ["relu", {"linear": {"out_features": 64, "bias": false}}], "deep": {"a": {"b": "c"}, "d": [{"e": 1, "f": [1]}]}, "q": "\"\\ \t\n", "empty": "", "e": [], "m": {}})";
  const Node node = read_json(text, "t");
  const Reading read(to_yaml(node));
  REQUIRE_MESSAGE(read.node, to_yaml(node) << to_text(read.problems, read.sources, false));
  CHECK(json_line(*read.node) == text);
}

}  // namespace bunsen
