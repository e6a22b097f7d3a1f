// conv.h - layers that slide a window over an image [C, H, W].
#pragma once

#include "spec/fields.h"
#include "spec/shape.h"
#include "spec/size2.h"

namespace bunsen {

/// 2-D convolution (cross-correlation); [C, H, W] -> [out_channels, H', W'],
/// H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1 (PyTorch's documentation of Conv2d).
struct Conv2d {
  std::int64_t out_channels = 0;
  Size2 kernel_size{0, 0};
  Size2 stride{1, 1};
  Size2 padding{0, 0};
  Size2 dilation{1, 1};
  std::int64_t groups = 1;
  bool bias = true;

  static constexpr std::string_view name = "conv2d";
  static constexpr Kept keeps = Kept::input;
  static constexpr std::string_view doc = "2-D convolution over [C, H, W] (torch.nn.Conv2d).";
  static constexpr std::string_view formula =
      "y[o] = bias[o] + sum over i of weight[o, i] * x[i], * the cross-correlation\n"
      "H' = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1, W' alike";
  static constexpr std::string_view example = "conv2d: {out_channels: 16, kernel_size: 3, padding: 1}";
  static void describe(Fields<Conv2d>& field) {
    field("out_channels", &Conv2d::out_channels).required().at_least(1).doc("Number of output channels.");
    field("kernel_size", &Conv2d::kernel_size).required().at_least(1).doc("Height and width of the window.");
    field("stride", &Conv2d::stride).at_least(1).doc("Step of the window.");
    field("padding", &Conv2d::padding).at_least(0).doc("Zeros added on each side.");
    field("dilation", &Conv2d::dilation).at_least(1).doc("Distance between the window's points.");
    field("groups", &Conv2d::groups).at_least(1).doc("Groups of channels that do not see one another.");
    field("bias", &Conv2d::bias).doc("Whether to add a learned offset per channel.");
  }
  Shape infer(const Shape& in) const;
  std::vector<Parameter> parameters(const Shape& in) const;
  std::int64_t macs(const Shape& in, const Shape& out) const;
  /// Input and output as oneDNN lays them out: channels in blocks of 16, however few there are.
  std::int64_t workspace_bytes(const Shape& in, const Shape& out) const;
};

template <class T>
void describe_pooling(Fields<T>& field, std::string_view padding) {
  field.main("kernel_size", &T::kernel_size).required().at_least(1).doc("Height and width of the window.");
  field("stride", &T::stride)
      .at_least(1)
      .absent("kernel_size")
      .doc("Step of the window; `kernel_size`: as large as the window.");
  field("padding", &T::padding).at_least(0).doc(padding);
}

/// Largest value of each window; [C, H, W] -> [C, H', W'].
struct MaxPool2d {
  Size2 kernel_size{0, 0};
  std::optional<Size2> stride;  ///< absent: the kernel's size
  Size2 padding{0, 0};

  static constexpr std::string_view name = "max_pool2d";
  static constexpr Kept keeps = Kept::input;
  static constexpr std::string_view doc = "Largest value of each window (torch.nn.MaxPool2d).";
  static constexpr std::string_view formula =
      "H' = floor((H + 2 padding - kernel_size) / stride) + 1, W' alike";
  static constexpr std::string_view example = "max_pool2d: 2";
  static void describe(Fields<MaxPool2d>& field) {
    describe_pooling(field, "Padding on each side, never the largest value; at most half the window.");
  }
  std::vector<Contradiction> contradictions() const;
  Shape infer(const Shape& in) const;
  std::int64_t kept_bytes(const Shape& in, const Shape& out) const;  ///< where each largest value stood
};

/// Mean of each window; [C, H, W] -> [C, H', W'].
struct AvgPool2d {
  Size2 kernel_size{0, 0};
  std::optional<Size2> stride;
  Size2 padding{0, 0};

  static constexpr std::string_view name = "avg_pool2d";
  static constexpr Kept keeps = Kept::input;
  static constexpr std::string_view doc = "Mean of each window, padding zeros counted (torch.nn.AvgPool2d).";
  static constexpr std::string_view formula =
      "H' = floor((H + 2 padding - kernel_size) / stride) + 1, W' alike";
  static constexpr std::string_view example = "avg_pool2d: 2";
  static void describe(Fields<AvgPool2d>& field) {
    describe_pooling(field, "Zeros added on each side; at most half the window.");
  }
  std::vector<Contradiction> contradictions() const;
  Shape infer(const Shape& in) const;
};

}  // namespace bunsen
