#include "compare/diff.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/errors.h"
#include "compare/diff_side.h"
#include "compare/diff_text.h"
#include "results.h"

namespace bunsen {
namespace {

using test::ResultOf;

DiffSide side(const ResultOf& result, const std::string& argument = "a/result.json") {
  return side_of_result(argument, test::result_of(result));
}

ResultOf seeded(const std::string& seed, const std::string& loss, const std::string& name) {
  ResultOf result;
  result.id = name + seed;
  result.name = name;
  result.seed = seed;
  result.final = R"({"test": {"loss": )" + loss + "}}";
  return result;
}

DiffSide group(const std::string& name, const std::vector<std::pair<std::string, std::string>>& losses) {
  DiffSide out = side(seeded(losses[0].first, losses[0].second, name), "results/" + name);
  for (std::size_t i = 1; i < losses.size(); ++i) {
    out.runs.push_back(side(seeded(losses[i].first, losses[i].second, name)).runs[0]);
  }
  return out;
}

TEST_CASE("two equal results do not differ, and everything was compared") {
  const Difference same = difference(side({}), side({}));
  CHECK_FALSE(differs(same));
  CHECK_FALSE(is_incomplete(same));
  CHECK(to_text(same, {}) ==
        "A  a/result.json  mlp aaaaaaaaaa, seed 0, completed\n"
        "B  a/result.json  mlp aaaaaaaaaa, seed 0, completed\n"
        "\n"
        "config  equal (6 keys)\n"
        "data  equal (fashion_mnist)\n"
        "environment  equal (2 keys)\n"
        "weights  initial equal, final equal\n"
        "\n"
        "final metrics\n"
        "  metric              A       B  B - A  relative\n"
        "  train.loss     0.4000  0.4000      0        0%\n"
        "  test.loss      0.5000  0.5000      0        0%\n"
        "  test.accuracy  0.8000  0.8000      0        0%\n"
        "curves  equal in 2 epochs\n");
}

TEST_CASE("what differs between two runs is told once, each in its place") {
  ResultOf b;
  b.id = "bbbbbbbbbb";
  b.name = "mlp2";
  b.seed = "1";
  b.layers = R"(["flatten", {"linear": {"out_features": 64}}, "relu", {"linear": {"out_features": 10}}])";
  b.epochs = R"([{"epoch": 1, "learning_rate": 0.1, "train": {"loss": 0.5}, "test": {"loss": 0.6}},
                 {"epoch": 2, "learning_rate": 0.1, "train": {"loss": 0.4}, "test": {"loss": 0.4999}}])";
  b.final = R"({"train": {"loss": 0.4}, "test": {"loss": 0.4999, "accuracy": 0.81}})";
  b.weights = R"({"initial_sha256": "03", "final_sha256": "04"})";
  b.environment = R"({"torch": "1.13.1", "threads": 1, "host": "other"})";
  const Difference found = difference(side({}), side(b, "b/result.json"));
  CHECK(differs(found));
  CHECK(to_text(found, {}) ==
        "A  a/result.json  mlp aaaaaaaaaa, seed 0, completed\n"
        "B  b/result.json  mlp2 bbbbbbbbbb, seed 1, completed\n"
        "\n"
        "config  (5 other keys are equal)\n"
        "            A  B\n"
        "  seed      0  1\n"
        "  layers.1  -  linear: {out_features: 64}\n"
        "  layers.2  -  relu\n"
        "data  equal (fashion_mnist)\n"
        "environment  (1 other key is equal)\n"
        "         A           B\n"
        "  torch  2.13.0+cpu  1.13.1\n"
        "provenance\n"
        "        A        B\n"
        "  host  example  other\n"
        "weights  initial differ, final differ\n"
        "\n"
        "final metrics\n"
        "  metric               A        B     B - A  relative\n"
        "  train.loss      0.4000   0.4000         0        0%\n"
        "  test.loss      0.50000  0.49990  -0.00010    -0.02%\n"
        "  test.accuracy   0.8000   0.8100   +0.0100    +1.25%\n"
        "curves  differ from epoch 2: test.loss 0.50000 -> 0.49990 (-0.00010)\n");
}

