#include "sweep/axes.h"

#include <doctest/doctest.h>

#include <cmath>

#include "config/json.h"
#include "sweep/points.h"

namespace bunsen {
namespace {

std::vector<std::string> texts(const std::vector<Node>& values) {
  std::vector<std::string> all;
  for (const Node& value : values) all.push_back(value_text(value));
  return all;
}

std::vector<Node> values_of(const std::string& written, Diagnostics& problems) {
  const std::optional<AxisValues> values =
      axis_values("optimizer.adam.lr", {}, read_json(written, "axis"), false, problems);
  return values ? values->listed : std::vector<Node>();
}

AxisValues drawn_values(const std::string& written) {
  Diagnostics problems;
  const std::optional<AxisValues> values =
      axis_values("optimizer.adam.lr", {}, read_json(written, "axis"), true, problems);
  REQUIRE(values);
  return *values;
}

AxisGroup axis(const std::string& path, const std::string& values) {
  AxisGroup group;
  group.axes.push_back({path, {}});
  for (const Node& value : read_json(values, "axis").items) group.rows.push_back({value});
  group.domain = choice_domain(static_cast<std::int64_t>(group.rows.size()));
  return group;
}

std::vector<Point> grid_points(const std::vector<AxisGroup>& groups, const Node& base,
                               Diagnostics& problems) {
  Space space;
  space.groups = groups;
  space.base = base;
  return make_points(space, Method{}, problems).points;
}

std::vector<std::string> texts(const std::vector<Point>& points) {
  std::vector<std::string> all;
  for (const Point& point : points) all.push_back(to_text(point));
  return all;
}

using Texts = std::vector<std::string>;

TEST_CASE("a list is an axis' values as written") {
  Diagnostics problems;
  CHECK(texts(values_of(R"(["relu", 1e-3, {"sgd": 0.1}])", problems)) ==
        Texts{"relu", "1e-3", R"({"sgd": 0.1})"});
  CHECK(!problems.has_errors());
}

TEST_CASE("log steps are the same factor apart, with exact ends and six significant digits between") {
  Diagnostics problems;
  const std::vector<Node> values = values_of(R"({"log": [1e-4, 1e-1], "steps": 7})", problems);
  REQUIRE(values.size() == 7);
  CHECK(*values.front().as_number() == 1e-4);
  CHECK(*values.back().as_number() == 1e-1);
  CHECK(*values[1].as_number() == 0.000316228);
  CHECK(*values[2].as_number() == 0.001);
}

TEST_CASE("linear steps over integers are integers") {
  Diagnostics problems;
  CHECK(texts(values_of(R"({"linear": [64, 256], "steps": 4})", problems)) ==
        Texts{"64", "128", "192", "256"});
}

TEST_CASE("where values are drawn, ends alone are a domain, and all else stays a list") {
  const AxisValues rate = drawn_values(R"({"log": [1e-1, 1e-4]})");
  CHECK(rate.listed.empty());
  CHECK(rate.domain.is_log);
  CHECK(rate.domain.low == 1e-4);
  CHECK(drawn_values(R"({"range": [3, 5]})").domain.kind == Domain::Kind::whole);
  const AxisValues evens = drawn_values(R"({"range": [2, 7], "step": 2})");
  CHECK(texts(evens.listed) == Texts{"2", "4", "6"});
  CHECK(evens.domain.kind == Domain::Kind::whole);
  CHECK(drawn_values(R"({"log": [1, 100], "steps": 3})").listed.size() == 3);
  CHECK(drawn_values(R"({"choice": ["a", "b"]})").domain.kind == Domain::Kind::choice);
}

TEST_CASE("an axis that is no list, an empty one and a generator with a slip are mistakes") {
  for (const std::string written :
       {R"(0.1)", R"([])", R"({"log": [1, 2]})", R"({"log": [0, 2], "steps": 3})",
        R"({"log": [1, 2, 3], "steps": 3})", R"({"log": [1, 2], "linear": [1, 2], "steps": 3})",
        R"({"log": [1, 2], "steps": 1})", R"({"log": [1, 2], "step": 3})", R"({"adam": {"lr": 0.1}})"}) {
    CAPTURE(written);
    Diagnostics problems;
    CHECK(values_of(written, problems).empty());
    CHECK(problems.has_errors());
  }
}

TEST_CASE("a mistyped key of a generator names the closest") {
  Diagnostics problems;
  values_of(R"({"log": [1, 2], "step": 3})", problems);
  REQUIRE(problems.has_errors());
  CHECK(problems.items()[0].hint.find("steps") != std::string::npos);
}

TEST_CASE("the first axis varies slowest") {
  Diagnostics problems;
  const std::vector<Point> points =
      grid_points({axis("epochs", "[1, 2]"), axis("batch.size", "[10, 20]")}, Node::map(), problems);
  CHECK(texts(points) == Texts{"epochs = 1, batch.size = 10", "epochs = 1, batch.size = 20",
                               "epochs = 2, batch.size = 10", "epochs = 2, batch.size = 20"});
}

TEST_CASE("axes that move together make no product") {
  AxisGroup pair;
  pair.axes = {{"batch.size", {}}, {"epochs", {}}};
  pair.rows = {{Node::number(std::int64_t{10}), Node::number(std::int64_t{1})},
               {Node::number(std::int64_t{20}), Node::number(std::int64_t{2})}};
  Diagnostics problems;
  CHECK(texts(grid_points({pair}, Node::map(), problems)) ==
        Texts{"batch.size = 10, epochs = 1", "batch.size = 20, epochs = 2"});
}

TEST_CASE("an axis below a component exists only where another axis chooses that component") {
  Diagnostics problems;
  const std::vector<Point> points = grid_points(
      {axis("optimizer", R"(["sgd", {"adam": {"eps": 0.5}}])"), axis("optimizer.adam.lr", "[1, 2]")},
      Node::map(), problems);
  CHECK(!problems.has_errors());
  CHECK(texts(points) == Texts{"optimizer = sgd",
                               R"(optimizer = {"adam": {"eps": 0.5}}, optimizer.adam.lr = 1)",
                               R"(optimizer = {"adam": {"eps": 0.5}}, optimizer.adam.lr = 2)"});
}

TEST_CASE("a component may be chosen through a variable") {
  Diagnostics problems;
  const Node base = read_json(R"({"vars": {"o": "sgd"}, "optimizer": "$o"})", "base");
  const std::vector<Point> points = grid_points(
      {axis("vars.o", R"(["sgd", "adam"])"), axis("optimizer.adam.lr", "[1, 2]")}, base, problems);
  CHECK(texts(points) == Texts{"vars.o = sgd", "vars.o = adam, optimizer.adam.lr = 1",
                               "vars.o = adam, optimizer.adam.lr = 2"});
}

TEST_CASE("a plain map above an axis rules nothing out") {
  Diagnostics problems;
  const std::vector<Point> points = grid_points(
      {axis("batch", R"([{"size": 10}])"), axis("batch.shuffle", "[true, false]")}, Node::map(), problems);
  CHECK(points.size() == 2);
}

TEST_CASE("an axis that exists at no point is a mistake") {
  Diagnostics problems;
  grid_points({axis("optimizer", R"(["sgd"])"), axis("optimizer.adam.lr", "[1, 2]")}, Node::map(), problems);
  REQUIRE(problems.error_count() == 1);
  CHECK(problems.items()[0].path == "axes.optimizer.adam.lr");
}

TEST_CASE("equal points stand once") {
  Diagnostics problems;
  CHECK(grid_points({axis("epochs", "[1, 1, 2]")}, Node::map(), problems).size() == 2);
}

TEST_CASE("no axes make one empty point") {
  Diagnostics problems;
  const std::vector<Point> points = grid_points({}, Node::map(), problems);
  REQUIRE(points.size() == 1);
  CHECK(points[0].empty());
}

}  // namespace
}  // namespace bunsen
