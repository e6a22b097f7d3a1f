#include "train/profile.h"

#include <algorithm>
#include <string>

namespace bunsen {
namespace {

void add(const Profile& epoch, Profile& sum) {
  for (std::size_t i = 0; i < sum.seconds.size(); ++i) sum.seconds[i] += epoch.seconds[i];
  for (std::size_t i = 0; i < sum.layers.size(); ++i) {
    sum.layers[i].forward += epoch.layers[i].forward;
    sum.layers[i].backward += epoch.layers[i].backward;
  }
}

}  // namespace

Profiler::Profiler(std::size_t layers) {
  sum_.layers.resize(layers);
  present_.layers.resize(layers);
}

double Profiler::since_last() {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - last_).count();
  last_ = now;
  return seconds;
}

void Profiler::epoch_begins() {
  ++epoch_;
  present_.seconds = {};
  present_.layers.assign(present_.layers.size(), LayerSeconds());
  running_backward_.reset();
  last_ = std::chrono::steady_clock::now();
}

void Profiler::epoch_ended() {
  lap(Phase::rest);
  if (epoch_ == 2) {
    sum_ = present_;
    sum_.first_epoch = 2;
  } else {
    add(present_, sum_);
  }
  sum_.last_epoch = epoch_;
}

void Profiler::forward_ended(std::size_t layer) {
  const double seconds = since_last();
  present_.layers[layer].forward += seconds;
  seconds_of(Phase::forward) += seconds;
}

void Profiler::loss_backward_ended() { lap(Phase::loss); }

void Profiler::backward_ended(std::size_t layer) {
  const double seconds = since_last();
  present_.layers[layer].backward += seconds;
  seconds_of(Phase::backward) += seconds;
}

void Profiler::gradient_reached(std::size_t layer) {
  if (running_backward_)
    backward_ended(*running_backward_);
  else
    loss_backward_ended();
  // Two layers may share an output (a dropout of probability 0), and with it the moment and any order of it.
  running_backward_ = running_backward_ ? std::min(*running_backward_, layer) : layer;
}

void Profiler::backward_pass_ended() {
  if (running_backward_) backward_ended(*running_backward_);
  running_backward_.reset();
}

Profile Profiler::mean() const {
  Profile mean = sum_;
  if (!mean.has_epochs()) return mean;
  const auto epochs = static_cast<double>(mean.last_epoch - mean.first_epoch + 1);
  for (double& seconds : mean.seconds) seconds /= epochs;
  for (LayerSeconds& layer : mean.layers) {
    layer.forward /= epochs;
    layer.backward /= epochs;
  }
  return mean;
}

Node to_node(const Profile& profile, const Plan& plan, Node node) {
  node.set("first_epoch", Node::number(profile.first_epoch));
  node.set("last_epoch", Node::number(profile.last_epoch));
  node.set("steps_per_epoch", Node::number(profile.steps_per_epoch));
  node.set("autograd", Node::boolean(!profile.is_direct));
  Node seconds = Node::map();
  for (std::size_t i = 0; i < phase_names.size(); ++i)
    seconds.set(std::string(phase_names[i]), Node::number(profile.seconds[i]));
  node.set("seconds", std::move(seconds));
  Node layers = Node::list();
  for (std::size_t i = 0; i < profile.layers.size(); ++i) {
    Node layer = Node::map();
    layer.set("name", Node::string(plan.layers[i].name));
    layer.set("type", Node::string(std::string(plan.layers[i].type)));
    layer.set("forward", Node::number(profile.layers[i].forward));
    layer.set("backward", Node::number(profile.layers[i].backward));
    if (profile.layers[i].products) layer.set("products", Node::number(*profile.layers[i].products));
    layers.push(std::move(layer));
  }
  node.set("layers", std::move(layers));
  return node;
}

}  // namespace bunsen
