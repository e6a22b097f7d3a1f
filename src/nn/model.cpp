#include "nn/model.h"

#include <torch/torch.h>

#include <stdexcept>

#include "nn/layers/build.h"

namespace bunsen {
namespace {

template <class Items>
void append(std::vector<NamedTensor>& to, const std::string& prefix, const Items& items) {
  for (const auto& item : items) to.push_back({prefix + item.key(), item.value()});
}

/// Builds one layer; expanded lists have no `repeat`.
struct Builder {
  const Shape& in;
  ModuleSink& out;

  void operator()(const Repeat&) const {
    throw std::logic_error("repeat was not expanded before the model is built");
  }
  template <class Type>
  void operator()(const Type& layer) const {
    build(layer, in, out);
  }
};

}  // namespace

std::vector<NamedTensor> ModelLayer::parameters() const {
  std::vector<NamedTensor> out;
  append(out, "", module->named_parameters());
  return out;
}

std::vector<NamedTensor> ModelLayer::buffers() const {
  std::vector<NamedTensor> out;
  append(out, "", module->named_buffers());
  return out;
}

at::Tensor Model::forward(const at::Tensor& batch) const {
  at::Tensor value = batch;
  for (const ModelLayer& layer : layers_) value = layer.forward(value);
  return value;
}

at::Tensor Model::forward(const at::Tensor& batch, const Probe& probe) const {
  at::Tensor value = batch;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    value = layers_[i].forward(value);
    probe(i, value);
  }
  return value;
}

std::vector<NamedTensor> Model::parameters() const {
  std::vector<NamedTensor> out;
  for (const ModelLayer& layer : layers_) append(out, layer.name + ".", layer.module->named_parameters());
  return out;
}

std::vector<NamedTensor> Model::buffers() const {
  std::vector<NamedTensor> out;
  for (const ModelLayer& layer : layers_) append(out, layer.name + ".", layer.module->named_buffers());
  return out;
}

std::vector<NamedTensor> Model::state() const {
  std::vector<NamedTensor> out;
  for (const ModelLayer& layer : layers_) {
    append(out, layer.name + ".", layer.module->named_parameters());
    append(out, layer.name + ".", layer.module->named_buffers());
  }
  return out;
}

void Model::train(bool is_training) {
  for (const ModelLayer& layer : layers_) layer.module->train(is_training);
}

void Model::to(at::Device device) {
  for (const ModelLayer& layer : layers_) layer.module->to(device);
}

Model build_model(const std::vector<Layer>& layers, const Plan& plan) {
  if (layers.size() != plan.layers.size()) throw std::logic_error("the plan is of another list of layers");
  std::vector<ModelLayer> built;
  built.reserve(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerPlan& planned = plan.layers[i];
    ModuleSink sink;
    std::visit(Builder{planned.in, sink}, static_cast<const Layer::variant&>(layers[i]));
    built.push_back({planned.name, planned.type, std::move(sink.module), std::move(sink.forward)});
  }
  return Model(std::move(built));
}

}  // namespace bunsen
