#include "compare/leaf_changes.h"

#include <doctest/doctest.h>

#include "results.h"

namespace bunsen {
namespace {

using test::json;

// One line a change: `path: a | b`.
std::string changes(const std::string& a, const std::string& b) {
  std::string out;
  for (const LeafChange& change : leaf_changes(json(a), json(b)).items) {
    out += change.path + ": " + value_text(change.a) + " | " + value_text(change.b) + '\n';
  }
  return out;
}

TEST_CASE("a leaf that differs is told by its path, equal ones are counted") {
  CHECK(changes(R"({"batch": {"size": 100, "shuffle": true}})",
                R"({"batch": {"size": 200, "shuffle": true}})") == "batch.size: 100 | 200\n");
  CHECK(
      leaf_changes(json(R"({"a": 1, "b": {"c": [], "d": {}}})"), json(R"({"a": 1, "b": {"c": [], "d": {}}})"))
          .equal_count == 3);
}

TEST_CASE("numbers are equal however they are spelled, text is not") {
  CHECK(changes(R"({"lr": 1e-3, "n": 1})", R"({"lr": 0.001, "n": 1.0})").empty());
  CHECK(changes(R"({"x": "NaN"})", R"({"x": "NaN"})").empty());
  CHECK(changes(R"({"x": "1"})", R"({"x": 1})") == "x: \"1\" | 1\n");
  CHECK(changes(R"({"x": 0.1})", R"({"x": 0.10000000000000002})") == "x: 0.1 | 0.10000000000000002\n");
}

TEST_CASE("a component that was exchanged tells the leaves of both") {
  CHECK(changes(R"({"optimizer": {"adam": {"lr": 0.1, "fused": true}}})",
                R"({"optimizer": {"sgd": {"lr": 0.2}}})") ==
        "optimizer.adam.lr: 0.1 | -\noptimizer.adam.fused: true | -\noptimizer.sgd.lr: - | 0.2\n");
}

TEST_CASE("a layer that only one side has is one change") {
  CHECK(
      changes(
          R"({"layers": ["flatten", {"linear": {"out_features": 10}}]})",
          R"({"layers": ["flatten", {"linear": {"out_features": 64, "bias": true}}, {"relu": {}}, {"linear": {"out_features": 10}}]})") ==
      "layers.1: - | linear: {out_features: 64, bias: true}\nlayers.2: - | relu\n");
}

TEST_CASE("a named layer is called by its name and compared within") {
  CHECK(changes(R"({"layers": [{"linear": {"out_features": 10, "name": "head"}}]})",
                R"({"layers": ["flatten", {"linear": {"out_features": 12, "name": "head"}}]})") ==
        "layers.0: - | flatten\nlayers.head.linear.out_features: 10 | 12\n");
}

TEST_CASE("lists of numbers are compared item by item when they are as long") {
  CHECK(changes(R"({"betas": [0.9, 0.999]})", R"({"betas": [0.9, 0.99]})") == "betas.1: 0.999 | 0.99\n");
  CHECK(changes(R"({"sizes": [1, 2]})", R"({"sizes": [1, 2, 3]})") == "sizes: [1, 2] | [1, 2, 3]\n");
}

TEST_CASE("a leaf against a map is one change") {
  CHECK(changes(R"({"validation": "none"})", R"({"validation": {"share": 0.1}})") ==
        "validation: none | {share: 0.1}\n");
}

}  // namespace
}  // namespace bunsen
