#include "direct/direct_layer.h"

#include <torch/torch.h>

#include <array>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "nn/max_pool.h"

namespace bunsen {
namespace {

/// The parameter of that name; undefined if the layer has none, which the kernels take for none.
at::Tensor parameter_of(const ModelLayer& layer, std::string_view name) {
  for (const NamedTensor& parameter : layer.parameters()) {
    if (parameter.name == name) return parameter.tensor;
  }
  return {};
}

std::vector<std::int64_t> sizes_of(const Size2& size) { return {size.height, size.width}; }

class DirectLinear : public DirectLayer {
 public:
  explicit DirectLinear(const ModelLayer& layer)
      : weight_(parameter_of(layer, "weight")), bias_(parameter_of(layer, "bias")) {
    weight_.mutable_grad() = at::empty_like(weight_);
    if (bias_.defined()) bias_.mutable_grad() = at::empty_like(bias_);
  }

  // Not at::addmm, which rounds otherwise.
  at::Tensor forward(const at::Tensor& input) override {
    input_ = input;
    return at::linear(input, weight_, bias_);
  }

  at::Tensor backward(const at::Tensor& gradient, bool wants_input) override {
    at::mm_out(weight_.mutable_grad(), gradient.t(), std::exchange(input_, {}));
    if (bias_.defined()) at::sum_out(bias_.mutable_grad(), gradient, {0});
    return wants_input ? gradient.mm(weight_) : at::Tensor();
  }

 private:
  at::Tensor weight_, bias_, input_;
};

class DirectFlatten : public DirectLayer {
 public:
  at::Tensor forward(const at::Tensor& input) override {
    sizes_ = input.sizes().vec();
    return input.flatten(1);
  }
  at::Tensor backward(const at::Tensor& gradient, bool wants_input) override {
    return wants_input ? gradient.reshape(sizes_) : at::Tensor();
  }

 private:
  std::vector<std::int64_t> sizes_;
};

class DirectConv2d : public DirectLayer {
 public:
  DirectConv2d(const Conv2d& spec, const ModelLayer& layer)
      : weight_(parameter_of(layer, "weight")),
        bias_(parameter_of(layer, "bias")),
        stride_(sizes_of(spec.stride)),
        padding_(sizes_of(spec.padding)),
        dilation_(sizes_of(spec.dilation)),
        groups_(spec.groups) {}

  at::Tensor forward(const at::Tensor& input) override {
    input_ = input;
    return at::conv2d(input, weight_, bias_, stride_, padding_, dilation_, groups_);
  }

  at::Tensor backward(const at::Tensor& gradient, bool wants_input) override {
    at::OptionalIntArrayRef bias_sizes;
    if (bias_.defined()) bias_sizes = bias_.sizes();
    const std::array<std::int64_t, 2> no_output_padding{0, 0};
    auto [by_input, by_weight, by_bias] = at::convolution_backward(
        gradient, std::exchange(input_, {}), weight_, bias_sizes, stride_, padding_, dilation_, false,
        no_output_padding, groups_, {wants_input, true, bias_.defined()});
    weight_.mutable_grad() = by_weight;
    if (bias_.defined()) bias_.mutable_grad() = by_bias;
    return by_input;
  }

 private:
  at::Tensor weight_, bias_, input_;
  std::vector<std::int64_t> stride_, padding_, dilation_;
  std::int64_t groups_;
};

/// The sizes of a pooling window.
struct Window {
  template <class Pool>
  explicit Window(const Pool& pool)
      : size(sizes_of(pool.kernel_size)),
        stride(sizes_of(pool.stride.value_or(pool.kernel_size))),
        padding(sizes_of(pool.padding)) {}
  std::vector<std::int64_t> size, stride, padding;
};

class DirectMaxPool2d : public DirectLayer {
 public:
  explicit DirectMaxPool2d(const MaxPool2d& spec) : spec_(spec), window_(spec) {}

