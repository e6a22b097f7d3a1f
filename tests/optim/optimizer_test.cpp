#include "optim/optimizer.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/version.h>

#include <cmath>

#include "torch_doctest.h"

using namespace bunsen;

namespace {

// Sizes that fill vectors, leave a rest, are smaller than a vector, and need more than one block of square
// roots.
const std::vector<std::vector<std::int64_t>> sizes{{7, 13}, {10}, {64}, {1}, {130, 133}};
constexpr int step_count = 20;
constexpr bool is_torch_2 = TORCH_VERSION_MAJOR >= 2;

std::vector<at::Tensor> clones(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> out;
  for (const at::Tensor& tensor : tensors) out.push_back(tensor.clone());
  return out;
}

std::vector<at::Tensor> zeros(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> out;
  for (const at::Tensor& tensor : tensors) out.push_back(at::zeros_like(tensor));
  return out;
}

std::vector<at::Tensor> first_parameters() {
  torch::manual_seed(11);
  std::vector<at::Tensor> out;
  for (const auto& size : sizes) out.push_back(at::randn(size) * 0.3);
  return out;
}

/// Gradients of one step, some of them 0.
std::vector<at::Tensor> gradients_of(int step) {
  torch::manual_seed(static_cast<std::uint64_t>(1000 + step));
  std::vector<at::Tensor> out;
  for (const auto& size : sizes) out.push_back(at::randn(size) * 0.1 * (at::rand(size) > 0.2));
  return out;
}

std::vector<NamedTensor> named(const std::vector<at::Tensor>& tensors) {
  std::vector<NamedTensor> out;
  for (const at::Tensor& tensor : tensors) out.push_back({std::to_string(out.size()) + ".weight", tensor});
  return out;
}

std::vector<at::Tensor> trained(const Optimizer& spec, const std::vector<at::Tensor>& start) {
  const std::vector<at::Tensor> parameters = clones(start);
  const std::unique_ptr<Stepper> optimizer = make_optimizer(spec, named(parameters));
  for (int step = 0; step < step_count; ++step) {
    const std::vector<at::Tensor> gradients = gradients_of(step);
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].mutable_grad() = gradients[i];
    optimizer->step();
    optimizer->zero_grad();
  }
  return parameters;
}

std::vector<Optimizer> settings() {
  std::vector<Optimizer> out;
  for (const bool maximize : {false, true}) {
    const auto add = [&](auto spec) {
      spec.maximize = maximize;
      out.push_back(spec);
    };
    add(Sgd{0.1});
    add(Sgd{0.05, 0, 0, 0.01});
    add(Sgd{0.05, 0.9});
    add(Sgd{0.05, 0.9, 0.3, 0.001});
    add(Sgd{0.05, 0.87, 0, 0.0005, true});
    add(Adam{1e-3});
    add(Adam{3e-3, {0.8, 0.95}, 1e-6, 0.05});
    add(Adam{1e-3, {}, 1e-8, 0, true});
    add(Adam{2e-3, {0.3, 0.9}, 1e-8, 0.1, true});
    add(AdamW{1e-3, {}, 1e-8, 0});
    add(AdamW{3e-3, {0.8, 0.95}, 1e-6, 0.05});
    add(AdamW{2e-3, {0.3, 0.9}, 1e-8, 0.1, true});
    add(RmsProp{});
    add(RmsProp{1e-3, 0.9, 1e-8, 0.02});
    add(RmsProp{1e-2, 0.4, 1e-6, 0, 0.9});
    add(RmsProp{1e-2, 0.99, 1e-8, 0, 0, true});
    add(RmsProp{1e-2, 0.95, 1e-6, 1e-3, 0.8, true});
    add(Adagrad{});
    add(Adagrad{0.1, 0.01});
    add(Adagrad{0.05, 1e-3, 0.1, 1e-6, 0.1});
  }
  return out;
}

template <class Spec>
constexpr bool has_fused_form = requires(Spec spec) {
  spec.fused;
};