TEST_CASE("groups are paired by seed, whatever the order of their runs") {
  const Difference found = difference(group("a", {{"0", "0.5"}, {"1", "0.7"}, {"2", "0.9"}}),
                                      group("b", {{"2", "0.8"}, {"0", "0.3"}, {"5", "9"}}));
  REQUIRE(found.metrics.size() == 1);
  CHECK(found.pairs.size() == 2);
  CHECK(found.metrics[0].mean_a == doctest::Approx(0.7));
  CHECK(found.metrics[0].mean_b == doctest::Approx(0.55));
  CHECK(found.metrics[0].mean_difference == doctest::Approx(-0.15));
  CHECK(found.left_out ==
        std::vector<std::string>{"A a1 (seed 1): no such seed in B", "B b5 (seed 5): no such seed in A"});
  CHECK(is_incomplete(found));
  CHECK(found.config.items.empty());  // the seed is no difference of the configs
  CHECK(to_text(found, {}) ==
        "A  results/a  a, 3 runs\n"
        "B  results/b  b, 3 runs\n"
        "left out: A a1 (seed 1): no such seed in B\n"
        "left out: B b5 (seed 5): no such seed in A\n"
        "\n"
        "config  equal (5 keys)\n"
        "data  equal (fashion_mnist)\n"
        "environment  equal (2 keys)\n"
        "weights  initial equal in every pair, final equal in every pair\n"
        "\n"
        "final metrics  2 runs paired by seed: 0 2\n"
        "  metric     seed       A       B    B - A  relative\n"
        "  test.loss  mean  0.7000  0.5500  -0.1500   -21.43%\n"
        "                0  0.5000  0.3000  -0.2000   -40.00%\n"
        "                2  0.9000  0.8000  -0.1000   -11.11%\n"
        "curves\n"
        "  seed 0  equal in 2 epochs\n"
        "  seed 2  equal in 2 epochs\n");
}

TEST_CASE("groups without a common seed are compared by their own means, and that proves nothing") {
  const Difference found =
      difference(group("a", {{"0", "0.5"}, {"1", "0.7"}}), group("b", {{"2", "0.8"}, {"3", "0.6"}}));
  CHECK(found.pairs.empty());
  CHECK(is_incomplete(found));
  CHECK(differs(found));
  CHECK(found.metrics[0].mean_difference == doctest::Approx(0.1));
  CHECK(to_text(found, {}).find("no seed in common: means over each side's own runs\n"
                                "  metric     mean A  mean B    B - A  relative\n"
                                "  test.loss  0.6000  0.7000  +0.1000   +16.67%\n") != std::string::npos);
}

TEST_CASE("one run is held against the run of its seed in a group") {
  const Difference found = difference(group("a", {{"1", "0.5"}}), group("b", {{"0", "0.8"}, {"1", "0.6"}}));
  REQUIRE(found.pairs.size() == 1);
  CHECK(found.pairs[0].id_b == "b1");
  CHECK(found.metrics[0].mean_difference == doctest::Approx(0.1));
}

TEST_CASE("values that differ over a side's runs stand together") {
  ResultOf one = seeded("0", "0.5", "a"), two = seeded("1", "0.5", "a");
  one.environment = R"({"cpu": "X"})";
  two.environment = R"({"cpu": "Y"})";
  DiffSide mixed = side(one);
  mixed.runs.push_back(side(two).runs[0]);
  DiffSide pure = side(one);
  ResultOf third = two;
  third.environment = one.environment;
  pure.runs.push_back(side(third).runs[0]);
  const Difference found = difference(mixed, pure);
  REQUIRE(found.environment.items.size() == 1);
  CHECK(value_text(found.environment.items[0].a) == "[X, Y]");
  CHECK(value_text(found.environment.items[0].b) == "X");
}

TEST_CASE("a missing metric is shown as missing and is never a pass") {
  ResultOf b;
  b.final = R"({"train": {"loss": 0.4}, "test": {"loss": 0.5}})";
  const Difference found = difference(side({}), side(b));
  CHECK(is_incomplete(found));
  CHECK(differs(found));
  CHECK(to_text(found, {}).find("  test.accuracy     0.8  missing") != std::string::npos);
  ResultOf none;
  none.final.clear();
  CHECK(is_incomplete(difference(side(none), side(none))));
}

