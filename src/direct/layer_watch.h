// layer_watch.h - who wants to know when a layer's pass is over.
#pragma once

#include <cstddef>

namespace bunsen {

/// Told within a training step, in the order in which things end.
class LayerWatch {
 public:
  virtual ~LayerWatch() = default;
  virtual void forward_ended(std::size_t layer) = 0;
  /// The gradient by the last layer's output is there.
  virtual void loss_backward_ended() = 0;
  virtual void backward_ended(std::size_t layer) = 0;
};

}  // namespace bunsen
