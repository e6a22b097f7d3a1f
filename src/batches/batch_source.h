// batch_source.h - samples of a decoded part -> the tensors of one batch.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "batches/kernels.h"
#include "batches/transform.h"
#include "data/dataset.h"

namespace bunsen {

/// What a loss compares outputs with: class indices (int64, [N]), or numbers (float32, [N, 1]): a
/// regression's targets, or classes 0 and 1 as numbers.
enum class TargetForm : std::uint8_t { classes, numbers };

struct TensorBatch {
  at::Tensor input;   ///< float32 [N, sample...]
  at::Tensor target;  ///< as TargetForm says
};

/// Gathers, transforms and stacks samples into two buffers that are used again: a batch is valid until the
/// next one.
class BatchSource {
 public:
  /// `part` is one of `data`'s and must outlive this. `most_samples`: of the largest batch.
  BatchSource(const LoadedData& data, const DataPart& part, const FittedTransform& transform, TargetForm form,
              std::int64_t most_samples, at::Device device);

  /// `samples` are indices into the part. Pixels become what torchvision's ToTensor (and Normalize) make of
  /// them, with the same bits.
  TensorBatch gather(std::span<const std::int64_t> samples);

  const DataPart& part() const { return part_; }

 private:
  void gather_pixels(std::span<const std::int64_t> samples);
  void gather_values(std::span<const std::int64_t> samples);
  void gather_targets(std::span<const std::int64_t> samples);

  const DataPart& part_;
  TargetForm form_;
  at::Device device_;
  std::size_t sample_size_;
  std::vector<kernels::PixelTransform> channels_;  ///< images: one a channel
  std::vector<float> mean_, sd_;                   ///< tables: empty, or one a feature
  std::vector<float> fill_;                        ///< tables with missing values: what stands for them
  at::Tensor input_, target_;
};

}  // namespace bunsen
