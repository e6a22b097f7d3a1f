// profile.h - where an epoch's time goes.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "direct/layer_watch.h"
#include "spec/plan.h"

namespace bunsen {

/// What an epoch consists of, in the order of a step and of an epoch.
enum class Phase : std::uint8_t {
  data,        ///< the order is drawn, batches are gathered and scaled
  forward,     ///< the layers
  loss,        ///< the loss and its gradient by the output
  backward,    ///< the layers
  optimizer,   ///< gradients zeroed and clipped, the step
  metrics,     ///< the loss is read, right answers are counted
  probes,      ///< gradient norms, activations
  evaluation,  ///< of the validation and the test part, without probes
  writing,     ///< the epoch is written down and told
  rest,        ///< stop asked for, progress told
};
inline constexpr std::array<std::string_view, 10> phase_names{
    "data", "forward", "loss", "backward", "optimizer", "metrics", "probes", "evaluation", "writing", "rest"};

struct LayerSeconds {
  double forward = 0;
  double backward = 0;
  /// Of this layer's matrix products alone; only linear layers have it.
  std::optional<double> products;
};

/// Seconds of an epoch: the mean of those that count. The first one, in which memory is touched for the first
/// time, counts if there is no other.
struct Profile {
  std::int64_t first_epoch = 1, last_epoch = 0;  ///< those that count; nothing was measured if last is less
  std::int64_t steps_per_epoch = 0;
  bool is_direct = false;  ///< else autograd did it
  std::array<double, phase_names.size()> seconds{};
  std::vector<LayerSeconds> layers;

  bool has_epochs() const { return last_epoch >= first_epoch; }
};

/// Divides a training's time. Each lap reaches from the one before, so that nothing is left out or counted
/// twice. A layer's laps count for `forward` or `backward` too.
class Profiler : public LayerWatch {
 public:
  explicit Profiler(std::size_t layers);

  void epoch_begins();
  void epoch_ended();
  void lap(Phase phase) { seconds_of(phase) += since_last(); }

  void forward_ended(std::size_t layer) override;
  void loss_backward_ended() override;
  void backward_ended(std::size_t layer) override;
  /// For autograd, which tells when a gradient is there and not when a layer is done: the gradient by
  /// `layer`'s output was found, so that its own backward begins now.
  void gradient_reached(std::size_t layer);
  /// The whole backward pass is over; the layer that was reached last gets what is left.
  void backward_pass_ended();

  /// The means of the epochs that count.
  Profile mean() const;

 private:
  double& seconds_of(Phase phase) { return present_.seconds[static_cast<std::size_t>(phase)]; }
  double since_last();

  Profile present_;  ///< of the epoch on its way, which may not come to its end
  Profile sum_;
  std::int64_t epoch_ = 0;
  std::optional<std::size_t> running_backward_;  ///< nothing: the loss's
  std::chrono::steady_clock::time_point last_;
};

/// What the worker's `profile` event says, put behind what `node` says already.
Node to_node(const Profile& profile, const Plan& plan, Node node);

}  // namespace bunsen
