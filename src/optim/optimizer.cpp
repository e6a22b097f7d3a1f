#include "optim/optimizer.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "optim/kernels.h"

namespace bunsen {
namespace {

constexpr std::int64_t root_block =
    16384;  ///< elements between whose state and update the cache is kept warm

/// Parameters must be plain arrays in memory for the kernels.
bool has_kernel(const at::Tensor& parameter) {
  return parameter.device().is_cpu() && parameter.is_contiguous();
}

/// What all optimizers share: each parameter has the options of its group.
template <class Spec>
class GroupedStepper : public Stepper {
 public:
  void step() final {
    const at::NoGradGuard no_gradients;
    ++steps_;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (!parameters_[i].grad().defined()) continue;
      if (has_kernel(parameters_[i])) {
        const at::Tensor gradient = parameters_[i].grad().contiguous();
        step_in_memory(i, gradient);
      } else {
        const at::Tensor gradient = parameters_[i].grad();
        step_by_operations(i, options_of(i).maximize ? gradient.neg() : gradient);
      }
    }
  }

 protected:
  GroupedStepper(const Spec& spec, const std::vector<NamedTensor>& parameters) : Stepper(parameters) {
    groups_ = {spec};
    groups_[0].groups.clear();
    for (const NamedTensor& parameter : parameters) {
      const std::size_t dot = std::min(parameter.name.rfind('.'), parameter.name.size() - 1);
      const std::string_view name(parameter.name);
      const Spec options = options_for(spec, name.substr(0, dot), name.substr(dot + 1));
      const auto found = std::find(groups_.begin(), groups_.end(), options);
      group_of_.push_back(static_cast<std::size_t>(found - groups_.begin()));
      if (found == groups_.end()) groups_.push_back(options);
    }
    for (const Spec& options : groups_) learning_rates_.push_back(options.lr);
  }

  /// A step of parameter `i`, whose gradient is a plain array, by the kernels.
  virtual void step_in_memory(std::size_t i, const at::Tensor& gradient) = 0;
  /// The same by tensor operations, for any other; `gradient` points downhill.
  virtual void step_by_operations(std::size_t i, const at::Tensor& gradient) = 0;

  const Spec& options_of(std::size_t i) const { return groups_[group_of_[i]]; }
  double rate_of(std::size_t i) const { return learning_rates_[group_of_[i]]; }

  static float sign_of(const Spec& options) { return options.maximize ? -1.0f : 1.0f; }

  static at::Tensor with_decay(const Spec& options, const at::Tensor& gradient, const at::Tensor& parameter) {
    return options.weight_decay != 0 ? gradient.add(parameter, options.weight_decay) : gradient;
  }

  /// A tensor like each parameter whose options want one, undefined for the others.
  template <class IsWanted>
  std::vector<at::Tensor> state_where(IsWanted is_wanted, double value = 0) const {
    std::vector<at::Tensor> out;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      out.emplace_back();
      if (is_wanted(options_of(i))) out.back() = at::full_like(parameters_[i].detach(), value);
    }
    return out;
  }

  static void append_slots(std::vector<OptimizerSlot>& to, std::string_view name,
                           const std::vector<at::Tensor>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i].defined()) to.push_back({name, i, tensors[i]});
    }
  }

  static float* memory_of(const at::Tensor& tensor) {
    return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
  }

  /// PyTorch's default form, block by block: `state` finds what to take roots of, ATen takes them, and
  /// `parameter` uses them.
  template <class State, class Parameter>
  void step_with_roots(std::int64_t size, State state, Parameter parameter) {
    if (!roots_.defined()) roots_ = at::empty({root_block}, at::TensorOptions().dtype(at::kFloat));
    for (std::int64_t begin = 0; begin < size; begin += root_block) {
      const std::int64_t length = std::min(root_block, size - begin);
      const auto from = static_cast<std::size_t>(begin), to = static_cast<std::size_t>(begin + length);
      at::Tensor roots = roots_.narrow(0, 0, length);
      state(roots.template data_ptr<float>(), from, to);
      roots.sqrt_();
      parameter(roots.template data_ptr<float>(), from, to);
    }
  }

 private:
  std::vector<Spec> groups_;
  std::vector<std::size_t> group_of_;
  at::Tensor roots_;
};

