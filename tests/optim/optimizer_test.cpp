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

std::vector<at::Tensor> trained(const Optimizer& spec, const std::vector<at::Tensor>& start) {
  const std::vector<at::Tensor> parameters = clones(start);
  const std::unique_ptr<Stepper> optimizer = make_optimizer(spec, parameters);
  for (int step = 0; step < step_count; ++step) {
    const std::vector<at::Tensor> gradients = gradients_of(step);
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].mutable_grad() = gradients[i];
    optimizer->step();
    optimizer->zero_grad();
  }
  return parameters;
}

/// The settings of any of the three optimizers.
struct Setting {
  enum class Kind { sgd, adam, adamw } kind = Kind::sgd;
  Sgd sgd;
  Adam adam;

  Optimizer spec(bool is_fused) const {
    Sgd a = sgd;
    Adam b = adam;
    a.fused = b.fused = is_fused;
    if (kind == Kind::sgd) return a;
    if (kind == Kind::adam) return b;
    return AdamW{b.lr, b.betas, b.eps, b.weight_decay, b.amsgrad, b.fused};
  }
};

std::vector<Setting> settings() {
  std::vector<Setting> out;
  out.push_back({Setting::Kind::sgd, Sgd{0.1, 0, 0, 0, false, true}, {}});
  out.push_back({Setting::Kind::sgd, Sgd{0.05, 0, 0, 0.01, false, true}, {}});
  out.push_back({Setting::Kind::sgd, Sgd{0.05, 0.9, 0, 0, false, true}, {}});
  out.push_back({Setting::Kind::sgd, Sgd{0.05, 0.9, 0.3, 0.001, false, true}, {}});
  out.push_back({Setting::Kind::sgd, Sgd{0.05, 0.87, 0, 0.0005, true, true}, {}});
  for (const auto kind : {Setting::Kind::adam, Setting::Kind::adamw}) {
    out.push_back({kind, {}, Adam{1e-3, {}, 1e-8, 0, false, true}});
    out.push_back({kind, {}, Adam{3e-3, {0.8, 0.95}, 1e-6, 0.05, false, true}});
    out.push_back({kind, {}, Adam{1e-3, {}, 1e-8, 0, true, true}});
    out.push_back({kind, {}, Adam{2e-3, {0.3, 0.9}, 1e-8, 0.1, true, true}});
  }
  return out;
}

/// Python's _single_tensor_sgd and _single_tensor_adam, with the operations that they call, in any precision.
std::vector<at::Tensor> trained_by_operations(const Setting& setting, const std::vector<at::Tensor>& start) {
  std::vector<at::Tensor> parameters = clones(start), first = zeros(start), second = zeros(start),
                          largest = zeros(start);
  for (int step = 0; step < step_count; ++step) {
    const std::vector<at::Tensor> gradients = gradients_of(step);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      at::Tensor gradient = gradients[i].to(start[i].scalar_type());
      if (setting.kind == Setting::Kind::sgd) {
        const Sgd& k = setting.sgd;
        if (k.weight_decay != 0) gradient = gradient.add(parameters[i], k.weight_decay);
        if (k.momentum != 0) {
          step == 0 ? first[i].copy_(gradient) : first[i].mul_(k.momentum).add_(gradient, 1 - k.dampening);
          gradient = k.nesterov ? gradient.add(first[i], k.momentum) : first[i];
        }
        parameters[i].add_(gradient, -k.lr);
        continue;
      }
      const Adam& k = setting.adam;
      if (setting.kind == Setting::Kind::adamw) {
        parameters[i].mul_(1 - k.lr * k.weight_decay);
      } else if (k.weight_decay != 0) {
        gradient = gradient.add(parameters[i], k.weight_decay);
      }
      first[i].lerp_(gradient, 1 - k.betas.first);
      second[i].mul_(k.betas.second).addcmul_(gradient, gradient, 1 - k.betas.second);
      largest[i] = at::maximum(largest[i], second[i]);
      const double correction1 = 1 - std::pow(k.betas.first, step + 1),
                   correction2 = 1 - std::pow(k.betas.second, step + 1);
      const at::Tensor& squares = k.amsgrad ? largest[i] : second[i];
      parameters[i].addcdiv_(first[i], (squares.sqrt() / std::pow(correction2, 0.5)).add_(k.eps),
                             -k.lr / correction1);
    }
  }
  return parameters;
}

/// LibTorch's own fused kernel, called by its name since not every version has it.
std::vector<at::Tensor> trained_by_fused_kernel(const Setting& setting, const std::vector<at::Tensor>& start,
                                                const c10::OperatorHandle& kernel) {
  std::vector<at::Tensor> parameters = clones(start), first = zeros(start), second = zeros(start), largest,
                          counts;
  if (setting.adam.amsgrad) largest = zeros(start);
  for (std::size_t i = 0; i < start.size(); ++i) counts.push_back(at::zeros({}));
  for (int step = 0; step < step_count; ++step) {
    const std::vector<at::Tensor> gradients = gradients_of(step);
    torch::jit::Stack stack;
    const auto push = [&stack](auto... values) { (stack.emplace_back(values), ...); };
    if (setting.kind == Setting::Kind::sgd) {
      const Sgd& k = setting.sgd;
      push(parameters, gradients, k.momentum == 0 ? std::vector<at::Tensor>() : first, k.weight_decay,
           k.momentum, k.lr, k.dampening, k.nesterov, false, step == 0, c10::IValue(), c10::IValue());
    } else {
      const Adam& k = setting.adam;
      for (at::Tensor& count : counts) count += 1;
      push(parameters, gradients, first, second, largest, counts, k.lr, k.betas.first, k.betas.second,
           k.weight_decay, k.eps, k.amsgrad, false, c10::IValue(), c10::IValue());
    }
    kernel.callBoxed(&stack);
  }
  return parameters;
}

