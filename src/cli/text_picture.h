// text_picture.h - 8-bit images as characters, to be recognized and not admired.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "spec/shape.h"

namespace bunsen {

/// The lines of one image [C, H, W]: a character stands for two rows of a column, all channels together;
/// images wider than 32 pixels are made smaller. None for what is no image.
std::vector<std::string> text_picture(std::span<const std::uint8_t> pixels, const Shape& sample);

}  // namespace bunsen
