#include "optim/optimizer.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "optim/kernels.h"

namespace bunsen {
namespace {

constexpr std::int64_t root_block =
    16384;  ///< elements between whose moments and update the cache is kept warm

std::vector<at::Tensor> zeros_like(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> out;
  out.reserve(parameters.size());
  for (const at::Tensor& parameter : parameters) out.push_back(at::zeros_like(parameter.detach()));
  return out;
}

void append_slots(std::vector<OptimizerSlot>& to, std::string_view name,
                  const std::vector<at::Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) to.push_back({name, i, tensors[i]});
}

/// Parameters must be plain arrays in memory for the kernels.
bool has_kernel(const at::Tensor& parameter) {
  return parameter.device().is_cpu() && parameter.is_contiguous();
}

class SgdStepper : public Stepper {
 public:
  SgdStepper(const Sgd& spec, std::vector<at::Tensor> parameters)
      : Stepper(std::move(parameters), spec.lr), spec_(spec) {
    if (spec_.momentum != 0) buffers_ = zeros_like(parameters_);
  }

  void step() override {
    const at::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (!parameters_[i].grad().defined()) continue;
      has_kernel(parameters_[i]) ? step_in_memory(i) : step_by_operations(i);
    }
    ++steps_;
  }

  std::vector<OptimizerSlot> slots() const override {
    std::vector<OptimizerSlot> out;
    append_slots(out, "momentum_buffer", buffers_);
    return out;
  }

 private:
  void step_in_memory(std::size_t i) {
    kernels::SgdNumbers numbers;
    numbers.negative_lr = static_cast<float>(-learning_rate_);
    numbers.momentum = static_cast<float>(spec_.momentum);
    numbers.gradient_share = static_cast<float>(1 - spec_.dampening);
    numbers.weight_decay = static_cast<float>(spec_.weight_decay);
    numbers.nesterov = spec_.nesterov;
    numbers.is_first_step = steps_ == 0;
    numbers.is_fused = spec_.fused;
    const at::Tensor gradient = parameters_[i].grad().contiguous();
    kernels::SgdMemory memory;
    memory.parameter = parameters_[i].data_ptr<float>();
    memory.gradient = gradient.data_ptr<float>();
    if (!buffers_.empty()) memory.buffer = buffers_[i].data_ptr<float>();
    kernels::sgd(numbers, memory, static_cast<std::size_t>(gradient.numel()));
  }

  void step_by_operations(std::size_t i) {
    at::Tensor gradient = parameters_[i].grad();
    if (spec_.weight_decay != 0) gradient = gradient.add(parameters_[i], spec_.weight_decay);
    if (!buffers_.empty()) {
      if (steps_ == 0) {
        buffers_[i].copy_(gradient);
      } else {
        buffers_[i].mul_(spec_.momentum).add_(gradient, 1 - spec_.dampening);
      }
      gradient = spec_.nesterov ? gradient.add(buffers_[i], spec_.momentum) : buffers_[i];
    }
    parameters_[i].add_(gradient, -learning_rate_);
  }

  Sgd spec_;
  std::vector<at::Tensor> buffers_;
};

/// Adam, and AdamW, which differs in where the weight decay goes.
class AdamStepper : public Stepper {
 public:
  AdamStepper(const Adam& spec, bool is_decay_decoupled, std::vector<at::Tensor> parameters)
      : Stepper(std::move(parameters), spec.lr), spec_(spec), is_decay_decoupled_(is_decay_decoupled) {
    first_ = zeros_like(parameters_);
    second_ = zeros_like(parameters_);
    if (spec_.amsgrad) largest_second_ = zeros_like(parameters_);
  }

