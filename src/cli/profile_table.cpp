#include "cli/profile_table.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/text.h"
#include "cli/run_setting.h"

namespace bunsen {
namespace {

struct PhaseText {
  std::string_view name, what;
};

constexpr std::array<PhaseText, 10> phase_texts{{{"data", "samples drawn, gathered and scaled"},
                                                 {"forward", "the layers"},
                                                 {"loss", "its value and its gradient"},
                                                 {"backward", "the layers"},
                                                 {"optimizer", "gradients clipped, weights changed"},
                                                 {"metrics", "loss read, right answers counted"},
                                                 {"probes", "gradient norms, activations"},
                                                 {"evaluation", "validation and test part"},
                                                 {"writing", "the epoch's line"},
                                                 {"rest", "schedule, progress"}}};

double seconds_at(const Node& node, std::string_view key) {
  const Node* value = node.find(key);
  return value == nullptr ? 0 : value->as_number().value_or(0);
}

std::string shortened(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 1) + "~";
}

std::string phases_text(const Node& seconds, double steps) {
  double epoch = 0;
  for (const PhaseText& phase : phase_texts) epoch += seconds_at(seconds, phase.name);
  const bool is_short = epoch < 0.1;
  const char* unit = is_short ? "millisec." : "seconds";
  std::string text = fmt::format("{:<10} {:>9} {:>7} {:>10}\n", "", unit, "share", "us a step");
  const auto line = [&](std::string_view name, double value, std::string_view what) {
    text += fmt::format("{:<10} {:>9.4f} {:>5.1f} % {:>10.1f}{}{}\n", name, is_short ? 1e3 * value : value,
                        100 * value / epoch, 1e6 * value / steps, what.empty() ? "" : "   ", what);
  };
  for (const PhaseText& phase : phase_texts) line(phase.name, seconds_at(seconds, phase.name), phase.what);
  line("epoch", epoch, "");
  return text;
}

struct LayerLine {
  std::string name, type;
  double forward = 0, backward = 0, products = 0;
};

std::string layer_line(const LayerLine& layer, double steps) {
  const double scale = 1e6 / steps, both = layer.forward + layer.backward;
  std::string text =
      fmt::format("{:<14} {:<13} {:>9.1f} {:>9.1f} {:>9.1f}", shortened(layer.name, 14),
                  shortened(layer.type, 13), scale * layer.forward, scale * layer.backward, scale * both);
  if (layer.products > 0)
    text += fmt::format(" {:>10.1f} {:>6.2f}", scale * layer.products, both / layer.products);
  return text + "\n";
}

std::string layers_text(const Node& layers, double steps) {
  std::string text = fmt::format("{:<14} {:<13} {:>9} {:>9} {:>9} {:>10} {:>6}\n", "us a step", "", "forward",
                                 "backward", "both", "products", "x");
  LayerLine all{"all layers", "", 0, 0, 0};
  bool has_convolution = false;  // whose products are not known, and so neither is the sum
  for (const Node& node : layers.items) {
    const LayerLine layer{node.find("name")->text, node.find("type")->text, seconds_at(node, "forward"),
                          seconds_at(node, "backward"), seconds_at(node, "products")};
    text += layer_line(layer, steps);
    all.forward += layer.forward;
    all.backward += layer.backward;
    all.products += layer.products;
    has_convolution = has_convolution || layer.type == "conv2d";
  }
  if (has_convolution) all.products = 0;
  return text + layer_line(all, steps);
}

}  // namespace

std::string profile_text(const Node& profile, std::int64_t threads) {
  const auto first = static_cast<std::int64_t>(seconds_at(profile, "first_epoch"));
  const auto last = static_cast<std::int64_t>(seconds_at(profile, "last_epoch"));
  const double steps = seconds_at(profile, "steps_per_epoch");
  const bool has_autograd = profile.find("autograd")->text == "true";
  const std::string epochs =
      first == last ? fmt::format("epoch {}", first) : fmt::format("mean of epochs {} to {}", first, last);
  std::string text =
      fmt::format("where the time of an epoch went ({}; {} steps; {})\n", epochs,
                  with_thousands(static_cast<std::int64_t>(steps)), count_of(threads, "thread"));
  text += phases_text(*profile.find("seconds"), steps) + "\n";
  text += layers_text(*profile.find("layers"), steps);
  text +=
      "\nproducts: a linear layer's matrix products alone, measured between epochs\n"
      "x:        how many times that the layer takes\n";
  if (has_autograd) {
    text +=
        "backward: from the moment when autograd has the gradient by the layer's output\n"
        "          to the next such moment; what is done out of turn is another layer's\n";
  }
  return text;
}

}  // namespace bunsen
