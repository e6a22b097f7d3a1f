#include "sweep/points.h"

#include <doctest/doctest.h>

#include <set>

#include "config/json.h"
#include "sweep/samplers/unit_points.h"

namespace bunsen {
namespace {

using Texts = std::vector<std::string>;

Node json(const std::string& text) { return read_json(text, "test"); }

AxisGroup listed(const std::string& path, const std::string& values) {
  AxisGroup group;
  group.axes.push_back({path, {}});
  for (const Node& value : json(values).items) group.rows.push_back({value});
  group.domain = choice_domain(static_cast<std::int64_t>(group.rows.size()));
  return group;
}

AxisGroup drawn(const std::string& path, const Domain& domain) {
  AxisGroup group;
  group.axes.push_back({path, {}});
  group.domain = domain;
  return group;
}

NamedValues named(const std::string& text) {
  const Node map = json(text);
  NamedValues values;
  for (std::size_t i = 0; i < map.items.size(); ++i)
    values.push_back({{map.keys[i].text, {}, "named." + map.keys[i].text}, map.items[i]});
  return values;
}

struct Answer {
  Points made;
  Texts points;
  Texts problems;
};

Answer ask(const Space& space, const Method& method = {}) {
  Answer answer;
  Diagnostics problems;
  tell_misnamed(space, {}, problems);
  if (!problems.has_errors()) answer.made = make_points(space, method, problems);
  for (const Point& point : answer.made.points) answer.points.push_back(to_text(point));
  for (const Diagnostic& item : problems.items()) answer.problems.push_back(item.path + ": " + item.message);
  return answer;
}

Space two_axes() {
  Space space;
  space.groups = {listed("epochs", "[1, 2]"), listed("vars.a", R"(["relu", "tanh"])")};
  return space;
}

TEST_CASE("an axis of a `when` exists only where its condition holds, and multiplies those points only") {
  Space space = two_axes();
  space.groups.push_back(listed("init.weight.normal.std", "[0.1, 1]"));
  space.groups.back().when = 0;
  space.conditions = {named(R"({"vars.a": "relu"})")};
  CHECK(ask(space).points ==
        Texts{"epochs = 1, vars.a = relu, init.weight.normal.std = 0.1",
              "epochs = 1, vars.a = relu, init.weight.normal.std = 1", "epochs = 1, vars.a = tanh",
              "epochs = 2, vars.a = relu, init.weight.normal.std = 0.1",
              "epochs = 2, vars.a = relu, init.weight.normal.std = 1", "epochs = 2, vars.a = tanh"});
}

TEST_CASE("two `when`s that exclude one another may give the same axis") {
  Space space = two_axes();
  for (std::size_t when = 0; when < 2; ++when) {
    space.groups.push_back(listed("batch.size", when == 0 ? "[10]" : "[20]"));
    space.groups.back().when = when;
  }
  space.conditions = {named(R"({"vars.a": "relu"})"), named(R"({"vars.a": "tanh"})")};
  const Answer answer = ask(space);
  CHECK(answer.problems.empty());
  CHECK(answer.points ==
        Texts{"epochs = 1, vars.a = relu, batch.size = 10", "epochs = 1, vars.a = tanh, batch.size = 20",
              "epochs = 2, vars.a = relu, batch.size = 10", "epochs = 2, vars.a = tanh, batch.size = 20"});
  space.conditions[1] = named(R"({"epochs": 2})");
  REQUIRE(ask(space).problems.size() == 1);
  CHECK(ask(space).problems[0].find("two `when`s give this axis at one point") != std::string::npos);
}

TEST_CASE("a condition may hang on an axis of an earlier `when`, and holds for a list by any of its items") {
  Space space = two_axes();
  space.groups.push_back(listed("batch.size", "[10, 20]"));
  space.groups.back().when = 0;
  space.groups.push_back(listed("seed", "[5]"));
  space.groups.back().when = 1;
  space.conditions = {named(R"({"vars.a": ["elu", "relu"], "epochs": 1.0})"), named(R"({"batch.size": 20})")};
  CHECK(ask(space).points == Texts{"epochs = 1, vars.a = relu, batch.size = 10",
                                   "epochs = 1, vars.a = relu, batch.size = 20, seed = 5",
                                   "epochs = 1, vars.a = tanh", "epochs = 2, vars.a = relu",
                                   "epochs = 2, vars.a = tanh"});
}

TEST_CASE("what is excluded is left out and counted") {
  Space space = two_axes();
  space.excluded = {named(R"({"epochs": 1, "vars.a": "tanh"})")};
  const Answer answer = ask(space);
  CHECK(answer.points ==
        Texts{"epochs = 1, vars.a = relu", "epochs = 2, vars.a = relu", "epochs = 2, vars.a = tanh"});
  CHECK(answer.made.left_out == 1);
}

TEST_CASE("a component's bare name means it with any fields, a number any spelling") {
  Space space;
  space.groups = {listed("optimizer", R"(["sgd", {"adam": {"lr": 1}}, {"adam": {"lr": 2}}])"),
                  listed("epochs", "[1e1]")};
  space.excluded = {named(R"({"optimizer": "adam", "epochs": 10})")};
  CHECK(ask(space).points == Texts{"optimizer = sgd, epochs = 1e1"});
}

TEST_CASE("included points come first, and stand once") {
  Space space = two_axes();
  space.included = {named(R"({"epochs": 9, "vars.a": "elu"})"), named(R"({"epochs": 2, "vars.a": "relu"})")};
  const Answer answer = ask(space);
  REQUIRE(answer.points.size() == 5);
  CHECK(answer.points[0] == "epochs = 9, vars.a = elu");
  CHECK(answer.points[1] == "epochs = 2, vars.a = relu");
}

TEST_CASE("an included point names every axis that exists there, and no other") {
  Space space;
  space.groups = {listed("optimizer", R"(["sgd", "adam"])"), listed("optimizer.adam.lr", "[1, 2]"),
                  listed("epochs", "[1, 2]")};
  space.included = {named(R"({"optimizer": "adam"})")};
  CHECK(ask(space).problems == Texts{"named: this point has no value for optimizer.adam.lr, epochs"});
  space.included = {named(R"({"optimizer": "sgd", "epochs": 1, "optimizer.adam.lr": 1})")};
  CHECK(ask(space).problems ==
        Texts{"named.optimizer.adam.lr: this point has no axis 'optimizer.adam.lr': its "
              "other values rule it out"});
  space.included = {named(R"({"optimizer": "sgd", "epochs": 1})")};
  CHECK(ask(space).problems.empty());
}

TEST_CASE("an axis that nothing is called, and a value that it never has, are mistakes") {
  Space space = two_axes();
  space.excluded = {named(R"({"epoch": 1})"), named(R"({"epochs": 3})")};
  CHECK(ask(space).problems ==
        Texts{"named.epoch: no axis is called 'epoch'", "named.epochs: the axis never has the value 3"});
}

TEST_CASE("random points have values between the ends, each axis in its way") {
  Space space;
  space.groups = {drawn("optimizer.adam.lr", log_domain(1e-4, 1e-1)), drawn("epochs", whole_domain(2, 5)),
                  listed("vars.a", R"(["relu", "tanh"])")};
  const Answer answer = ask(space, RandomMethod{200, 1});
  REQUIRE(answer.points.size() == 200);
  std::size_t below = 0;
  std::set<std::int64_t> epochs;
  for (const Point& point : answer.made.points) {
    const double rate = *point[0].second.as_number();
    CHECK(rate >= 1e-4);
    CHECK(rate <= 1e-1);
    below += rate < 3.1623e-3 ? 1 : 0;  // the middle of the logarithms
    epochs.insert(*point[1].second.as_integer());
  }
  CHECK(epochs == std::set<std::int64_t>{2, 3, 4, 5});
  CHECK(below > 70);
  CHECK(below < 130);
}

TEST_CASE("a point is made of its number and the seed alone: more trials add points") {
  Space space;
  space.groups = {drawn("optimizer.adam.lr", linear_domain(0, 1)), drawn("epochs", whole_domain(1, 100))};
  for (const Method& method : {Method(RandomMethod{8, 7}), Method(SobolMethod{8, 7})}) {
    Method longer = method;
    if (auto* random = std::get_if<RandomMethod>(&longer)) random->trials = 20;
    if (auto* sobol = std::get_if<SobolMethod>(&longer)) sobol->trials = 20;
    const Texts few = ask(space, method).points;
    const Texts many = ask(space, longer).points;
    REQUIRE(many.size() == 20);
    CHECK(std::equal(few.begin(), few.end(), many.begin()));
  }
  CHECK(ask(space, RandomMethod{8, 7}).points != ask(space, RandomMethod{8, 8}).points);
}

TEST_CASE("a random point is what random_point() says, on every machine") {
  Space space;
  space.groups = {drawn("optimizer.adam.lr", linear_domain(0, 1)), drawn("epochs", whole_domain(1, 100))};
  const Point point = ask(space, RandomMethod{3, 1}).made.points[2];
  const std::vector<double> shares = random_point(1, 2, 2);
  CHECK(*point[0].second.as_number() == value_at(linear_domain(0, 1), shares[0]));
  CHECK(*point[1].second.as_number() == value_at(whole_domain(1, 100), shares[1]));
}

TEST_CASE("drawn points stand once, what is excluded is drawn anew, and too few are told") {
  Space space = two_axes();
  space.excluded = {named(R"({"epochs": 1, "vars.a": "tanh"})")};
  const Answer three = ask(space, RandomMethod{3, 0});
  CHECK(std::set<std::string>(three.points.begin(), three.points.end()).size() == 3);
  CHECK(three.problems.empty());
  const Answer five = ask(space, SobolMethod{5, 0});
  CHECK(five.points.size() == 3);
  CHECK(five.problems == Texts{"method: only 3 different points found, and 5 were asked for"});
}

TEST_CASE("what tpe will choose is stood for by points that have each value and each end") {
  Space space = two_axes();
  space.groups.push_back(drawn("optimizer.adam.lr", log_domain(1e-4, 1e-1)));
  const Answer answer = ask(space, TpeMethod{50, 0});
  CHECK(answer.points.empty());
  CHECK(answer.made.chosen_later == 50);
  std::set<std::string> values;
  for (const Point& point : answer.made.probes) {
    for (const auto& [path, value] : point) values.insert(path + "=" + value_text(value));
  }
  for (const std::string value : {"epochs=1", "epochs=2", "vars.a=relu", "vars.a=tanh",
                                  "optimizer.adam.lr=0.0001", "optimizer.adam.lr=0.1"}) {
    CAPTURE(value);
    CHECK(values.contains(value));
  }
}

TEST_CASE("a grid of too many points is told before they are made") {
  Space space;
  std::string values = "[0";
  for (int i = 1; i < 1000; ++i) values += "," + std::to_string(i);
  for (const std::string path : {"epochs", "batch.size", "seed"})
    space.groups.push_back(listed(path, values + "]"));
  const Answer answer = ask(space);
  CHECK(answer.points.empty());
  CHECK(answer.problems == Texts{"axes.epochs: the grid has more than 1000000 points"});
}

TEST_CASE("axes that hang on one another in a circle end somewhere") {
  Space space;
  space.groups = {listed("optimizer.adam.lr", "[1, 2]"), listed("optimizer", R"(["adam", "sgd"])")};
  space.groups[1].when = 0;
  space.conditions = {named(R"({"optimizer.adam.lr": 1})")};
  CHECK(!ask(space).points.empty());
}

}  // namespace
}  // namespace bunsen
