// experiment.h - an experiment file and its base, read and checked as far as no trial is needed for it.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/reference.h"
#include "spec/resolve.h"
#include "sweep/experiment_spec.h"
#include "sweep/points.h"

namespace bunsen {

/// An experiment file read, its base too, before trials are made of it.
struct Experiment {
  ExperimentSpec spec;
  std::filesystem::path file;  ///< absolute
  Node document;               ///< as written, with places
  ConfigTree base;
  std::vector<Override> set;
  /// Groups in the order of `axes`, `together`, `when`, or the columns of the method's table.
  Space space;
  /// Paths that the file means to set but says wrongly, which was told: what hangs on them is not checked.
  std::vector<std::string> broken;
  std::optional<std::int64_t> seed_count;
  std::vector<std::int64_t> seeds;  ///< when they are listed
};

enum class DocumentKind : std::uint8_t { config, experiment, unknown };
/// Keys that only an experiment has: one of them makes a document an experiment.
inline constexpr std::array<std::string_view, 6> experiment_words{"base",     "axes",   "seeds",
                                                                  "together", "method", "question"};
/// By its keys: `layers`, `dataset`, ... say config; `base`, `axes`, `seeds`, ... say experiment.
DocumentKind kind_of(const Node& document);

/// The declarations of everything that a file can say, for explanations and the reference page.
Documents all_documents();

/// Reads the file and its base. All mistakes go to `problems`; nothing is returned if they are such that no
/// trial can be made of it, else make_trials() tells those of trials with them.
std::optional<Experiment> read_experiment(const std::filesystem::path& file, Sources& sources,
                                          Diagnostics& problems);

/// Where the value of a key of the file stands.
Place place_of(const Experiment& experiment, const std::string& key);

}  // namespace bunsen
