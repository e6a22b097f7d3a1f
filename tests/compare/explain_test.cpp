#include "compare/explain.h"

#include <doctest/doctest.h>

#include "results.h"

namespace bunsen {
namespace {

using test::json;

struct Run {
  std::string config;
  std::string vars = "{}", point = "{}", origins = "{}";
  Causes causes() const { return {json(vars), json(point), json(origins)}; }
};

// One line a change: `path (cause)`.
std::string explained(const Run& a, const Run& b) {
  LeafChanges changes = leaf_changes(json(a.config), json(b.config));
  explain(changes, json(a.config), a.causes(), json(b.config), b.causes());
  std::string out;
  for (const LeafChange& change : changes.items) {
    out += change.path + (change.explained_by.empty() ? "" : " (" + change.explained_by + ')') + '\n';
  }
  return out;
}

TEST_CASE("a layer's type that changed as a variable did is explained by it") {
  CHECK(explained(
            {R"({"layers": [{"flatten": {}}, {"relu": {}}], "epochs": 2})", R"({"activation": "relu"})"},
            {R"({"layers": [{"flatten": {}}, {"tanh": {}}], "epochs": 3})", R"({"activation": "tanh"})"}) ==
        "vars.activation\nlayers.1 (vars.activation)\nepochs\n");
}

TEST_CASE("a leaf that changed otherwise than the variable is not explained") {
  CHECK(explained({R"({"x": 1, "y": 1})", R"({"n": 1})"}, {R"({"x": 2, "y": 3})", R"({"n": 2})"}) ==
        "vars.n\nx (vars.n)\ny\n");
}

TEST_CASE("an axis that is a config leaf stands once") {
  CHECK(explained({R"({"lr": 0.1})", "{}", R"({"lr": 0.1})"}, {R"({"lr": 0.2})", "{}", R"({"lr": 0.2})"}) ==
        "lr\n");
}

TEST_CASE("a variable that only one side has explains nothing") {
  CHECK(explained({R"({"x": 1})"}, {R"({"x": 2})", R"({"n": 2})"}) == "x\n");
}

TEST_CASE("repeated layers are explained by the number that says how often") {
  const std::string one =
      R"({"layers": [{"linear": {"out_features": 8}}, {"relu": {}}, {"linear": {"out_features": 2}}]})";
  const std::string two =
      R"({"layers": [{"linear": {"out_features": 8}}, {"relu": {}}, {"linear": {"out_features": 8}}, {"relu": {}}, {"linear": {"out_features": 2}}]})";
  const std::string origins_one =
      R"({"layers.0.linear.out_features": "m.yaml:4:9", "layers.1": "m.yaml:4:20", "layers.2.linear.out_features": "m.yaml:5:9"})";
  const std::string origins_two =
      R"({"layers.0.linear.out_features": "m.yaml:4:9", "layers.1": "m.yaml:4:20", "layers.2.linear.out_features": "m.yaml:4:9", "layers.3": "m.yaml:4:20", "layers.4.linear.out_features": "m.yaml:5:9"})";
  const std::string found =
      explained({one, R"({"depth": 1})", "{}", origins_one}, {two, R"({"depth": 2})", "{}", origins_two});
  CHECK(found.starts_with("vars.depth\n"));
  CHECK(found.find("layers.2 (vars.depth)\n") != std::string::npos);
  CHECK(found.find("layers.3 (vars.depth)\n") != std::string::npos);

  // The same layers written out, or another number: nothing explains them.
  const std::string written = explained({one, R"({"depth": 1})"}, {two, R"({"depth": 2})"});
  CHECK(written.find("(vars.depth)") == std::string::npos);
  const std::string other =
      explained({one, R"({"depth": 1})", "{}", origins_one}, {two, R"({"depth": 3})", "{}", origins_two});
  CHECK(other.find("(vars.depth)") == std::string::npos);
}

}  // namespace
}  // namespace bunsen
