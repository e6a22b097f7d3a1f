#include "worker/request.h"

#include <filesystem>
#include <utility>

#include "base/errors.h"
#include "base/spelling.h"
#include "base/text.h"
#include "config/json.h"

namespace bunsen {
namespace {

constexpr std::size_t most_id_bytes = 200;
constexpr double most_threads = 1024;

/// A request of which some fields are documents of their own and taken as they are.
struct Document {
  std::string_view key;
  Node* value;
  bool is_required;
};

/// Moves documents out of `node`; the reason why one of them can't be taken, or an empty text.
std::string take_documents(Node& node, const std::vector<Document>& documents) {
  for (const Document& document : documents) {
    Node* found = node.find(document.key);
    if (found == nullptr) {
      if (document.is_required) return std::string(document.key) + ": is missing";
      continue;
    }
    if (!found->is_map()) return std::string(document.key) + ": needs an object";
    *document.value = std::move(*found);
    node.remove(document.key);
  }
  return {};
}

template <class T>
std::variant<Request, BadRequest> read_as(Node node, const std::string& id, T request,
                                          const std::vector<Document>& documents = {}) {
  std::string reason = take_documents(node, documents);
  if (!reason.empty()) return BadRequest{id, std::move(reason)};
  Diagnostics problems;
  SpecReader reader{problems};
  const bool is_good = read_table(reader, field_table<T>(), node, "", &request);
  if (!is_good || problems.has_errors()) return BadRequest{id, reasons_of(problems)};
  if constexpr (requires { request.folder; }) {
    if (!std::filesystem::path(request.folder).is_absolute()) {
      return BadRequest{id, "folder: needs an absolute path, got '" + request.folder + "'"};
    }
  }
  return Request(std::move(request));
}

std::variant<Request, BadRequest> read_train(Node node, const std::string& id) {
  Node config, run, origins, environment;
  auto read = read_as(std::move(node), id, TrainRequest{},
                      {{"config", &config, true},
                       {"run", &run, true},
                       {"origins", &origins, false},
                       {"environment", &environment, false}});
  if (Request* request = std::get_if<Request>(&read)) {
    TrainRequest& train = std::get<TrainRequest>(*request);
    train.config = std::move(config);
    train.run = std::move(run);
    train.origins = std::move(origins);
    train.environment = std::move(environment);
  }
  return read;
}

std::variant<Request, BadRequest> read_predict(Node node, const std::string& id) {
  Node config;
  auto read = read_as(std::move(node), id, PredictRequest{}, {{"config", &config, true}});
  if (Request* request = std::get_if<Request>(&read)) {
    std::get<PredictRequest>(*request).config = std::move(config);
  }
  return read;
}

std::variant<Request, BadRequest> read_kind(const std::string& kind, Node node, const std::string& id) {
  if (kind == "train") return read_train(std::move(node), id);
  if (kind == "predict") return read_predict(std::move(node), id);
  if (kind == "stop") return read_as(std::move(node), id, StopRequest{});
  if (kind == "describe") return read_as(std::move(node), id, DescribeRequest{});
  if (kind == "shutdown") return read_as(std::move(node), id, ShutdownRequest{});
  if (kind == "continue") return read_as(std::move(node), id, ContinueRequest{});
  if (kind == "checkpoint") return BadRequest{id, "checkpoint: this worker writes no checkpoints"};
  return BadRequest{id, "request: unknown kind '" + kind + "'; " +
                            known_words({"train", "predict", "stop", "continue", "describe", "shutdown"})};
}

}  // namespace

std::string reasons_of(const Diagnostics& problems) {
  std::vector<std::string> reasons;
  for (const Diagnostic& problem : problems.items()) {
    if (problem.severity != Severity::error) continue;
    std::string reason = problem.path.empty() ? problem.message : problem.path + ": " + problem.message;
    if (!problem.hint.empty()) reason += " (" + problem.hint + ")";
    reasons.push_back(std::move(reason));
  }
  return join(reasons, "; ");
}

void TrainRequest::describe(Fields<TrainRequest>& field) {
  field("id", &TrainRequest::id).required().doc("Repeated by every event.");
  field("folder", &TrainRequest::folder).required().doc("Absolute path of the run folder.");
  field("threads", &TrainRequest::threads).at_least(1).at_most(most_threads).doc("CPU threads.");
  field("device", &TrainRequest::device).doc("Where it trains.");
  field("keep_weights", &TrainRequest::keep_weights).doc("Whether the weights stay in the folder.");
  field("progress", &TrainRequest::progress).doc("Whether to tell of progress within an epoch.");
  field("profile", &TrainRequest::profile).doc("Whether to tell where the time went.");
  field("trace", &TrainRequest::trace).doc("`steps`: tell each step's loss.");
  field("waits_after", &TrainRequest::waits_after)
      .absent("none")
      .at_least(1)
      .doc("Epochs after which it waits to be told to go on.");
}

void PredictRequest::describe(Fields<PredictRequest>& field) {
  field("id", &PredictRequest::id).required().doc("Repeated by every event.");
  field("folder", &PredictRequest::folder).required().doc("Absolute path of the run folder.");
  field("threads", &PredictRequest::threads).at_least(1).at_most(most_threads).doc("CPU threads.");
  field("indices", &PredictRequest::indices)
      .required()
      .absent("all")
      .at_least(0)
      .doc("Indices of test samples, or all.");
}

void StopRequest::describe(Fields<StopRequest>& field) {
  field("id", &StopRequest::id).required().doc("The request to stop.");
  field("reason", &StopRequest::reason).doc("What the record of a failed run says.");
  field("status", &StopRequest::status).doc("What the run has become.");
}

void ContinueRequest::describe(Fields<ContinueRequest>& field) {
  field("id", &ContinueRequest::id).required().doc("The training that waits.");
}

void DescribeRequest::describe(Fields<DescribeRequest>& field) {
  field("id", &DescribeRequest::id).required().doc("Repeated by the answer.");
}

void ShutdownRequest::describe(Fields<ShutdownRequest>& field) {
  field("id", &ShutdownRequest::id).required().doc("Repeated by an error event.");
}

std::variant<Request, BadRequest> read_request(std::string_view line) {
  Node node;
  try {
    node = read_json(line, "request");
  } catch (const UserError& error) {
    return BadRequest{{}, error.what()};
  }
  if (!node.is_map()) return BadRequest{{}, "a request is a JSON object"};

  const Node* id = node.find("id");
  const Node* kind = node.find("request");
  if (id == nullptr || !id->is_scalar() || !id->quoted || id->text.empty() ||
      id->text.size() > most_id_bytes) {
    return BadRequest{{}, "id: needs a text of 1 to 200 bytes"};
  }
  const std::string id_text = id->text;
  if (kind == nullptr || !kind->is_scalar() || !kind->quoted)
    return BadRequest{id_text, "request: needs the request's kind"};
  const std::string kind_text = kind->text;
  node.remove("request");
  return read_kind(kind_text, std::move(node), id_text);
}

}  // namespace bunsen
