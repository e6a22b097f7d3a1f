// shape.h - the size of one sample on its way through the layers.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace bunsen {

/// Sizes of one sample, the batch dimension left out: `[784]`, `[C, H, W]`.
struct Shape {
  std::vector<std::int64_t> sizes;

  bool is_flat() const { return sizes.size() == 1; }
  bool is_image() const { return sizes.size() == 3; }    ///< [C, H, W]
  std::int64_t elements() const;                         ///< INT64_MAX if there are more
  std::int64_t features() const { return sizes.at(0); }  ///< of a flat shape
  bool operator==(const Shape&) const = default;
};

/// `[32, 5, 5]`.
std::string to_text(const Shape& shape);

/// A layer can't take its input; the message continues the layer's name: `needs a flat input, got ...; put
/// ... before it`.
class ShapeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Which of its tensors a layer's backward pass needs again, as LibTorch's kernels do: it stays in memory
/// from the forward pass on.
enum class Kept : std::uint8_t { nothing, input, output };

/// Throws ShapeError unless `in` is flat / is an image.
void need_flat(const Shape& in);
void need_image(const Shape& in);

/// One tensor that a layer learns, by PyTorch's name (`weight`, `bias`) and with PyTorch's sizes.
struct Parameter {
  std::string name;
  std::vector<std::int64_t> sizes;
};

}  // namespace bunsen
