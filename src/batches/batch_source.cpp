#include "batches/batch_source.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bunsen {
namespace {

/// One number for all, or one for each of `count`.
std::vector<float> spread(const std::vector<double>& numbers, std::size_t count) {
  std::vector<float> spread_out;
  if (numbers.empty()) return spread_out;
  for (std::size_t i = 0; i < count; ++i) {
    spread_out.push_back(static_cast<float>(numbers[numbers.size() == 1 ? 0 : i]));
  }
  return spread_out;
}

std::vector<kernels::PixelTransform> pixel_transforms(const FittedTransform& transform,
                                                      std::size_t channels) {
  const std::vector<float> mean = spread(transform.mean, channels);
  const std::vector<float> sd = spread(transform.sd, channels);
  std::vector<kernels::PixelTransform> out(channels, {.scales = transform.scales_pixels});
  for (std::size_t channel = 0; channel < channels && !mean.empty(); ++channel) {
    out[channel].normalizes = true;
    out[channel].mean = mean[channel];
    out[channel].sd = sd[channel];
  }
  return out;
}

/// Images stand in an order that no processor foresees; the rest of a large one it does.
void fetch_ahead(const std::uint8_t* pixels, std::size_t size) {
  constexpr std::size_t line = 64, most = 4096;
  for (std::size_t at = 0; at < std::min(size, most); at += line) __builtin_prefetch(pixels + at);
}

}  // namespace

BatchSource::BatchSource(const LoadedData& data, const DataPart& part, const FittedTransform& transform,
                         TargetForm form, std::int64_t most_samples, at::Device device)
    : part_(part),
      form_(form),
      device_(device),
      sample_size_(static_cast<std::size_t>(data.sample.elements())) {
  if (data.is_image) {
    const std::int64_t channels = data.sample.is_image() ? data.sample.sizes[0] : 1;
    channels_ = pixel_transforms(transform, static_cast<std::size_t>(channels));
  } else {
    mean_ = spread(transform.mean, sample_size_);
    sd_ = spread(transform.sd, sample_size_);
    fill_ = spread(transform.fill, sample_size_);
  }
  most_samples = std::min(most_samples, part.samples);
  std::vector<std::int64_t> sizes{most_samples};
  sizes.insert(sizes.end(), data.sample.sizes.begin(), data.sample.sizes.end());
  const at::TensorOptions on_cpu = at::TensorOptions().device(at::kCPU);
  input_ = at::empty(sizes, on_cpu.dtype(at::kFloat));
  target_ = form == TargetForm::classes ? at::empty({most_samples}, on_cpu.dtype(at::kLong))
                                        : at::empty({most_samples, 1}, on_cpu.dtype(at::kFloat));
}

TensorBatch BatchSource::gather(std::span<const std::int64_t> samples) {
  if (channels_.empty()) {
    gather_values(samples);
  } else {
    gather_pixels(samples);
  }
  gather_targets(samples);
  const auto count = static_cast<std::int64_t>(samples.size());
  TensorBatch batch{input_, target_};
  if (count != input_.size(0)) batch = {input_.narrow(0, 0, count), target_.narrow(0, 0, count)};
  if (device_.is_cpu()) return batch;
  return {batch.input.to(device_), batch.target.to(device_)};
}

void BatchSource::gather_pixels(std::span<const std::int64_t> samples) {
  float* out = input_.data_ptr<float>();
  const std::size_t channel_size = sample_size_ / channels_.size();
  const auto image = [&](std::size_t i) {
    return part_.pixels.data() + static_cast<std::size_t>(samples[i]) * sample_size_;
  };
  constexpr std::size_t images_ahead = 2;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i + images_ahead < samples.size()) fetch_ahead(image(i + images_ahead), sample_size_);
    const std::uint8_t* pixels = image(i);
    for (const kernels::PixelTransform& channel : channels_) {
      kernels::transform_pixels(channel, pixels, channel_size, out);
      out += channel_size;
      pixels += channel_size;
    }
  }
}

void BatchSource::gather_values(std::span<const std::int64_t> samples) {
  float* out = input_.data_ptr<float>();
  for (const std::int64_t sample : samples) {
    const float* value = part_.values.data() + static_cast<std::size_t>(sample) * sample_size_;
    if (!fill_.empty()) {
      for (std::size_t i = 0; i < sample_size_; ++i) out[i] = std::isnan(value[i]) ? fill_[i] : value[i];
      value = out;
    }
    if (mean_.empty()) {
      if (value != out) std::memcpy(out, value, sample_size_ * sizeof(float));
    } else {
      for (std::size_t i = 0; i < sample_size_; ++i) out[i] = (value[i] - mean_[i]) / sd_[i];
    }
    out += sample_size_;
  }
}

void BatchSource::gather_targets(std::span<const std::int64_t> samples) {
  if (form_ == TargetForm::classes) {
    std::int64_t* out = target_.data_ptr<std::int64_t>();
    for (const std::int64_t sample : samples) *out++ = part_.classes[static_cast<std::size_t>(sample)];
    return;
  }
  float* out = target_.data_ptr<float>();
  for (const std::int64_t sample : samples) {
    const auto at = static_cast<std::size_t>(sample);
    *out++ = part_.classes.empty() ? part_.targets[at] : static_cast<float>(part_.classes[at]);
  }
}

}  // namespace bunsen
