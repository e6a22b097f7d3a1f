// Compiled with -ffp-contract=off: each multiply-add below is fused where PyTorch's is, and nowhere else.
#include "optim/kernels.h"

#include <cmath>

#include "base/vector_clones.h"

namespace bunsen::kernels {
namespace {

[[gnu::always_inline]] inline float multiply_add(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}

/// Where PyTorch's compiler fused a x b + c x d: in the loop over whole vectors, and in that over the
/// elements left over.
enum class Contraction { vector, tail };

/// kept * decay + share * added.
template <Contraction contraction>
[[gnu::always_inline]] inline float decayed(float kept, float decay, float share, float added) {
  if constexpr (contraction == Contraction::tail) return multiply_add(kept, decay, share * added);
  return multiply_add(share, added, kept * decay);
}

/// The gradient to go by: signed, and with the L2 penalty.
template <class Numbers>
[[gnu::always_inline]] inline float penalized(const Numbers& k, float gradient, float parameter) {
  const float g = k.gradient_sign * gradient;
  return k.weight_decay != 0 ? multiply_add(k.weight_decay, parameter, g) : g;
}

/// Elements that the fused forms handle in whole vectors, of 8 floats on every x86-64.
std::size_t in_vectors(std::size_t size) { return size - size % 8; }

template <Contraction contraction, bool has_momentum>
[[gnu::always_inline]] inline void sgd_loop(const SgdNumbers& numbers, const SgdMemory& memory,
                                            std::size_t begin, std::size_t end) {
  const SgdNumbers k = numbers;
  float* __restrict parameter = memory.parameter;
  const float* __restrict gradient = memory.gradient;
  float* __restrict buffer = memory.buffer;
  for (std::size_t i = begin; i < end; ++i) {
    float g = penalized(k, gradient[i], parameter[i]);
    if constexpr (has_momentum) {
      const float kept =
          k.is_first_step ? g : decayed<contraction>(buffer[i], k.momentum, k.gradient_share, g);
      buffer[i] = kept;
      g = k.nesterov ? multiply_add(k.momentum, kept, g) : kept;
    }
    parameter[i] = multiply_add(k.negative_lr, g, parameter[i]);
  }
}

/// lerp(from, to, weight) as ATen writes it: from the nearer end.
[[gnu::always_inline]] inline float lerp(float from, float to, float weight) {
  return weight < 0.5f ? multiply_add(weight, to - from, from) : multiply_add(weight - 1, to - from, to);
}

/// The moments after this gradient; returns the second moment to take the root of.
template <Contraction contraction, bool is_amsgrad>
[[gnu::always_inline]] inline float moments(const AdamNumbers& k, float g, float& first, float& second,
                                            float* largest) {
  first = lerp(first, g, k.first_share);
  second = decayed<contraction>(second, k.second_decay, k.second_share * g, g);
  if constexpr (!is_amsgrad) return second;
  *largest = second > *largest ? second : *largest;
  return *largest;
}

[[gnu::always_inline]] inline float moved(const AdamNumbers& k, float parameter, float first, float root) {
  return parameter + k.negative_step * first / (root / k.root_correction + k.eps);
}

template <Contraction contraction, bool is_amsgrad>
[[gnu::always_inline]] inline void adam_loop(const AdamNumbers& numbers, const AdamMemory& memory,
                                             std::size_t begin, std::size_t end) {
  const AdamNumbers k = numbers;
  float* __restrict parameter = memory.parameter;
  const float* __restrict gradient = memory.gradient;
  float* __restrict first = memory.first;
  float* __restrict second = memory.second;
  float* __restrict largest = memory.largest_second;
  for (std::size_t i = begin; i < end; ++i) {
    const float g = penalized(k, gradient[i], parameter[i]);
    const float squared =
        moments<contraction, is_amsgrad>(k, g, first[i], second[i], is_amsgrad ? largest + i : nullptr);
    parameter[i] = moved(k, parameter[i] * k.shrink, first[i], std::sqrt(squared));
  }
}

template <bool is_amsgrad>
[[gnu::always_inline]] inline void adam_state_loop(const AdamNumbers& numbers, const AdamMemory& memory,
                                                   float* __restrict squares, std::size_t begin,
                                                   std::size_t end) {
  const AdamNumbers k = numbers;
  const float* __restrict parameter = memory.parameter;
  const float* __restrict gradient = memory.gradient;
  float* __restrict first = memory.first;
  float* __restrict second = memory.second;
  float* __restrict largest = memory.largest_second;
  for (std::size_t i = begin; i < end; ++i) {
    const float g = penalized(k, gradient[i], parameter[i]);
    squares[i - begin] = moments<Contraction::vector, is_amsgrad>(k, g, first[i], second[i],
                                                                  is_amsgrad ? largest + i : nullptr);
  }
}

template <bool is_centered>
[[gnu::always_inline]] inline void rmsprop_state_loop(const RmsPropNumbers& numbers,
                                                      const RmsPropMemory& memory, float* __restrict squares,
                                                      std::size_t begin, std::size_t end) {
  const RmsPropNumbers k = numbers;
  const float* __restrict parameter = memory.parameter;
  const float* __restrict gradient = memory.gradient;
  float* __restrict square = memory.square;
  float* __restrict mean = memory.mean;
  for (std::size_t i = begin; i < end; ++i) {
    const float g = penalized(k, gradient[i], parameter[i]);
    square[i] = decayed<Contraction::vector>(square[i], k.square_decay, k.share * g, g);
    float variance = square[i];
    if constexpr (is_centered) {
      mean[i] = lerp(mean[i], g, k.share);
      variance = multiply_add(-mean[i], mean[i], variance);
    }
    squares[i - begin] = variance;
  }
}

template <bool has_momentum>
[[gnu::always_inline]] inline void rmsprop_parameter_loop(const RmsPropNumbers& numbers,
                                                          const RmsPropMemory& memory,
                                                          const float* __restrict roots, std::size_t begin,
                                                          std::size_t end) {
  const RmsPropNumbers k = numbers;
  float* __restrict parameter = memory.parameter;
  const float* __restrict gradient = memory.gradient;
  float* __restrict buffer = memory.buffer;
  for (std::size_t i = begin; i < end; ++i) {
    const float g = penalized(k, gradient[i], parameter[i]);
    const float size = roots[i - begin] + k.eps;
    if constexpr (has_momentum) {
      buffer[i] = buffer[i] * k.momentum + g / size;
      parameter[i] = multiply_add(k.negative_lr, buffer[i], parameter[i]);
    } else {
      parameter[i] = parameter[i] + k.negative_lr * g / size;
    }
  }
}

}  // namespace

BUNSEN_VECTOR_CLONES void sgd(const SgdNumbers& numbers, const SgdMemory& memory, std::size_t size) {
  const std::size_t vectors = numbers.is_fused ? in_vectors(size) : size;
  if (memory.buffer) {
    sgd_loop<Contraction::vector, true>(numbers, memory, 0, vectors);
    sgd_loop<Contraction::tail, true>(numbers, memory, vectors, size);
  } else {
    sgd_loop<Contraction::vector, false>(numbers, memory, 0, size);
  }
}

BUNSEN_VECTOR_CLONES void adam(const AdamNumbers& numbers, const AdamMemory& memory, std::size_t size) {
  const std::size_t vectors = in_vectors(size);
  if (memory.largest_second) {
    adam_loop<Contraction::vector, true>(numbers, memory, 0, vectors);
    adam_loop<Contraction::tail, true>(numbers, memory, vectors, size);
  } else {
    adam_loop<Contraction::vector, false>(numbers, memory, 0, vectors);
    adam_loop<Contraction::tail, false>(numbers, memory, vectors, size);
  }
}

BUNSEN_VECTOR_CLONES void adam_state(const AdamNumbers& numbers, const AdamMemory& memory, float* squares,
                                     std::size_t begin, std::size_t end) {
  if (memory.largest_second) return adam_state_loop<true>(numbers, memory, squares, begin, end);
  adam_state_loop<false>(numbers, memory, squares, begin, end);
}

BUNSEN_VECTOR_CLONES void adam_parameter(const AdamNumbers& numbers, const AdamMemory& memory,
                                         const float* roots, std::size_t begin, std::size_t end) {
  const AdamNumbers k = numbers;
  float* __restrict parameter = memory.parameter;
  const float* __restrict first = memory.first;
  for (std::size_t i = begin; i < end; ++i) {
    parameter[i] = moved(k, parameter[i] * k.shrink, first[i], roots[i - begin]);
  }
}

BUNSEN_VECTOR_CLONES void rmsprop_state(const RmsPropNumbers& numbers, const RmsPropMemory& memory,
                                        float* squares, std::size_t begin, std::size_t end) {
  if (memory.mean) return rmsprop_state_loop<true>(numbers, memory, squares, begin, end);
  rmsprop_state_loop<false>(numbers, memory, squares, begin, end);
}

BUNSEN_VECTOR_CLONES void rmsprop_parameter(const RmsPropNumbers& numbers, const RmsPropMemory& memory,
                                            const float* roots, std::size_t begin, std::size_t end) {
  if (memory.buffer) return rmsprop_parameter_loop<true>(numbers, memory, roots, begin, end);
  rmsprop_parameter_loop<false>(numbers, memory, roots, begin, end);
}

BUNSEN_VECTOR_CLONES void adagrad(const AdagradNumbers& numbers, const AdagradMemory& memory,
                                  std::size_t size) {
  const AdagradNumbers k = numbers;
  float* __restrict parameter = memory.parameter;
  const float* __restrict gradient = memory.gradient;
  float* __restrict sum = memory.sum;
  for (std::size_t i = 0; i < size; ++i) {
    const float g = penalized(k, gradient[i], parameter[i]);
    sum[i] = multiply_add(g, g, sum[i]);
    parameter[i] = parameter[i] + k.negative_rate * g / (std::sqrt(sum[i]) + k.eps);
  }
}

BUNSEN_VECTOR_CLONES void adagrad_state(const AdagradNumbers& numbers, const AdagradMemory& memory,
                                        float* __restrict squares, std::size_t begin, std::size_t end) {
  const AdagradNumbers k = numbers;
  const float* __restrict parameter = memory.parameter;
  const float* __restrict gradient = memory.gradient;
  float* __restrict sum = memory.sum;
  for (std::size_t i = begin; i < end; ++i) {
    const float g = penalized(k, gradient[i], parameter[i]);
    sum[i] = multiply_add(g, g, sum[i]);
    squares[i - begin] = sum[i];
  }
}

BUNSEN_VECTOR_CLONES void adagrad_parameter(const AdagradNumbers& numbers, const AdagradMemory& memory,
                                            const float* roots, std::size_t begin, std::size_t end) {
  const AdagradNumbers k = numbers;
  float* __restrict parameter = memory.parameter;
  const float* __restrict gradient = memory.gradient;
  for (std::size_t i = begin; i < end; ++i) {
    const float g = penalized(k, gradient[i], parameter[i]);
    parameter[i] = parameter[i] + k.negative_rate * g / (roots[i - begin] + k.eps);
  }
}

}  // namespace bunsen::kernels
