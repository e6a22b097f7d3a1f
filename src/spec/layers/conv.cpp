#include "spec/layers/conv.h"

#include <fmt/format.h>

namespace bunsen {
namespace {

struct Window {
  Size2 kernel, stride, padding, dilation{1, 1};
};

std::int64_t window_count(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                          std::int64_t dilation) {
  const std::int64_t span = dilation * (kernel - 1) + 1;
  if (span > size + 2 * padding) return 0;
  return (size + 2 * padding - span) / stride + 1;
}

Shape slide(const Shape& in, std::int64_t channels, const Window& window) {
  need_image(in);
  const std::int64_t height = window_count(in.sizes[1], window.kernel.height, window.stride.height,
                                           window.padding.height, window.dilation.height);
  const std::int64_t width = window_count(in.sizes[2], window.kernel.width, window.stride.width,
                                          window.padding.width, window.dilation.width);
  if (height < 1 || width < 1) {
    throw ShapeError(fmt::format(
        "has a window of {}x{}, larger than its input {}; make `kernel_size` smaller or add `padding`",
        window.kernel.height, window.kernel.width, to_text(in)));
  }
  return Shape{{channels, height, width}};
}

std::vector<Contradiction> padding_within_half(const Size2& kernel, const Size2& padding) {
  if (padding.height * 2 <= kernel.height && padding.width * 2 <= kernel.width) return {};
  return {{"padding", "padding is more than half the window", "PyTorch allows at most kernel_size / 2"}};
}

}  // namespace

Shape Conv2d::infer(const Shape& in) const {
  Shape out = slide(in, out_channels, {kernel_size, stride, padding, dilation});
  if (in.sizes[0] % groups != 0 || out_channels % groups != 0) {
    throw ShapeError(fmt::format("has groups {}, which must divide the {} input and the {} output channels",
                                 groups, in.sizes[0], out_channels));
  }
  return out;
}

std::vector<Parameter> Conv2d::parameters(const Shape& in) const {
  std::vector<Parameter> out{
      {"weight", {out_channels, in.sizes[0] / groups, kernel_size.height, kernel_size.width}}};
  if (bias) out.push_back({"bias", {out_channels}});
  return out;
}

std::int64_t Conv2d::macs(const Shape& in, const Shape& out) const {
  return out.elements() * (in.sizes[0] / groups) * kernel_size.height * kernel_size.width;
}

Shape MaxPool2d::infer(const Shape& in) const {
  need_image(in);
  return slide(in, in.sizes[0], {kernel_size, stride.value_or(kernel_size), padding});
}
std::vector<Contradiction> MaxPool2d::contradictions() const {
  return padding_within_half(kernel_size, padding);
}

Shape AvgPool2d::infer(const Shape& in) const {
  need_image(in);
  return slide(in, in.sizes[0], {kernel_size, stride.value_or(kernel_size), padding});
}
std::vector<Contradiction> AvgPool2d::contradictions() const {
  return padding_within_half(kernel_size, padding);
}

}  // namespace bunsen
