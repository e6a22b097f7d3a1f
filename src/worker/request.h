// request.h - what may be asked of the worker: one line of JSON -> a request, or the reason why it is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/node.h"
#include "spec/training.h"

namespace bunsen {

enum class Trace : std::uint8_t { none, steps };
inline constexpr std::array<std::string_view, 2> names_of(Trace) { return {"none", "steps"}; }

struct TrainRequest {
  std::string id;
  std::string folder;
  std::int64_t threads = 1;
  Device device = Device::cpu;
  bool keep_weights = true;
  bool progress = false;
  bool profile = false;
  Trace trace = Trace::none;
  /// Epochs after which it waits for `continue` or `stop`; nothing: none.
  std::optional<std::vector<std::int64_t>> waits_after;
  Node config;       ///< maps, taken as they are
  Node run;          ///< id, group, name, vars, point
  Node origins;      ///< null when left out
  Node environment;  ///< null when left out

  static void describe(Fields<TrainRequest>& field);
};

struct PredictRequest {
  std::string id;
  std::string folder;
  std::int64_t threads = 1;
  std::optional<std::vector<std::int64_t>> indices;  ///< nothing: all test samples
  Node config;

  static void describe(Fields<PredictRequest>& field);
};

/// What a training that is told to stop has become.
enum class StopAs : std::uint8_t { interrupted, pruned, failed };
inline constexpr std::array<std::string_view, 3> names_of(StopAs) {
  return {"interrupted", "pruned", "failed"};
}

struct StopRequest {
  std::string id;
  std::string reason;
  StopAs status = StopAs::interrupted;

  static void describe(Fields<StopRequest>& field);
};

/// A training that waits goes on.
struct ContinueRequest {
  std::string id;

  static void describe(Fields<ContinueRequest>& field);
};

struct DescribeRequest {
  std::string id;

  static void describe(Fields<DescribeRequest>& field);
};

struct ShutdownRequest {
  std::string id;

  static void describe(Fields<ShutdownRequest>& field);
};

using Request = std::variant<TrainRequest, PredictRequest, StopRequest, ContinueRequest, DescribeRequest,
                             ShutdownRequest>;

/// Why a line is no request.
struct BadRequest {
  std::string id;  ///< empty if none could be read
  std::string reason;
};

std::variant<Request, BadRequest> read_request(std::string_view line);

/// All errors in one line: `path: message (hint); ...`.
std::string reasons_of(const Diagnostics& problems);

}  // namespace bunsen
