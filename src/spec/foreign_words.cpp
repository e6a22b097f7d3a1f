#include "spec/foreign_words.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace bunsen {
namespace {

struct Pair {
  std::string_view foreign, own;
};

// Keras, scikit-learn, Caffe, Ludwig, JAX; folded to lower case without `_` and `-`.
constexpr std::array<Pair, 56> words{{
    {"learningrate", "lr"},
    {"stepsize", "lr"},
    {"alpha", "lr"},
    {"baselr", "lr"},
    {"eta", "lr"},
    {"dense", "linear"},
    {"fullyconnected", "linear"},
    {"fc", "linear"},
    {"innerproduct", "linear"},
    {"affine", "linear"},
    {"units", "out_features"},
    {"outputdim", "out_features"},
    {"numoutput", "out_features"},
    {"outputsize", "out_features"},
    {"hiddensize", "out_features"},
    {"filters", "out_channels"},
    {"channels", "out_channels"},
    {"kernel", "kernel_size"},
    {"ksize", "kernel_size"},
    {"poolsize", "kernel_size"},
    {"strides", "stride"},
    {"pad", "padding"},
    {"conv", "conv2d"},
    {"convolution", "conv2d"},
    {"convolution2d", "conv2d"},
    {"maxpool", "max_pool2d"},
    {"maxpooling2d", "max_pool2d"},
    {"avgpool", "avg_pool2d"},
    {"averagepooling2d", "avg_pool2d"},
    {"batchnormalization", "batch_norm1d"},
    {"batchnorm", "batch_norm1d"},
    {"bn", "batch_norm1d"},
    {"lrelu", "leaky_relu"},
    {"logistic", "sigmoid"},
    {"rate", "p"},
    {"dropoutrate", "p"},
    {"prob", "p"},
    {"decay", "weight_decay"},
    {"wd", "weight_decay"},
    {"l2", "weight_decay"},
    {"weightsdecay", "weight_decay"},
    {"gpu", "device"},
    {"accelerator", "device"},
    {"batchsize", "batch"},
    {"numepochs", "epochs"},
    {"nepochs", "epochs"},
    {"maxepochs", "epochs"},
    {"epoch", "epochs"},
    {"randomstate", "seed"},
    {"randomseed", "seed"},
    {"glorotuniform", "xavier_uniform"},
    {"glorotnormal", "xavier_normal"},
    {"heuniform", "kaiming_uniform"},
    {"henormal", "kaiming_normal"},
    {"sparsecategoricalcrossentropy", "cross_entropy"},
    {"crossentropyloss", "cross_entropy"},
}};

}  // namespace

std::optional<std::string> own_word(std::string_view foreign) {
  std::string folded;
  for (const char c : foreign) {
    if (c != '_' && c != '-') folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const Pair& pair) { return pair.foreign == folded; });
  return found == words.end() ? std::nullopt : std::optional<std::string>(found->own);
}

}  // namespace bunsen
