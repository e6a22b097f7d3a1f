// optimizer.h - changes parameters by their gradients, a step at a time, with PyTorch 2's arithmetic.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "nn/model.h"
#include "spec/optimizers/all.h"

namespace bunsen {

/// A tensor that an optimizer keeps for one parameter, by PyTorch's name.
struct OptimizerSlot {
  std::string_view name;  ///< `momentum_buffer`, `exp_avg`, `exp_avg_sq`, `max_exp_avg_sq`, `square_avg`, ...
  std::size_t parameter = 0;  ///< index into the parameters that the optimizer was made with
  at::Tensor tensor;
};

/// An optimizer at work. On a CPU its results are bit for bit those of Python's torch.optim 2.x: of
/// fused=True where the spec says `fused: true`, of the default loop where it says `fused: false` or has no
/// such choice.
class Stepper {
 public:
  virtual ~Stepper() = default;

  /// One step with the parameters' present gradients. A parameter without a gradient stays as it is.
  virtual void step() = 0;
  /// Drops the gradients, as zero_grad(set_to_none=True).
  void zero_grad();

  /// One a group of parameters that have all options in common. The first is the optimizer's own, whether or
  /// not it has parameters left.
  const std::vector<double>& learning_rates() const { return learning_rates_; }
  void set_learning_rates(const std::vector<double>& rates);

  /// What must be kept to go on later, beside the learning rates: the count of steps and these tensors (live:
  /// copy into them to restore).
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  virtual std::vector<OptimizerSlot> slots() const = 0;

 protected:
  explicit Stepper(const std::vector<NamedTensor>& parameters);

  std::vector<at::Tensor> parameters_;
  std::vector<double> learning_rates_;
  std::int64_t steps_ = 0;
};

/// `parameters` by their names in the model (`head.weight`), float32, sharing memory with it; all on the same
/// device.
std::unique_ptr<Stepper> make_optimizer(const Optimizer& spec, const std::vector<NamedTensor>& parameters);

}  // namespace bunsen