Optimizer with_fused(Optimizer spec, bool is_fused) {
  std::visit(
      [&](auto& typed) {
        if constexpr (has_fused_form<std::decay_t<decltype(typed)>>) typed.fused = is_fused;
      },
      static_cast<Optimizer::variant&>(spec));
  return spec;
}

/// One parameter and what its optimizer keeps, stepped with the operations that Python's single-tensor loops
/// call, in any precision.
class ByOperations {
 public:
  explicit ByOperations(const at::Tensor& start)
      : parameter(start.clone()),
        first_(at::zeros_like(start)),
        second_(at::zeros_like(start)),
        third_(at::zeros_like(start)) {}

  void step(const Optimizer& spec, const at::Tensor& gradient) {
    ++steps_;
    std::visit(
        [&](const auto& typed) {
          at::Tensor g = gradient.to(parameter.scalar_type());
          if (typed.maximize) g = g.neg();
          const bool is_decoupled = std::is_same_v<std::decay_t<decltype(typed)>, AdamW>;
          if (typed.weight_decay != 0 && !is_decoupled) g = g.add(parameter, typed.weight_decay);
          move(typed, g);
        },
        static_cast<const Optimizer::variant&>(spec));
  }

  at::Tensor parameter;

 private:
  void move(const Sgd& k, at::Tensor g) {
    if (k.momentum != 0) {
      steps_ == 1 ? first_.copy_(g) : first_.mul_(k.momentum).add_(g, 1 - k.dampening);
      g = k.nesterov ? g.add(first_, k.momentum) : first_;
    }
    parameter.add_(g, -k.lr);
  }
  void move(const Adam& k, const at::Tensor& g) { move_adam(k, g); }
  void move(const AdamW& k, const at::Tensor& g) {
    parameter.mul_(1 - k.lr * k.weight_decay);
    move_adam(k, g);
  }
  template <class Spec>
  void move_adam(const Spec& k, const at::Tensor& g) {
    first_.lerp_(g, 1 - k.betas.first);
    second_.mul_(k.betas.second).addcmul_(g, g, 1 - k.betas.second);
    third_ = at::maximum(third_, second_);
    const double correction1 = 1 - std::pow(k.betas.first, steps_),
                 correction2 = 1 - std::pow(k.betas.second, steps_);
    const at::Tensor& squares = k.amsgrad ? third_ : second_;
    parameter.addcdiv_(first_, (squares.sqrt() / std::pow(correction2, 0.5)).add_(k.eps),
                       -k.lr / correction1);
  }
  void move(const RmsProp& k, const at::Tensor& g) {
    second_.mul_(k.alpha).addcmul_(g, g, 1 - k.alpha);
    at::Tensor size;
    if (k.centered) {
      third_.lerp_(g, 1 - k.alpha);
      size = second_.addcmul(third_, third_, -1).sqrt_();
    } else {
      size = second_.sqrt();
    }
    size.add_(k.eps);
    if (k.momentum > 0) {
      first_.mul_(k.momentum).addcdiv_(g, size);
      parameter.add_(first_, -k.lr);
    } else {
      parameter.addcdiv_(g, size, -k.lr);
    }
  }
  void move(const Adagrad& k, const at::Tensor& g) {
    if (steps_ == 1) second_.fill_(k.initial_accumulator_value);
    second_.addcmul_(g, g, 1);
    parameter.addcdiv_(g, second_.sqrt().add_(k.eps), -(k.lr / (1 + (steps_ - 1) * k.lr_decay)));
  }

  at::Tensor first_, second_, third_;
  int steps_ = 0;
};

std::vector<at::Tensor> trained_by_operations(const Optimizer& spec, const std::vector<at::Tensor>& start) {
  std::vector<at::Tensor> out;
  for (std::size_t i = 0; i < start.size(); ++i) {
    ByOperations one(start[i]);
    for (int step = 0; step < step_count; ++step) one.step(spec, gradients_of(step)[i]);
    out.push_back(one.parameter);
  }
  return out;
}

