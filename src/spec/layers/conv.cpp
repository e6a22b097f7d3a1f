#include "spec/layers/conv.h"

#include <fmt/format.h>

#include "base/saturating.h"

namespace bunsen {
namespace {

struct Window {
  Size2 kernel, stride, padding, dilation{1, 1};
};

std::int64_t window_count(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                          std::int64_t dilation) {
  const std::int64_t span = saturating_sum(saturating_product(dilation, kernel - 1), 1);
  const std::int64_t padded = saturating_sum(size, saturating_product(2, padding));
  if (span > padded) return 0;
  return (padded - span) / stride + 1;
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
  if (padding.height <= kernel.height / 2 && padding.width <= kernel.width / 2) return {};
  return {{"padding", "padding is more than half the window", "PyTorch allows at most kernel_size / 2"}};
}

std::int64_t in_blocks(const Shape& image) {
  constexpr std::int64_t block = 16;
  const std::int64_t blocks = image.sizes[0] / block + (image.sizes[0] % block > 0 ? 1 : 0);
  const std::int64_t area = saturating_product(image.sizes[1], image.sizes[2]);
  return saturating_product(saturating_product(blocks, block * 4), area);
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
  const std::int64_t window = saturating_product(kernel_size.height, kernel_size.width);
  return saturating_product(out.elements(), saturating_product(in.sizes[0] / groups, window));
}

Shape MaxPool2d::infer(const Shape& in) const {
  need_image(in);
  return slide(in, in.sizes[0], {kernel_size, stride.value_or(kernel_size), padding});
}
std::vector<Contradiction> MaxPool2d::contradictions() const {
  return padding_within_half(kernel_size, padding);
}

std::int64_t Conv2d::workspace_bytes(const Shape& in, const Shape& out) const {
  constexpr std::int64_t most_plain_channels = 3;  // up to which oneDNN takes an image as it is
  const bool is_plain = in.sizes[0] <= most_plain_channels;
  return saturating_sum(is_plain ? 0 : in_blocks(in), in_blocks(out));
}

std::int64_t MaxPool2d::kept_bytes(const Shape&, const Shape& out) const {
  return saturating_product(out.elements(), sizeof(std::int32_t));
}

Shape AvgPool2d::infer(const Shape& in) const {
  need_image(in);
  return slide(in, in.sizes[0], {kernel_size, stride.value_or(kernel_size), padding});
}
std::vector<Contradiction> AvgPool2d::contradictions() const {
  return padding_within_half(kernel_size, padding);
}

}  // namespace bunsen