std::optional<c10::OperatorHandle> fused_kernel(Setting::Kind kind) {
  const char* name = kind == Setting::Kind::sgd    ? "aten::_fused_sgd_"
                     : kind == Setting::Kind::adam ? "aten::_fused_adam_"
                                                   : "aten::_fused_adamw_";
  const auto found = c10::Dispatcher::singleton().findSchema({name, ""});
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
  for (const Setting& setting : settings()) {
    CAPTURE(index++);
    const std::vector<at::Tensor> want = trained_by_operations(setting, exact);
    CHECK_FALSE(at::allclose(want[0], exact[0], 1e-3, 1e-3));
    check_near(trained(setting.spec(true), start), want);
    check_near(trained(setting.spec(false), start), want);
  }
}

TEST_CASE("`fused: false` has the bits of the operations that Python's loop calls") {
  if (!is_torch_2 || !has_fused_multiply_add()) return;
  const std::vector<at::Tensor> start = first_parameters();
  int index = 0;
  for (const Setting& setting : settings()) {
    CAPTURE(index++);
    check_equal(trained(setting.spec(false), start), trained_by_operations(setting, start));
  }
}

TEST_CASE("`fused: true` has the bits of LibTorch's fused kernels") {
  if (!has_fused_multiply_add()) return;
  const std::vector<at::Tensor> start = first_parameters();
  int index = 0;
  for (const Setting& setting : settings()) {
    CAPTURE(index++);
    const std::optional<c10::OperatorHandle> kernel = fused_kernel(setting.kind);
    CHECK(kernel.has_value() == is_torch_2);
    if (kernel)
      check_equal(trained(setting.spec(true), start), trained_by_fused_kernel(setting, start, *kernel));
  }
}

TEST_CASE("parameters that are no plain arrays are stepped by tensor operations") {
  int index = 0;
  for (const Setting& setting : settings()) {
    CAPTURE(index++);
    std::vector<at::Tensor> plain, turned;
    for (const at::Tensor& tensor : first_parameters()) {
      if (tensor.dim() == 2) plain.push_back(tensor.clone());
    }
    for (const at::Tensor& tensor : plain) turned.push_back(tensor.clone().t());
    const auto a = make_optimizer(setting.spec(true), plain), b = make_optimizer(setting.spec(true), turned);
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
  for (const Setting& setting : settings()) {
    CAPTURE(index++);
    const std::vector<at::Tensor> whole = first_parameters(), halved = first_parameters();
    const auto uninterrupted = make_optimizer(setting.spec(true), whole);
    auto interrupted = make_optimizer(setting.spec(true), halved);
    for (int step = 0; step < step_count; ++step) {
      if (step == 7) {
        auto resumed = make_optimizer(setting.spec(true), halved);
        const std::vector<OptimizerSlot> from = interrupted->slots(), to = resumed->slots();
        REQUIRE(from.size() == to.size());
        for (std::size_t i = 0; i < from.size(); ++i) {
          CHECK(from[i].name == to[i].name);
          CHECK(from[i].parameter == to[i].parameter);
          at::Tensor(to[i].tensor).copy_(from[i].tensor);
        }
        resumed->set_steps(interrupted->steps());
        resumed->set_learning_rate(interrupted->learning_rate());
        interrupted = std::move(resumed);
      }
      for (std::size_t i = 0; i < whole.size(); ++i) {
        const at::Tensor gradient = gradients_of(step)[i];
        whole[i].mutable_grad() = gradient;
        halved[i].mutable_grad() = gradient;
      }
      uninterrupted->set_learning_rate(0.01 / (1 + step));
      interrupted->set_learning_rate(0.01 / (1 + step));
      uninterrupted->step();
      interrupted->step();
    }
    check_equal(halved, whole);
  }
}

TEST_CASE("slots have PyTorch's names") {
  const auto names = [](const Optimizer& spec) {
    std::string out;
    for (const OptimizerSlot& slot : make_optimizer(spec, {at::zeros({3})})->slots())
      out += std::string(slot.name) + " ";
    return out;
  };
  CHECK(names(Sgd{}) == "");
  CHECK(names(Sgd{0.1, 0.9, 0, 0, false, true}) == "momentum_buffer ");
  CHECK(names(Adam{}) == "exp_avg exp_avg_sq ");
  CHECK(names(AdamW{1e-3, {}, 1e-8, 0.01, true, true}) == "exp_avg exp_avg_sq max_exp_avg_sq ");
}

TEST_CASE("zero_grad drops gradients, and a parameter without one stays as it is") {
  const at::Tensor still = at::ones({5}), moved = at::ones({5});
  const auto optimizer = make_optimizer(Sgd{0.5, 0, 0, 0.1, false, true}, {still, moved});
  moved.mutable_grad() = at::ones({5});
  optimizer->step();
  CHECK(still.equal(at::ones({5})));
  CHECK(at::allclose(moved, at::full({5}, 1 - 0.5 * 1.1)));
  optimizer->zero_grad();
  CHECK_FALSE(moved.grad().defined());
}
