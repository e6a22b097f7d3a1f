// all.h - the closed list of layers.
#pragma once

#include <variant>

#include "spec/layers/activation.h"
#include "spec/layers/conv.h"
#include "spec/layers/dense.h"
#include "spec/layers/norm.h"

namespace bunsen {

struct Layer;

/// A stretch of layers several times over. Expanded before anything is planned; no module of its own.
struct Repeat {
  std::int64_t times = 1;
  std::vector<Layer> layers;

  static constexpr std::string_view name = "repeat";
  static constexpr std::string_view doc =
      "A stretch of layers, several times over; names inside get `_1`, `_2` ...";
  static constexpr std::string_view example = "repeat: {times: 2, layers: [{linear: 64}, relu]}";
  static void describe(Fields<Repeat>& field);  // after Layer is complete
};

/// One layer of the stack.
struct Layer : std::variant<Linear, Conv2d, MaxPool2d, AvgPool2d, Flatten, BatchNorm1d, BatchNorm2d, Dropout,
                            Relu, LeakyRelu, Sigmoid, Tanh, Gelu, Softmax, LogSoftmax, Repeat> {
  using variant::variant;
  static constexpr std::string_view family_name = "layer";

  std::string name;  ///< empty: called by its index in the expanded list, as in nn.Sequential
  Place place;       ///< of the layer's type name
  std::string path;  ///< as written: `layers.1`, `layers.2.repeat.layers.0`

  static void describe(Fields<Layer>& field) {
    field("name", &Layer::name)
        .doc("What the layer is called in parameters, results and `init.layers`: [a-z_][a-z0-9_]*.");
  }
};

}  // namespace bunsen