/// LibTorch's own fused kernels, called by their names since not every version has them.
class ByFusedKernel {
 public:
  explicit ByFusedKernel(const std::vector<at::Tensor>& start)
      : parameters(clones(start)), first_(zeros(start)), second_(zeros(start)), largest_(zeros(start)) {
    for (std::size_t i = 0; i < start.size(); ++i) counts_.push_back(at::zeros({}));
  }

  void step(const Optimizer& spec, const c10::OperatorHandle& kernel,
            const std::vector<at::Tensor>& gradients) {
    for (at::Tensor& count : counts_) count += 1;
    std::visit([&](const auto& typed) { call(kernel, typed, gradients); },
               static_cast<const Optimizer::variant&>(spec));
  }

  std::vector<at::Tensor> parameters;

 private:
  template <class... Values>
  static void call_with(const c10::OperatorHandle& kernel, Values... values) {
    torch::jit::Stack stack;
    (stack.emplace_back(values), ...);
    kernel.callBoxed(&stack);
  }
  void call(const c10::OperatorHandle& kernel, const Sgd& k, const std::vector<at::Tensor>& gradients) {
    const bool is_first = counts_[0].item<float>() == 1;
    call_with(kernel, parameters, gradients, k.momentum == 0 ? std::vector<at::Tensor>() : first_,
              k.weight_decay, k.momentum, k.lr, k.dampening, k.nesterov, k.maximize, is_first, c10::IValue(),
              c10::IValue());
  }
  template <class AnyAdam>
  void call(const c10::OperatorHandle& kernel, const AnyAdam& k, const std::vector<at::Tensor>& gradients) {
    call_with(kernel, parameters, gradients, first_, second_,
              k.amsgrad ? largest_ : std::vector<at::Tensor>(), counts_, k.lr, k.betas.first, k.betas.second,
              k.weight_decay, k.eps, k.amsgrad, k.maximize, c10::IValue(), c10::IValue());
  }
  void call(const c10::OperatorHandle& kernel, const Adagrad& k, const std::vector<at::Tensor>& gradients) {
    if (counts_[0].item<float>() == 1) {
      for (at::Tensor& sum : second_) sum.fill_(k.initial_accumulator_value);
    }
    call_with(kernel, parameters, gradients, second_, counts_, k.lr, k.lr_decay, k.weight_decay, k.eps,
              k.maximize, c10::IValue(), c10::IValue());
  }
  void call(const c10::OperatorHandle&, const RmsProp&, const std::vector<at::Tensor>&) {}

  std::vector<at::Tensor> first_, second_, largest_, counts_;
};

std::vector<at::Tensor> trained_by_fused_kernel(const Optimizer& spec, const std::vector<at::Tensor>& start,
                                                const c10::OperatorHandle& kernel) {
  ByFusedKernel by_kernel(start);
  for (int step = 0; step < step_count; ++step) by_kernel.step(spec, kernel, gradients_of(step));
  return by_kernel.parameters;
}

std::optional<c10::OperatorHandle> fused_kernel(const Optimizer& spec) {
  const std::string name(family<Optimizer>().alternatives[spec.index()].name);
  const auto found = c10::Dispatcher::singleton().findSchema({"aten::_fused_" + name + "_", ""});
  if (!found || !found->hasKernelForDispatchKey(c10::DispatchKey::CPU)) return std::nullopt;
  return *found;
}

/// Does LibTorch run its kernels with fused multiply-adds here? Rounded twice, this sum would be 0.
bool has_fused_multiply_add() {
  const at::Tensor factor = at::full({32}, 1 + std::ldexp(1, -12));
  const at::Tensor sum = at::full({32}, -1 - std::ldexp(1, -11)).add(factor, factor[0].item());
  return sum.ne(0).all().item<bool>();
}

void check_equal(const std::vector<at::Tensor>& got, const std::vector<at::Tensor>& want) {
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(got[i].equal(want[i]));
  }
}