TEST_CASE("a run that diverged says so") {
  ResultOf b;
  b.status = "diverged";
  b.final = R"({"train": {"loss": "NaN"}, "test": {"loss": 0.5, "accuracy": 0.8}})";
  const Difference found = difference(side({}), side(b));
  CHECK(differs(found));
  const std::string text = to_text(found, {});
  CHECK(text.find("note: A aaaaaaaaaa is completed, B aaaaaaaaaa is diverged\n") != std::string::npos);
  CHECK(text.find("  train.loss        0.4     NaN    NaN\n") != std::string::npos);
  CHECK_FALSE(differs(difference(side(b), side(b))));
}

TEST_CASE("curves of different lengths are compared as far as both go") {
  ResultOf b;
  b.epochs = R"([{"epoch": 1, "learning_rate": 0.1, "train": {"loss": 0.5}, "test": {"loss": 0.6}}])";
  const Difference found = difference(side({}), side(b));
  CHECK(differs(found));
  CHECK(to_text(found, {}).find("curves  equal in the first 1 epoch; A has 2 epochs, B 1\n") !=
        std::string::npos);
}

TEST_CASE("only provenance differs: no difference") {
  ResultOf b;
  b.environment = R"({"torch": "2.13.0+cpu", "threads": 1, "host": "other"})";
  CHECK_FALSE(differs(difference(side({}), side(b))));
}

TEST_CASE("two documents are compared number by number") {
  DiffSide a, b;
  a.argument = "old.json";
  b.argument = "new.json";
  a.kind = b.kind = SideKind::document;
  a.document = test::json(R"({"speed": {"epoch_s": 2.0, "threads": 1}, "cpu": "X", "gone": 1})");
  b.document = test::json(R"({"speed": {"epoch_s": 1.5, "threads": 1}, "cpu": "Y"})");
  CHECK(to_text(difference(a, b), {}) ==
        "A  old.json  document\n"
        "B  new.json  document\n"
        "\n"
        "values  (1 other value is equal)\n"
        "                      A       B    B - A  relative\n"
        "  speed.epoch_s  2.0000  1.5000  -0.5000   -25.00%\n"
        "  cpu                 X       Y\n"
        "  gone                1       -\n");
  CHECK_FALSE(differs(difference(a, a)));
  CHECK_THROWS_WITH_AS(
      difference(a, side({})),
      "old.json: holds neither a run nor a config, so it can't be compared with one; name two of a kind",
      UserError);
}

TEST_CASE("numbers show their difference, as large or small as it is") {
  const auto texts = [](double a, double b) {
    const NumberTexts found = number_texts(a, b, b - a);
    return found.a + ' ' + found.b + ' ' + found.difference;
  };
  CHECK(texts(0.8441, 0.8712) == "0.8441 0.8712 +0.0271");
  CHECK(texts(0.5, 0.5) == "0.5000 0.5000 0");
  CHECK(texts(0.35123456, 0.35123466) == "0.35123456 0.35123466 +0.00000010");
  CHECK(texts(0.1, std::nextafter(0.1, 1)) == "0.10000000000000001 0.10000000000000002 +1.39e-17");
  CHECK(texts(1e-5, 3e-5) == "1e-05 3e-05 +2e-05");
  CHECK(texts(1.5e9, 2e9) == "1.5e+09 2e+09 +5e+08");
  CHECK(texts(1, std::numeric_limits<double>::infinity()) == "1 Infinity Infinity");
}

TEST_CASE("a relative change needs something to be relative to") {
  CHECK(relative_text(2, -0.5) == "-25.00%");
  CHECK(relative_text(-2, 0.5) == "+25.00%");
  CHECK(relative_text(0, 0.5).empty());
  CHECK(relative_text(1, 1e-7) == "+1.0e-05%");
}

TEST_CASE("the JSON form carries full numbers and says what is missing") {
  ResultOf b;
  b.final = R"({"train": {"loss": 0.30000000000000004}, "test": {"loss": 0.5}})";
  const Node found = to_node(difference(side({}), side(b)));
  CHECK(found.at_path("differs")->text == "true");
  CHECK(found.at_path("metrics.0.metric")->text == "train.loss");
  CHECK(found.at_path("metrics.0.b")->text == "0.30000000000000004");
  CHECK(found.at_path("metrics.2.b")->is_null());
  CHECK(found.at_path("metrics.2.difference")->is_null());
}

}  // namespace
}  // namespace bunsen
