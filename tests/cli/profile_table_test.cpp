#include "cli/profile_table.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "config/json.h"

using namespace bunsen;

namespace {

constexpr const char* two_layers =
    R"({"first_epoch": 2, "last_epoch": 12, "steps_per_epoch": 550, "autograd": false,
  "seconds": {"data": 0.05, "forward": 0.3, "loss": 0.02, "backward": 0.4, "optimizer": 0.1, "metrics": 0.001,
              "probes": 0.002, "evaluation": 0.1, "writing": 0.001, "rest": 0.026},
  "layers": [{"name": "flatten", "type": "flatten", "forward": 0.001, "backward": 0},
             {"name": "a_layer_with_a_long_name", "type": "linear", "forward": 0.299, "backward": 0.4, "products": 0.55}]})";

Node read(const std::string& text) { return read_json(text, "profile.json"); }

}  // namespace

TEST_CASE("a profile's table reads so") {
  CHECK(profile_text(read(two_layers), 1) ==
        R"(where the time of an epoch went (mean of epochs 2 to 12; 550 steps; 1 thread)
)");
}

TEST_CASE("a profile's table fits 80 columns and says when autograd did it") {
  std::string with_autograd = two_layers;
  with_autograd.replace(with_autograd.find("false"), 5, "true");
  const std::string text = profile_text(read(with_autograd), 16);
  for (const std::string& line : split(text, '\n')) {
    CAPTURE(line);
    CHECK(line.size() <= 80);
  }
  CHECK(text.find("as autograd reports it") != std::string::npos);
  CHECK(profile_text(read(two_layers), 16).find("autograd") == std::string::npos);
}
