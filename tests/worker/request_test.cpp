#include "worker/request.h"

#include <doctest/doctest.h>

using namespace bunsen;

namespace {

std::string reason(const std::string& line) {
  const auto read = read_request(line);
  const BadRequest* bad = std::get_if<BadRequest>(&read);
  return bad == nullptr ? std::string() : bad->reason;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a train request is read with its documents and defaults") {
  const auto read = read_request(
      R"({"request": "train", "id": "a", "folder": "/r", "config": {"epochs": 1}, "run": {"id": "x"}, "threads": 2})");
  REQUIRE(std::holds_alternative<Request>(read));
  const TrainRequest& train = std::get<TrainRequest>(std::get<Request>(read));
  CHECK(train.id == "a");
  CHECK(train.threads == 2);
  CHECK(train.keep_weights);
  CHECK_FALSE(train.progress);
  CHECK(train.config.find("epochs")->as_integer() == 1);
  CHECK(train.origins.is_null());
}

TEST_CASE("a predict request takes a list of indices or the word all") {
  const auto some =
      read_request(R"({"request": "predict", "id": "p", "folder": "/r", "config": {}, "indices": [3, 1]})");
  const PredictRequest& listed = std::get<PredictRequest>(std::get<Request>(some));
  CHECK((listed.indices == std::vector<std::int64_t>{3, 1}));
  const auto all =
      read_request(R"({"request": "predict", "id": "p", "folder": "/r", "config": {}, "indices": "all"})");
  CHECK_FALSE(std::get<PredictRequest>(std::get<Request>(all)).indices);
}

TEST_CASE("a line that is no request says what is wrong with it") {
  CHECK(says(reason("nonsense"), "not valid JSON"));
  CHECK(says(reason("[1]"), "JSON object"));
  CHECK(says(reason(R"({"request": "stop"})"), "id: needs a text"));
  CHECK(says(reason(R"({"id": "a"})"), "request: needs"));
  CHECK(says(reason(R"({"request": "trian", "id": "a"})"), "unknown kind 'trian'"));
  CHECK(says(reason(R"({"request": "checkpoint", "id": "a"})"), "checkpoint"));
  CHECK(says(reason(R"({"request": "train", "id": "a", "folder": "/r", "run": {}})"), "config: is missing"));
  CHECK(says(reason(R"({"request": "train", "id": "a", "folder": "r", "config": {}, "run": {}})"),
             "absolute path"));
  CHECK(says(reason(R"({"request": "stop", "id": "a", "reson": "b"})"), "reson"));
  CHECK(says(
      reason(R"({"request": "train", "id": "a", "folder": "/r", "config": {}, "run": {}, "threads": 0})"),
      "threads"));
  CHECK(
      says(reason(R"({"request": "train", "id": "a", "folder": "/r", "config": [], "run": {}})"), "object"));
}

TEST_CASE("the id of a bad request is told where one could be read") {
  const auto read = read_request(R"({"request": "trian", "id": "a"})");
  CHECK(std::get<BadRequest>(read).id == "a");
}