  at::Tensor forward(const at::Tensor& input) override {
    input_ = input;
    is_plain_ = is_for_max_pool(input);
    if (is_plain_) return max_pool(spec_, input, &chosen_);
    at::Tensor output;
    std::tie(output, chosen_) =
        at::max_pool2d_with_indices(input, window_.size, window_.stride, window_.padding);
    return output;
  }
  at::Tensor backward(const at::Tensor& gradient, bool wants_input) override {
    if (!wants_input) return {};
    const at::Tensor input = std::exchange(input_, {});
    const at::Tensor chosen = std::exchange(chosen_, {});
    if (is_plain_) return max_pool_backward(spec_, input.sizes(), gradient, chosen);
    return at::max_pool2d_with_indices_backward(gradient, input, window_.size, window_.stride,
                                                window_.padding, {1, 1}, false, chosen);
  }

 private:
  MaxPool2d spec_;
  Window window_;
  at::Tensor input_, chosen_;
  bool is_plain_ = false;
};

class DirectAvgPool2d : public DirectLayer {
 public:
  explicit DirectAvgPool2d(const AvgPool2d& spec) : window_(spec) {}

  at::Tensor forward(const at::Tensor& input) override {
    input_ = input;
    return at::avg_pool2d(input, window_.size, window_.stride, window_.padding);
  }
  at::Tensor backward(const at::Tensor& gradient, bool wants_input) override {
    if (!wants_input) return {};
    return at::avg_pool2d_backward(gradient, std::exchange(input_, {}), window_.size, window_.stride,
                                   window_.padding, false, true, {});
  }

 private:
  Window window_;
  at::Tensor input_;
};

/// Both batch norms: they differ in the shape of their input only.
template <class Module>
class DirectBatchNorm : public DirectLayer {
 public:
  explicit DirectBatchNorm(const ModelLayer& layer)
      : module_(std::dynamic_pointer_cast<Module>(layer.module)),
        momentum_(module_->options.momentum().value()),
        eps_(module_->options.eps()) {}

  at::Tensor forward(const at::Tensor& input) override {
    input_ = input;
    module_->num_batches_tracked.add_(1);
    at::Tensor output;
    std::tie(output, mean_, inverse_sd_) =
        at::native_batch_norm(input, module_->weight, module_->bias, module_->running_mean,
                              module_->running_var, true, momentum_, eps_);
    return output;
  }

  at::Tensor backward(const at::Tensor& gradient, bool wants_input) override {
    const bool learns = module_->weight.defined();
    auto [by_input, by_weight, by_bias] = at::native_batch_norm_backward(
        gradient, std::exchange(input_, {}), module_->weight, module_->running_mean, module_->running_var,
        mean_, inverse_sd_, true, eps_, {wants_input, learns, learns});
    if (learns) {
      module_->weight.mutable_grad() = by_weight;
      module_->bias.mutable_grad() = by_bias;
    }
    return by_input;
  }

 private:
  std::shared_ptr<Module> module_;
  double momentum_, eps_;
  at::Tensor input_, mean_, inverse_sd_;
};

class DirectDropout : public DirectLayer {
 public:
  explicit DirectDropout(double p) : p_(p) {}

  at::Tensor forward(const at::Tensor& input) override {
    if (p_ == 0) return input;
    mask_ = p_ == 1 ? at::zeros({}, input.options()) : at::empty_like(input).bernoulli_(1 - p_).div_(1 - p_);
    return input * mask_;
  }
  at::Tensor backward(const at::Tensor& gradient, bool wants_input) override {
    if (!wants_input) return {};
    return p_ == 0 ? gradient : gradient * std::exchange(mask_, {});
  }

 private:
  double p_;
  at::Tensor mask_;
};

/// A layer without parameters, as the two kernels that it consists of. `kept` is the input, or the output.
template <class Forward, class Backward>
class DirectFunction : public DirectLayer {
 public:
  DirectFunction(bool keeps_output, Forward forward, Backward backward)
      : keeps_output_(keeps_output), forward_(forward), backward_(backward) {}

  at::Tensor forward(const at::Tensor& input) override {
    at::Tensor output = forward_(input);
    kept_ = keeps_output_ ? output : input;
    return output;
  }
  at::Tensor backward(const at::Tensor& gradient, bool wants_input) override {
    return wants_input ? backward_(gradient, std::exchange(kept_, {})) : at::Tensor();
  }

