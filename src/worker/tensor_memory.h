// tensor_memory.h - where tensors on the CPU get their memory from.
#pragma once

namespace bunsen {

/// From malloc, aligned by ourselves. LibTorch asks posix_memalign, which in glibc 2.36 does not fill a hole
/// that a tensor of the same size has left (it looks for room for the alignment besides), so a convolutional
/// network takes twice the memory that it has alive. Alignment, hence bits, stay as they were. To be called
/// before the first tensor is made.
void place_tensors_by_malloc();

}  // namespace bunsen