  void step() override {
    const at::NoGradGuard no_gradients;
    const kernels::AdamNumbers numbers = next_numbers();
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (!parameters_[i].grad().defined()) continue;
      has_kernel(parameters_[i]) ? step_in_memory(i, numbers) : step_by_operations(i);
    }
  }

  std::vector<OptimizerSlot> slots() const override {
    std::vector<OptimizerSlot> out;
    append_slots(out, "exp_avg", first_);
    append_slots(out, "exp_avg_sq", second_);
    append_slots(out, "max_exp_avg_sq", largest_second_);
    return out;
  }

 private:
  /// Counts the step; all in double, then float, as PyTorch.
  kernels::AdamNumbers next_numbers() {
    ++steps_;
    const auto steps = static_cast<double>(steps_);
    const auto& [beta1, beta2] = spec_.betas;
    step_size_ = learning_rate_ / (1 - std::pow(beta1, steps));
    root_correction_ = std::sqrt(1 - std::pow(beta2, steps));

    kernels::AdamNumbers numbers;
    numbers.first_share = static_cast<float>(1 - beta1);
    numbers.second_decay = static_cast<float>(beta2);
    numbers.second_share = static_cast<float>(1 - beta2);
    numbers.root_correction = static_cast<float>(root_correction_);
    numbers.eps = static_cast<float>(spec_.eps);
    numbers.negative_step = static_cast<float>(-step_size_);
    if (is_decay_decoupled_) {
      numbers.shrink = static_cast<float>(1 - learning_rate_ * spec_.weight_decay);
    } else {
      numbers.weight_decay = static_cast<float>(spec_.weight_decay);
    }
    return numbers;
  }

  void step_in_memory(std::size_t i, const kernels::AdamNumbers& numbers) {
    const at::Tensor gradient = parameters_[i].grad().contiguous();
    kernels::AdamMemory memory;
    memory.parameter = parameters_[i].data_ptr<float>();
    memory.gradient = gradient.data_ptr<float>();
    memory.first = first_[i].data_ptr<float>();
    memory.second = second_[i].data_ptr<float>();
    if (spec_.amsgrad) memory.largest_second = largest_second_[i].data_ptr<float>();
    const std::int64_t size = gradient.numel();
    if (spec_.fused) return kernels::adam(numbers, memory, static_cast<std::size_t>(size));

    // The default form takes its roots from ATen, whose vector library does not round them as IEEE asks.
    if (!roots_.defined()) roots_ = at::empty({root_block}, gradient.options());
    const at::Tensor squares = (spec_.amsgrad ? largest_second_[i] : second_[i]).view(-1);
    for (std::int64_t begin = 0; begin < size; begin += root_block) {
      const std::int64_t length = std::min(root_block, size - begin);
      const auto from = static_cast<std::size_t>(begin), to = static_cast<std::size_t>(begin + length);
      kernels::adam_moments(numbers, memory, from, to);
      at::Tensor roots = roots_.narrow(0, 0, length);
      at::sqrt_out(roots, squares.narrow(0, begin, length));
      kernels::adam_parameter(numbers, memory, roots.data_ptr<float>(), from, to);
    }
  }

  void step_by_operations(std::size_t i) {
    at::Tensor& parameter = parameters_[i];
    at::Tensor gradient = parameter.grad();
    const auto& [beta1, beta2] = spec_.betas;
    if (is_decay_decoupled_ && spec_.weight_decay != 0)
      parameter.mul_(1 - learning_rate_ * spec_.weight_decay);
    if (!is_decay_decoupled_ && spec_.weight_decay != 0)
      gradient = gradient.add(parameter, spec_.weight_decay);
    first_[i].lerp_(gradient, 1 - beta1);
    second_[i].mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
    if (spec_.amsgrad) at::maximum_out(largest_second_[i], largest_second_[i], second_[i]);
    const at::Tensor& squares = spec_.amsgrad ? largest_second_[i] : second_[i];
    parameter.addcdiv_(first_[i], squares.sqrt().div_(root_correction_).add_(spec_.eps), -step_size_);
  }

  Adam spec_;
  bool is_decay_decoupled_;
  std::vector<at::Tensor> first_, second_, largest_second_;
  at::Tensor roots_;
  double step_size_ = 0;
  double root_correction_ = 1;
};

struct Maker {
  std::vector<at::Tensor>& parameters;

  std::unique_ptr<Stepper> operator()(const Sgd& spec) const {
    return std::make_unique<SgdStepper>(spec, std::move(parameters));
  }
  std::unique_ptr<Stepper> operator()(const Adam& spec) const {
    return std::make_unique<AdamStepper>(spec, false, std::move(parameters));
  }
  std::unique_ptr<Stepper> operator()(const AdamW& spec) const {
    const Adam shared{spec.lr, spec.betas, spec.eps, spec.weight_decay, spec.amsgrad, spec.fused};
    return std::make_unique<AdamStepper>(shared, true, std::move(parameters));
  }
};

}  // namespace

void Stepper::zero_grad() {
  for (const at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

std::unique_ptr<Stepper> make_optimizer(const Optimizer& spec, std::vector<at::Tensor> parameters) {
  for (const at::Tensor& parameter : parameters) {
    if (parameter.scalar_type() != at::kFloat) throw std::logic_error("optimizers take float32 parameters");
  }
  return std::visit(Maker{parameters}, static_cast<const Optimizer::variant&>(spec));
}

}  // namespace bunsen
