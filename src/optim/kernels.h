// kernels.h - the optimizers' loops over plain memory, each operation rounded as PyTorch 2's CPU kernels
// round it.
#pragma once

#include <cstddef>

namespace bunsen::kernels {

/// One step's numbers, converted to float as PyTorch converts them. `gradient_sign` is -1 to maximize.
struct SgdNumbers {
  float gradient_sign = 1;
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
  float gradient_sign = 1;
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

// In PyTorch's default forms the square roots are ATen's, whose vector library does not round them as IEEE
// asks. So those steps come in two parts, for elements [begin, end): the state, which also finds what to take
// the roots of, and then the parameter; the caller takes the roots in between. The first element of `squares`
// and `roots` is `begin`'s.

/// A whole step in one pass, with IEEE square roots: PyTorch's fused form.
void adam(const AdamNumbers& numbers, const AdamMemory& memory, std::size_t size);

void adam_state(const AdamNumbers& numbers, const AdamMemory& memory, float* squares, std::size_t begin,
                std::size_t end);
void adam_parameter(const AdamNumbers& numbers, const AdamMemory& memory, const float* roots,
                    std::size_t begin, std::size_t end);

struct RmsPropNumbers {
  float gradient_sign = 1;
  float square_decay = 0;  ///< alpha
  float share = 0;         ///< 1 - alpha
  float eps = 0;
  float negative_lr = 0;
  float momentum = 0;
  float weight_decay = 0;  ///< 0: none
};

/// One parameter's memory; `mean` is nullptr unless centered, `buffer` without momentum.
struct RmsPropMemory {
  float* parameter = nullptr;
  const float* gradient = nullptr;
  float* square = nullptr;
  float* mean = nullptr;
  float* buffer = nullptr;
};

void rmsprop_state(const RmsPropNumbers& numbers, const RmsPropMemory& memory, float* squares,
                   std::size_t begin, std::size_t end);
void rmsprop_parameter(const RmsPropNumbers& numbers, const RmsPropMemory& memory, const float* roots,
                       std::size_t begin, std::size_t end);

struct AdagradNumbers {
  float gradient_sign = 1;
  float negative_rate = 0;  ///< -lr / (1 + (t - 1) lr_decay)
  float eps = 0;
  float weight_decay = 0;  ///< 0: none
};

struct AdagradMemory {
  float* parameter = nullptr;
  const float* gradient = nullptr;
  float* sum = nullptr;
};

/// A whole step in one pass: PyTorch's fused form.
void adagrad(const AdagradNumbers& numbers, const AdagradMemory& memory, std::size_t size);
void adagrad_state(const AdagradNumbers& numbers, const AdagradMemory& memory, float* squares,
                   std::size_t begin, std::size_t end);
void adagrad_parameter(const AdagradNumbers& numbers, const AdagradMemory& memory, const float* roots,
                       std::size_t begin, std::size_t end);

}  // namespace bunsen::kernels
