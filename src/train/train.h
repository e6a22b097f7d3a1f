// train.h - one training, from a checked config and decoded data to its record and weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "batches/transform.h"
#include "data/dataset.h"
#include "nn/model.h"
#include "results/run_record.h"
#include "spec/plan.h"
#include "spec/training.h"
#include "train/profile.h"

namespace bunsen {

struct TrainingStart {
  std::int64_t parameters = 0;
  std::int64_t epochs = 0;
  std::int64_t steps_per_epoch = 0;
  std::int64_t train_samples = 0;
  std::int64_t validation_samples = 0;
  std::int64_t test_samples = 0;
};

struct StepResult {
  std::int64_t epoch = 0;  ///< from 1
  std::int64_t step = 0;   ///< within the epoch, from 1
  std::int64_t steps_per_epoch = 0;
  double loss = 0;  ///< of this step's batch; NaN on CUDA, where it is read at the epoch's end
};

/// Sees a training go on, and may end it.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  virtual void started(const TrainingStart&) {}
  virtual void stepped(const StepResult&) {}
  virtual void epoch_ended(const EpochRecord&) {}
  /// Asked before each step; true ends the training as `interrupted`.
  virtual bool wants_stop() { return false; }
  /// Asked once. True: `profiled` is called before the end, unless no epoch was finished. On a CPU only.
  virtual bool wants_profile() { return false; }
  virtual void profiled(const Profile&) {}
};

struct Trained {
  RunRecord record;
  std::vector<NamedTensor> state;  ///< last parameters and buffers
  FittedTransform transform;       ///< of the training and validation part
  FittedTransform test_transform;
};

/// What is known of `data` as a header, class count included.
DataHeader header_of(const LoadedData& data);

/// Trains in this thread with LibTorch's present number of threads. `plan` is make_plan's for `spec` and
/// header_of(data). `record` brings the run's identity and comes back with status, model, data, epochs, final
/// and best figures, weight hashes and the epochs' timing. Whether the weights or anything else are written
/// is the caller's affair.
///
/// Random numbers are drawn as a PyTorch script would: the global CPU generator, seeded with `spec.seed`,
/// serves the modules in layer order, then `init`, then for each epoch the loader, then dropout. Evaluation
/// draws nothing.
///
/// The training loss of an epoch is the sum in double, in order, of float(batch loss) / steps. A loss that is
/// not finite ends the run as `diverged` at its step, which is not taken (on CUDA: at the epoch's end), with
/// all finished epochs kept. Throws UserError for what the config can't have on this machine; what LibTorch
/// throws passes through.
Trained train(const TrainingSpec& spec, const Plan& plan, const LoadedData& data, at::Device device,
              RunRecord record, TrainingObserver& observer);

}  // namespace bunsen
