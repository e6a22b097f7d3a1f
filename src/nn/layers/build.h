// build.h - one overload a layer: from its description and its input's shape to its module.
#pragma once

#include "nn/module_sink.h"
#include "spec/layers/all.h"
#include "spec/shape.h"

namespace bunsen {

void build(const Linear& layer, const Shape& in, ModuleSink& out);
void build(const Flatten& layer, const Shape& in, ModuleSink& out);

void build(const Conv2d& layer, const Shape& in, ModuleSink& out);
void build(const MaxPool2d& layer, const Shape& in, ModuleSink& out);
void build(const AvgPool2d& layer, const Shape& in, ModuleSink& out);

void build(const BatchNorm1d& layer, const Shape& in, ModuleSink& out);
void build(const BatchNorm2d& layer, const Shape& in, ModuleSink& out);
void build(const Dropout& layer, const Shape& in, ModuleSink& out);

void build(const Relu& layer, const Shape& in, ModuleSink& out);
void build(const LeakyRelu& layer, const Shape& in, ModuleSink& out);
void build(const Sigmoid& layer, const Shape& in, ModuleSink& out);
void build(const Tanh& layer, const Shape& in, ModuleSink& out);
void build(const Gelu& layer, const Shape& in, ModuleSink& out);
void build(const Softmax& layer, const Shape& in, ModuleSink& out);
void build(const LogSoftmax& layer, const Shape& in, ModuleSink& out);

}  // namespace bunsen