void check_near(const std::vector<at::Tensor>& got, const std::vector<at::Tensor>& want) {
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(at::allclose(got[i].to(at::kDouble), want[i].to(at::kDouble), 1e-5, 1e-5));
  }
}

}  // namespace

TEST_CASE("fused and default steps follow the published formulas") {
  const std::vector<at::Tensor> start = first_parameters();
  std::vector<at::Tensor> exact;
  for (const at::Tensor& tensor : start) exact.push_back(tensor.to(at::kDouble));
  int index = 0;
  for (const Optimizer& setting : settings()) {
    CAPTURE(index++);
    const std::vector<at::Tensor> want = trained_by_operations(setting, exact);
    CHECK_FALSE(at::allclose(want[0], exact[0], 1e-3, 1e-3));
    check_near(trained(with_fused(setting, true), start), want);
    check_near(trained(with_fused(setting, false), start), want);
  }
}

TEST_CASE("`fused: false` has the bits of the operations that Python's loop calls") {
  if (!is_torch_2 || !has_fused_multiply_add()) return;
  const std::vector<at::Tensor> start = first_parameters();
  int index = 0;
  for (const Optimizer& setting : settings()) {
    CAPTURE(index++);
    check_equal(trained(with_fused(setting, false), start), trained_by_operations(setting, start));
  }
}

TEST_CASE("`fused: true` has the bits of LibTorch's fused kernels") {
  if (!has_fused_multiply_add()) return;
  const std::vector<at::Tensor> start = first_parameters();
  int index = 0;
  for (const Optimizer& setting : settings()) {
    CAPTURE(index++);
    const std::optional<c10::OperatorHandle> kernel = fused_kernel(setting);
    CHECK(kernel.has_value() == (is_torch_2 && !std::holds_alternative<RmsProp>(setting)));
    if (kernel)
      check_equal(trained(with_fused(setting, true), start),
                  trained_by_fused_kernel(setting, start, *kernel));
  }
}

TEST_CASE("parameters that are no plain arrays are stepped by tensor operations") {
  int index = 0;
  for (const Optimizer& setting : settings()) {
    CAPTURE(index++);
    std::vector<at::Tensor> plain, turned;
    for (const at::Tensor& tensor : first_parameters()) {
      if (tensor.dim() == 2) plain.push_back(tensor.clone());
    }
    for (const at::Tensor& tensor : plain) turned.push_back(tensor.clone().t());
    const auto a = make_optimizer(with_fused(setting, true), named(plain)),
               b = make_optimizer(with_fused(setting, true), named(turned));
    for (int step = 0; step < step_count; ++step) {
      for (std::size_t i = 0; i < plain.size(); ++i) {
        plain[i].mutable_grad() = plain[i].detach().cos();
        turned[i].mutable_grad() = plain[i].grad().t();
      }
      a->step();
      b->step();
    }
    for (std::size_t i = 0; i < plain.size(); ++i) CHECK(at::allclose(plain[i].t(), turned[i], 1e-5, 1e-6));
  }
}

TEST_CASE("an optimizer goes on from its slots, its count and its learning rate") {
  int index = 0;
  for (const Optimizer& setting : settings()) {
    CAPTURE(index++);
    const std::vector<at::Tensor> whole = first_parameters(), halved = first_parameters();
    const auto uninterrupted = make_optimizer(with_fused(setting, true), named(whole));
    auto interrupted = make_optimizer(with_fused(setting, true), named(halved));
    for (int step = 0; step < step_count; ++step) {
      if (step == 7) {
        auto resumed = make_optimizer(with_fused(setting, true), named(halved));
        const std::vector<OptimizerSlot> from = interrupted->slots(), to = resumed->slots();
        REQUIRE(from.size() == to.size());
        for (std::size_t i = 0; i < from.size(); ++i) {
          CHECK(from[i].name == to[i].name);
          CHECK(from[i].parameter == to[i].parameter);
          at::Tensor(to[i].tensor).copy_(from[i].tensor);
        }
        resumed->set_steps(interrupted->steps());
        resumed->set_learning_rates(interrupted->learning_rates());
        interrupted = std::move(resumed);
      }
      for (std::size_t i = 0; i < whole.size(); ++i) {
        const at::Tensor gradient = gradients_of(step)[i];
        whole[i].mutable_grad() = gradient;
        halved[i].mutable_grad() = gradient;
      }
      uninterrupted->set_learning_rates({0.01 / (1 + step)});
      interrupted->set_learning_rates({0.01 / (1 + step)});
      uninterrupted->step();
      interrupted->step();
    }
    check_equal(halved, whole);
  }
}