 private:
  bool keeps_output_;
  Forward forward_;
  Backward backward_;
  at::Tensor kept_;
};

template <class Forward, class Backward>
std::unique_ptr<DirectLayer> of_output(Forward forward, Backward backward) {
  return std::make_unique<DirectFunction<Forward, Backward>>(true, forward, backward);
}
template <class Forward, class Backward>
std::unique_ptr<DirectLayer> of_input(Forward forward, Backward backward) {
  return std::make_unique<DirectFunction<Forward, Backward>>(false, forward, backward);
}

using T = at::Tensor;

struct DirectMaker {
  const ModelLayer& module;

  std::unique_ptr<DirectLayer> operator()(const Linear&) const {
    return std::make_unique<DirectLinear>(module);
  }
  std::unique_ptr<DirectLayer> operator()(const Flatten&) const { return std::make_unique<DirectFlatten>(); }
  std::unique_ptr<DirectLayer> operator()(const Conv2d& spec) const {
    return std::make_unique<DirectConv2d>(spec, module);
  }
  std::unique_ptr<DirectLayer> operator()(const MaxPool2d& spec) const {
    return std::make_unique<DirectMaxPool2d>(spec);
  }
  std::unique_ptr<DirectLayer> operator()(const AvgPool2d& spec) const {
    return std::make_unique<DirectAvgPool2d>(spec);
  }
  std::unique_ptr<DirectLayer> operator()(const BatchNorm1d&) const {
    return std::make_unique<DirectBatchNorm<torch::nn::BatchNorm1dImpl>>(module);
  }
  std::unique_ptr<DirectLayer> operator()(const BatchNorm2d&) const {
    return std::make_unique<DirectBatchNorm<torch::nn::BatchNorm2dImpl>>(module);
  }
  std::unique_ptr<DirectLayer> operator()(const Dropout& spec) const {
    return std::make_unique<DirectDropout>(spec.p);
  }
  std::unique_ptr<DirectLayer> operator()(const Relu&) const {
    return of_output([](const T& x) { return at::relu(x); },
                     [](const T& d, const T& y) { return at::threshold_backward(d, y, 0); });
  }
  std::unique_ptr<DirectLayer> operator()(const LeakyRelu& spec) const {
    const double slope = spec.negative_slope;
    return of_input([slope](const T& x) { return at::leaky_relu(x, slope); },
                    [slope](const T& d, const T& x) { return at::leaky_relu_backward(d, x, slope, false); });
  }
  std::unique_ptr<DirectLayer> operator()(const Sigmoid&) const {
    return of_output([](const T& x) { return at::sigmoid(x); },
                     [](const T& d, const T& y) { return at::sigmoid_backward(d, y); });
  }
  std::unique_ptr<DirectLayer> operator()(const Tanh&) const {
    return of_output([](const T& x) { return at::tanh(x); },
                     [](const T& d, const T& y) { return at::tanh_backward(d, y); });
  }
  std::unique_ptr<DirectLayer> operator()(const Gelu& spec) const {
    const char* form = spec.approximate == GeluApproximation::tanh ? "tanh" : "none";
    return of_input([form](const T& x) { return at::gelu(x, form); },
                    [form](const T& d, const T& x) { return at::gelu_backward(d, x, form); });
  }
  std::unique_ptr<DirectLayer> operator()(const Softmax&) const {
    return of_output([](const T& x) { return at::softmax(x, 1); },
                     [](const T& d, const T& y) { return at::_softmax_backward_data(d, y, 1, at::kFloat); });
  }
  std::unique_ptr<DirectLayer> operator()(const LogSoftmax&) const {
    return of_output(
        [](const T& x) { return at::log_softmax(x, 1); },
        [](const T& d, const T& y) { return at::_log_softmax_backward_data(d, y, 1, at::kFloat); });
  }
  /// Written out before there is a model.
  std::unique_ptr<DirectLayer> operator()(const Repeat&) const { return nullptr; }
};

}  // namespace

std::unique_ptr<DirectLayer> direct_layer(const Layer& layer, const ModelLayer& module) {
  return std::visit(DirectMaker{module}, static_cast<const Layer::variant&>(layer));
}

}  // namespace bunsen
