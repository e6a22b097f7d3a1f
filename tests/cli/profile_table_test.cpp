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
             seconds   share  us a step
data          0.0500   5.0 %       90.9   samples drawn, gathered and scaled
forward       0.3000  30.0 %      545.5   the layers
loss          0.0200   2.0 %       36.4   its value and its gradient
backward      0.4000  40.0 %      727.3   the layers
optimizer     0.1000  10.0 %      181.8   gradients clipped, weights changed
metrics       0.0010   0.1 %        1.8   loss read, right answers counted
probes        0.0020   0.2 %        3.6   gradient norms, activations
evaluation    0.1000  10.0 %      181.8   validation and test part
writing       0.0010   0.1 %        1.8   the epoch's line
rest          0.0260   2.6 %       47.3   schedule, progress
epoch         1.0000 100.0 %     1818.2

us a step                      forward  backward      both   products      x
flatten        flatten             1.8       0.0       1.8
a_layer_with_~ linear            543.6     727.3    1270.9     1000.0   1.27
all layers                       545.5     727.3    1272.7     1000.0   1.27

products: a linear layer's matrix products alone, measured between epochs
x:        how many times that the layer takes
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
  CHECK(text.find("when autograd has the gradient") != std::string::npos);
  CHECK(profile_text(read(two_layers), 16).find("autograd") == std::string::npos);
}
