#include "export/weights_file.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <string>

#include "base/errors.h"
#include "export/safetensors.h"

namespace bunsen {
namespace {

constexpr std::string_view training_prefix = "transform.";
constexpr std::string_view test_prefix = "test_transform.";

at::Tensor as_tensor(const std::vector<double>& numbers) {
  at::Tensor tensor =
      at::empty({static_cast<std::int64_t>(numbers.size())}, at::TensorOptions().dtype(at::kDouble));
  std::copy(numbers.begin(), numbers.end(), tensor.data_ptr<double>());
  return tensor;
}

std::vector<double> as_numbers(const at::Tensor& tensor) {
  const at::Tensor numbers = tensor.to(at::kDouble).contiguous();
  const double* first = numbers.data_ptr<double>();
  return {first, first + numbers.numel()};
}

void add_numbers(TensorFile& file, std::string_view prefix, const FittedTransform& transform) {
  if (transform.mean.empty()) return;
  file.tensors.push_back({std::string(prefix) + "mean", as_tensor(transform.mean)});
  file.tensors.push_back({std::string(prefix) + "sd", as_tensor(transform.sd)});
}

std::string sizes_text(const at::Tensor& tensor) {
  Shape shape;
  shape.sizes = tensor.sizes().vec();
  return to_text(shape);
}

}  // namespace

void write_weights(const std::filesystem::path& path, const Trained& trained) {
  TensorFile file;
  file.tensors = trained.state;
  add_numbers(file, training_prefix, trained.transform);
  // One for both parts: what is missing is filled from the training part.
  if (!trained.transform.fill.empty())
    file.tensors.push_back({std::string(training_prefix) + "fill", as_tensor(trained.transform.fill)});
  const FittedTransform& test = trained.test_transform;
  if (test.mean != trained.transform.mean || test.sd != trained.transform.sd)
    add_numbers(file, test_prefix, test);
  file.metadata = {{"format", "pt"}, {"run", trained.record.id}, {"name", trained.record.name}};
  write_safetensors(path, file);
}

FittedTransform load_weights(const std::filesystem::path& path, const Transform& transform, bool is_image,
                             Model& model) {
  const at::NoGradGuard no_gradients;
  const TensorFile file = read_safetensors(path);
  for (const NamedTensor& wanted : model.state()) {
    const at::Tensor found = file.find(wanted.name);
    if (!found.defined()) throw UserError(path.string() + ": has no tensor '" + wanted.name + "'");
    if (found.sizes() != wanted.tensor.sizes()) {
      throw UserError(path.string() + ": '" + wanted.name + "' has the sizes " + sizes_text(found) +
                      ", the config's model needs " + sizes_text(wanted.tensor));
    }
    at::Tensor(wanted.tensor).copy_(found);
  }

  FittedTransform fitted;
  const bool is_fitted =
      std::holds_alternative<Standardize>(transform) || std::holds_alternative<Normalize>(transform);
  fitted.scales_pixels = is_image && !std::holds_alternative<NoTransform>(transform);
  const at::Tensor fill = file.find(std::string(training_prefix) + "fill");
  if (fill.defined()) fitted.fill = as_numbers(fill);
  if (!is_fitted) return fitted;
  const std::string prefix(file.find(std::string(test_prefix) + "mean").defined() ? test_prefix
                                                                                  : training_prefix);
  const at::Tensor mean = file.find(prefix + "mean");
  const at::Tensor sd = file.find(prefix + "sd");
  if (!mean.defined() || !sd.defined())
    throw UserError(path.string() + ": has no mean and sd of the transform");
  fitted.mean = as_numbers(mean);
  fitted.sd = as_numbers(sd);
  return fitted;
}

}  // namespace bunsen
