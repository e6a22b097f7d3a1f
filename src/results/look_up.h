// look_up.h - has this run been done already, and if not, in which folder is it trained?
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

#include "data/dataset.h"
#include "results/run_record.h"

namespace bunsen {

/// What makes two runs the same one.
struct RunIdentity {
  std::string id;
  DataIdentity data;
  std::string torch;   ///< LibTorch version, `2.13.0+cpu`
  std::string device;  ///< `cpu`, `cuda`
  /// Further keys of result.json's environment (`threads`, `cpu`); differences are named, not retrained.
  NamedTexts environment = {};
};

/// `run` looks under its own name; a sweep looks under every name, `examples/` excepted.
enum class LookIn : std::uint8_t { own_name, everywhere };

struct RunLookup {
  enum class Kind : std::uint8_t {
    none,      ///< never tried: train in `train_in`
    done,      ///< completed with the same data, LibTorch and device: `found`; `differences` of environment
    diverged,  ///< the same, but it diverged; it would again
    running_elsewhere,  ///< a live process trains it: `found`
    queued,             ///< prepared, not begun: train in `train_in`, which is `found`
    interrupted,        ///< train again in `train_in`, which is `found`
    failed,             ///< the same
    pruned,             ///< a search ended it early: the same; a search with this objective takes it as it is
    different,  ///< ended with other data, LibTorch or device, which `differences` name; train in `train_in`
  };
  Kind kind = Kind::none;
  std::filesystem::path found;  ///< the run folder that it speaks of; empty for none
  std::filesystem::path
      train_in;  ///< always set: `<root>/<name>/<id>`, or `<id>-2` ... beside one that ended
  std::vector<std::string> differences;  ///< `LibTorch 2.13.0+cpu, there 1.13.1`
};

/// Throws UserError only where `root` can't be read.
RunLookup look_up(const std::filesystem::path& results_root, const std::string& name,
                  const RunIdentity& wanted, LookIn where = LookIn::own_name);

/// The ids that runs under a results root have, by the names of their folders; read once for many questions.
class PresentIds {
 public:
  explicit PresentIds(const std::filesystem::path& results_root);
  /// False: look_up() would find nothing now.
  bool has(const std::string& id) const { return ids_.contains(id); }

 private:
  std::unordered_set<std::string> ids_;
};

/// For `--again`: `<id>`, or `<id>-2`, ... after the newest that exists.
std::filesystem::path fresh_run_folder(const std::filesystem::path& results_root, const std::string& name,
                                       const std::string& id);

}  // namespace bunsen