class SgdStepper : public GroupedStepper<Sgd> {
 public:
  SgdStepper(const Sgd& spec, const std::vector<NamedTensor>& parameters) : GroupedStepper(spec, parameters) {
    buffers_ = state_where([](const Sgd& options) { return options.momentum != 0; });
  }

  std::vector<OptimizerSlot> slots() const override {
    std::vector<OptimizerSlot> out;
    append_slots(out, "momentum_buffer", buffers_);
    return out;
  }

 private:
  void step_in_memory(std::size_t i, const at::Tensor& gradient) override {
    const Sgd& options = options_of(i);
    kernels::SgdNumbers numbers;
    numbers.gradient_sign = sign_of(options);
    numbers.negative_lr = static_cast<float>(-rate_of(i));
    numbers.momentum = static_cast<float>(options.momentum);
    numbers.gradient_share = static_cast<float>(1 - options.dampening);
    numbers.weight_decay = static_cast<float>(options.weight_decay);
    numbers.nesterov = options.nesterov;
    numbers.is_first_step = steps_ == 1;
    numbers.is_fused = options.fused;
    const kernels::SgdMemory memory{memory_of(parameters_[i]), memory_of(gradient), memory_of(buffers_[i])};
    kernels::sgd(numbers, memory, static_cast<std::size_t>(gradient.numel()));
  }

  void step_by_operations(std::size_t i, const at::Tensor& downhill) override {
    const Sgd& options = options_of(i);
    at::Tensor gradient = with_decay(options, downhill, parameters_[i]);
    if (buffers_[i].defined()) {
      if (steps_ == 1) {
        buffers_[i].copy_(gradient);
      } else {
        buffers_[i].mul_(options.momentum).add_(gradient, 1 - options.dampening);
      }
      gradient = options.nesterov ? gradient.add(buffers_[i], options.momentum) : buffers_[i];
    }
    parameters_[i].add_(gradient, -rate_of(i));
  }

  std::vector<at::Tensor> buffers_;
};

/// Adam, and AdamW, which differs in where the weight decay goes.
template <class Spec>
class AdamStepper : public GroupedStepper<Spec> {
  using Base = GroupedStepper<Spec>;
  using Base::parameters_;
  static constexpr bool is_decay_decoupled = std::is_same_v<Spec, AdamW>;

 public:
  AdamStepper(const Spec& spec, const std::vector<NamedTensor>& parameters) : Base(spec, parameters) {
    first_ = Base::state_where([](const Spec&) { return true; });
    second_ = Base::state_where([](const Spec&) { return true; });
    largest_second_ = Base::state_where([](const Spec& options) { return options.amsgrad; });
  }

  std::vector<OptimizerSlot> slots() const override {
    std::vector<OptimizerSlot> out;
    Base::append_slots(out, "exp_avg", first_);
    Base::append_slots(out, "exp_avg_sq", second_);
    Base::append_slots(out, "max_exp_avg_sq", largest_second_);
    return out;
  }

 private:
  double step_size(std::size_t i) const {
    const double beta1 = Base::options_of(i).betas.first;
    return Base::rate_of(i) / (1 - std::pow(beta1, static_cast<double>(Base::steps_)));
  }
  double root_correction(std::size_t i) const {
    const double beta2 = Base::options_of(i).betas.second;
    return std::sqrt(1 - std::pow(beta2, static_cast<double>(Base::steps_)));
  }

  /// All in double, then float, as PyTorch.
  kernels::AdamNumbers numbers_of(std::size_t i) const {
    const Spec& options = Base::options_of(i);
    kernels::AdamNumbers numbers;
    numbers.gradient_sign = Base::sign_of(options);
    numbers.first_share = static_cast<float>(1 - options.betas.first);
    numbers.second_decay = static_cast<float>(options.betas.second);
    numbers.second_share = static_cast<float>(1 - options.betas.second);
    numbers.root_correction = static_cast<float>(root_correction(i));
    numbers.eps = static_cast<float>(options.eps);
    numbers.negative_step = static_cast<float>(-step_size(i));
    if (is_decay_decoupled) {
      numbers.shrink = static_cast<float>(1 - Base::rate_of(i) * options.weight_decay);
    } else {
      numbers.weight_decay = static_cast<float>(options.weight_decay);
    }
    return numbers;
  }

