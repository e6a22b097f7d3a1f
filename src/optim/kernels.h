// kernels.h - the optimizers' loops over plain memory, each operation rounded as PyTorch 2's CPU kernels
// round it.
#pragma once

#include <cstddef>

namespace bunsen::kernels {

/// One step's numbers, converted to float as PyTorch converts them.
struct SgdNumbers {
  float negative_lr = 0;
  float momentum = 0;
  float gradient_share = 1;  ///< 1 - dampening
  float weight_decay = 0;    ///< 0: none
  bool nesterov = false;
  bool is_first_step = false;  ///< the buffer becomes the gradient
  bool is_fused = true;        ///< PyTorch's fused form; it rounds otherwise at a tensor's end
};

/// One parameter's memory; `buffer` is nullptr without momentum.
struct SgdMemory {
  float* parameter = nullptr;
  const float* gradient = nullptr;
  float* buffer = nullptr;
};

void sgd(const SgdNumbers& numbers, const SgdMemory& memory, std::size_t size);

struct AdamNumbers {
  float first_share = 0;      ///< 1 - beta1, the weight of lerp
  float second_decay = 0;     ///< beta2
  float second_share = 0;     ///< 1 - beta2
  float root_correction = 1;  ///< sqrt(1 - beta2^t)
  float eps = 0;
  float negative_step = 0;  ///< -lr / (1 - beta1^t)
  float weight_decay = 0;   ///< added to the gradient (adam); 0: none
  float shrink = 1;         ///< the parameter's factor 1 - lr * weight_decay (adamw); 1: none
};

/// One parameter's memory; `largest_second` is nullptr without amsgrad.
struct AdamMemory {
  float* parameter = nullptr;
  const float* gradient = nullptr;
  float* first = nullptr;
  float* second = nullptr;
  float* largest_second = nullptr;
};

/// A whole step in one pass, with IEEE square roots: PyTorch's fused form.
void adam(const AdamNumbers& numbers, const AdamMemory& memory, std::size_t size);

/// PyTorch's default form in two parts, for elements [begin, end): the moments, then the parameter, with the
/// square roots of the second moment (the largest one for amsgrad) found by the caller in between; `roots[0]`
/// is `begin`'s.
void adam_moments(const AdamNumbers& numbers, const AdamMemory& memory, std::size_t begin, std::size_t end);
void adam_parameter(const AdamNumbers& numbers, const AdamMemory& memory, const float* roots,
                    std::size_t begin, std::size_t end);

}  // namespace bunsen::kernels