TEST_CASE("slots have PyTorch's names") {
  const auto names = [](const Optimizer& spec) {
    std::string out;
    for (const OptimizerSlot& slot : make_optimizer(spec, {{"0.weight", at::zeros({3})}})->slots())
      out += std::string(slot.name) + " ";
    return out;
  };
  CHECK(names(Sgd{}) == "");
  CHECK(names(Sgd{0.1, 0.9, 0, 0, false, true}) == "momentum_buffer ");
  CHECK(names(Adam{}) == "exp_avg exp_avg_sq ");
  CHECK(names(AdamW{1e-3, {}, 1e-8, 0.01, true, true}) == "exp_avg exp_avg_sq max_exp_avg_sq ");
  CHECK(names(RmsProp{1e-2, 0.99, 1e-8, 0, 0.5, true}) == "square_avg momentum_buffer grad_avg ");
  CHECK(names(Adagrad{}) == "sum ");
}

TEST_CASE("zero_grad drops gradients, and a parameter without one stays as it is") {
  const at::Tensor still = at::ones({5}), moved = at::ones({5});
  const auto optimizer =
      make_optimizer(Sgd{0.5, 0, 0, 0.1, false, true}, {{"0.weight", still}, {"0.bias", moved}});
  moved.mutable_grad() = at::ones({5});
  optimizer->step();
  CHECK(still.equal(at::ones({5})));
  CHECK(at::allclose(moved, at::full({5}, 1 - 0.5 * 1.1)));
  optimizer->zero_grad();
  CHECK_FALSE(moved.grad().defined());
}

TEST_CASE("a group's parameters are stepped as by an optimizer of their own") {
  Sgd sgd{0.1, 0.9, 0, 0.01};
  SgdGroup still, plain;
  still.lr = 0;
  plain.momentum = 0;
  plain.weight_decay = 0;
  sgd.groups = {{"0", still}, {"*.bias", plain}, {"1.bias", SgdGroup{0.5, {}, {}, {}}}};
  const std::vector<at::Tensor> start = first_parameters();
  const std::vector<at::Tensor> parameters = clones(start);
  const std::vector<NamedTensor> names{{"0.weight", parameters[0]},
                                       {"1.weight", parameters[1]},
                                       {"1.bias", parameters[2]},
                                       {"2.bias", parameters[3]}};
  const auto optimizer = make_optimizer(sgd, names);
  CHECK(optimizer->learning_rates() == std::vector<double>{0.1, 0, 0.5, 0.1});
  for (int step = 0; step < step_count; ++step) {
    for (std::size_t i = 0; i < names.size(); ++i) parameters[i].mutable_grad() = gradients_of(step)[i];
    optimizer->step();
  }
  const auto alone = [&](std::size_t i, const Sgd& spec) {
    const at::Tensor parameter = start[i].clone();
    const auto own = make_optimizer(spec, {{"9.weight", parameter}});
    for (int step = 0; step < step_count; ++step) {
      parameter.mutable_grad() = gradients_of(step)[i];
      own->step();
    }
    return parameter;
  };
  CHECK(parameters[0].equal(start[0]));
  CHECK(parameters[1].equal(alone(1, Sgd{0.1, 0.9, 0, 0.01})));
  CHECK(parameters[2].equal(alone(2, Sgd{0.5})));
  CHECK(parameters[3].equal(alone(3, Sgd{0.1})));
}