  void step_in_memory(std::size_t i, const at::Tensor& gradient) override {
    const kernels::AdamNumbers numbers = numbers_of(i);
    const kernels::AdamMemory memory{Base::memory_of(parameters_[i]), Base::memory_of(gradient),
                                     Base::memory_of(first_[i]), Base::memory_of(second_[i]),
                                     Base::memory_of(largest_second_[i])};
    if (Base::options_of(i).fused)
      return kernels::adam(numbers, memory, static_cast<std::size_t>(gradient.numel()));
    Base::step_with_roots(
        gradient.numel(),
        [&](float* squares, std::size_t from, std::size_t to) {
          kernels::adam_state(numbers, memory, squares, from, to);
        },
        [&](const float* roots, std::size_t from, std::size_t to) {
          kernels::adam_parameter(numbers, memory, roots, from, to);
        });
  }

  void step_by_operations(std::size_t i, const at::Tensor& downhill) override {
    const Spec& options = Base::options_of(i);
    at::Tensor& parameter = parameters_[i];
    if (is_decay_decoupled && options.weight_decay != 0)
      parameter.mul_(1 - Base::rate_of(i) * options.weight_decay);
    const at::Tensor gradient =
        is_decay_decoupled ? downhill : Base::with_decay(options, downhill, parameter);
    first_[i].lerp_(gradient, 1 - options.betas.first);
    second_[i].mul_(options.betas.second).addcmul_(gradient, gradient, 1 - options.betas.second);
    if (options.amsgrad) at::maximum_out(largest_second_[i], largest_second_[i], second_[i]);
    const at::Tensor& squares = options.amsgrad ? largest_second_[i] : second_[i];
    parameter.addcdiv_(first_[i], squares.sqrt().div_(root_correction(i)).add_(options.eps), -step_size(i));
  }

  std::vector<at::Tensor> first_, second_, largest_second_;
};

class RmsPropStepper : public GroupedStepper<RmsProp> {
 public:
  RmsPropStepper(const RmsProp& spec, const std::vector<NamedTensor>& parameters)
      : GroupedStepper(spec, parameters) {
    squares_ = state_where([](const RmsProp&) { return true; });
    buffers_ = state_where([](const RmsProp& options) { return options.momentum > 0; });
    means_ = state_where([](const RmsProp& options) { return options.centered; });
  }

  std::vector<OptimizerSlot> slots() const override {
    std::vector<OptimizerSlot> out;
    append_slots(out, "square_avg", squares_);
    append_slots(out, "momentum_buffer", buffers_);
    append_slots(out, "grad_avg", means_);
    return out;
  }

 private:
  void step_in_memory(std::size_t i, const at::Tensor& gradient) override {
    const RmsProp& options = options_of(i);
    kernels::RmsPropNumbers numbers;
    numbers.gradient_sign = sign_of(options);
    numbers.square_decay = static_cast<float>(options.alpha);
    numbers.share = static_cast<float>(1 - options.alpha);
    numbers.eps = static_cast<float>(options.eps);
    numbers.negative_lr = static_cast<float>(-rate_of(i));
    numbers.momentum = static_cast<float>(options.momentum);
    numbers.weight_decay = static_cast<float>(options.weight_decay);
    const kernels::RmsPropMemory memory{memory_of(parameters_[i]), memory_of(gradient),
                                        memory_of(squares_[i]), memory_of(means_[i]), memory_of(buffers_[i])};
    step_with_roots(
        gradient.numel(),
        [&](float* squares, std::size_t from, std::size_t to) {
          kernels::rmsprop_state(numbers, memory, squares, from, to);
        },
        [&](const float* roots, std::size_t from, std::size_t to) {
          kernels::rmsprop_parameter(numbers, memory, roots, from, to);
        });
  }

  void step_by_operations(std::size_t i, const at::Tensor& downhill) override {
    const RmsProp& options = options_of(i);
    at::Tensor& parameter = parameters_[i];
    const at::Tensor gradient = with_decay(options, downhill, parameter);
    squares_[i].mul_(options.alpha).addcmul_(gradient, gradient, 1 - options.alpha);
    at::Tensor size = squares_[i];
    if (options.centered) {
      means_[i].lerp_(gradient, 1 - options.alpha);
      size = size.addcmul(means_[i], means_[i], -1);
    }
    size = size.sqrt().add_(options.eps);
    if (!buffers_[i].defined()) {
      parameter.addcdiv_(gradient, size, -rate_of(i));
    } else {
      buffers_[i].mul_(options.momentum).addcdiv_(gradient, size);
      parameter.add_(buffers_[i], -rate_of(i));
    }
  }

