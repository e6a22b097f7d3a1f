#include "compare/align.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "results.h"

namespace bunsen {
namespace {

// `0-0 1-2 x-1`: pairs of indices.
std::string pairs(const std::string& a, const std::string& b) {
  std::string out;
  for (const AlignedItem& pair : align(test::json(a).items, test::json(b).items)) {
    out += fmt::format("{}{}-{}", out.empty() ? "" : " ", pair.a ? std::to_string(*pair.a) : "x",
                       pair.b ? std::to_string(*pair.b) : "x");
  }
  return out;
}

TEST_CASE("equal layers are matched over one that was put between them") {
  CHECK(
      pairs(R"(["flatten", {"linear": {"out_features": 10}}])",
            R"(["flatten", {"linear": {"out_features": 256}}, "relu", {"linear": {"out_features": 10}}])") ==
      "0-0 x-1 x-2 1-3");
}

TEST_CASE("layers of equal names are matched though their fields differ") {
  CHECK(
      pairs(
          R"([{"linear": {"out_features": 8, "name": "head"}}])",
          R"([{"linear": {"out_features": 9, "name": "stem"}}, {"linear": {"out_features": 9, "name": "head"}}])") ==
      "x-0 0-1");
}

TEST_CASE("a layer that took another one's place is paired with it") {
  CHECK(pairs(R"(["flatten", "relu", "dropout"])", R"(["flatten", "tanh", "dropout"])") == "0-0 1-1 2-2");
}

TEST_CASE("without an equal layer one of the same type is matched") {
  CHECK(pairs(R"([{"linear": {"out_features": 1}}])", R"(["relu", {"linear": {"out_features": 2}}])") ==
        "x-0 0-1");
}

TEST_CASE("layers that changed places are not matched crosswise") {
  const std::string found = pairs(R"([{"linear": {"name": "a"}}, {"linear": {"name": "b"}}])",
                                  R"([{"linear": {"name": "b"}}, {"linear": {"name": "a"}}])");
  CHECK(found == "0-x 1-0 x-1");
}

TEST_CASE("an empty list leaves the other side alone") {
  CHECK(pairs("[]", R"(["relu"])") == "x-0");
  CHECK(pairs("[]", "[]").empty());
}

}  // namespace
}  // namespace bunsen