  std::vector<at::Tensor> squares_, buffers_, means_;
};

class AdagradStepper : public GroupedStepper<Adagrad> {
 public:
  AdagradStepper(const Adagrad& spec, const std::vector<NamedTensor>& parameters)
      : GroupedStepper(spec, parameters) {
    sums_ = state_where([](const Adagrad&) { return true; }, spec.initial_accumulator_value);
  }

  std::vector<OptimizerSlot> slots() const override {
    std::vector<OptimizerSlot> out;
    append_slots(out, "sum", sums_);
    return out;
  }

 private:
  double decayed_rate(std::size_t i) const {
    return rate_of(i) / (1 + (static_cast<double>(steps_) - 1) * options_of(i).lr_decay);
  }

  void step_in_memory(std::size_t i, const at::Tensor& gradient) override {
    const Adagrad& options = options_of(i);
    kernels::AdagradNumbers numbers;
    numbers.gradient_sign = sign_of(options);
    numbers.negative_rate = static_cast<float>(-decayed_rate(i));
    numbers.eps = static_cast<float>(options.eps);
    numbers.weight_decay = static_cast<float>(options.weight_decay);
    const kernels::AdagradMemory memory{memory_of(parameters_[i]), memory_of(gradient), memory_of(sums_[i])};
    if (options.fused) return kernels::adagrad(numbers, memory, static_cast<std::size_t>(gradient.numel()));
    step_with_roots(
        gradient.numel(),
        [&](float* squares, std::size_t from, std::size_t to) {
          kernels::adagrad_state(numbers, memory, squares, from, to);
        },
        [&](const float* roots, std::size_t from, std::size_t to) {
          kernels::adagrad_parameter(numbers, memory, roots, from, to);
        });
  }

  void step_by_operations(std::size_t i, const at::Tensor& downhill) override {
    const Adagrad& options = options_of(i);
    const at::Tensor gradient = with_decay(options, downhill, parameters_[i]);
    sums_[i].addcmul_(gradient, gradient);
    parameters_[i].addcdiv_(gradient, sums_[i].sqrt().add_(options.eps), -decayed_rate(i));
  }

  std::vector<at::Tensor> sums_;
};

struct Maker {
  const std::vector<NamedTensor>& parameters;

  std::unique_ptr<Stepper> operator()(const Sgd& spec) const {
    return std::make_unique<SgdStepper>(spec, parameters);
  }
  std::unique_ptr<Stepper> operator()(const Adam& spec) const {
    return std::make_unique<AdamStepper<Adam>>(spec, parameters);
  }
  std::unique_ptr<Stepper> operator()(const AdamW& spec) const {
    return std::make_unique<AdamStepper<AdamW>>(spec, parameters);
  }
  std::unique_ptr<Stepper> operator()(const RmsProp& spec) const {
    return std::make_unique<RmsPropStepper>(spec, parameters);
  }
  std::unique_ptr<Stepper> operator()(const Adagrad& spec) const {
    return std::make_unique<AdagradStepper>(spec, parameters);
  }
};

}  // namespace

Stepper::Stepper(const std::vector<NamedTensor>& parameters) {
  for (const NamedTensor& parameter : parameters) {
    if (parameter.tensor.scalar_type() != at::kFloat)
      throw std::logic_error("optimizers take float32 parameters");
    parameters_.push_back(parameter.tensor);
  }
}

void Stepper::zero_grad() {
  for (const at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

void Stepper::set_learning_rates(const std::vector<double>& rates) {
  if (rates.size() != learning_rates_.size()) throw std::logic_error("one learning rate a group is wanted");
  learning_rates_ = rates;
}

std::unique_ptr<Stepper> make_optimizer(const Optimizer& spec, const std::vector<NamedTensor>& parameters) {
  return std::visit(Maker{parameters}, static_cast<const Optimizer::variant&>(spec));
}

}  // namespace bunsen
