// results.h - small result documents for tests.
#pragma once

#include <string>

#include "config/json.h"
#include "config/node.h"

namespace bunsen::test {

inline Node json(const std::string& text) { return read_json(text, "test.json"); }

struct ResultOf {
  std::string id = "aaaaaaaaaa", group = "gggggggggg", name = "mlp", status = "completed";
  std::string seed = "0";
  std::string layers = R"(["flatten", {"linear": {"out_features": 10}}])";
  std::string vars = "{}", origins = "{}";
  std::string epochs = R"([{"epoch": 1, "learning_rate": 0.1, "train": {"loss": 0.5}, "test": {"loss": 0.6}},
                           {"epoch": 2, "learning_rate": 0.1, "train": {"loss": 0.4}, "test": {"loss": 0.5}}])";
  std::string final =
      R"({"train": {"loss": 0.4}, "test": {"loss": 0.5, "accuracy": 0.8, "confusion_matrix": [[8, 2]]}})";
  std::string weights = R"({"initial_sha256": "01", "final_sha256": "02"})";
  std::string environment = R"({"torch": "2.13.0+cpu", "threads": 1, "host": "example"})";
  std::string started_at = "2026-01-31T12:00:00Z";
};

inline std::string text_of(const ResultOf& result) {
  return R"({"schema_version": 1, "run": {"id": ")" + result.id + R"(", "group": ")" + result.group +
         R"(", "name": ")" + result.name + R"(", "status": ")" + result.status + R"(", "vars": )" +
         result.vars + R"(, "point": {}},
 "config": {"name": ")" +
         result.name + R"(", "seed": )" + result.seed +
         R"(, "epochs": 2, "dataset": {"fashion_mnist": {}}, "layers": )" + result.layers +
         R"(, "optimizer": {"sgd": {"lr": 0.1}}},
 "dataset": {"name": "fashion_mnist", "train": {"samples": 60000, "sha256": "ab"}},
 "model": {"parameters": 7850, "layers": [{"name": "1", "type": "linear", "macs": 7840}]},
 "epochs": )" +
         result.epochs + (result.final.empty() ? "" : R"(, "final": )" + result.final) + R"(,
 "weights": )" +
         result.weights + R"(, "timing": {"started_at": ")" + result.started_at + R"("},
 "environment": )" +
         result.environment + R"(, "origins": )" + result.origins + "}";
}

inline Node result_of(const ResultOf& result) { return json(text_of(result)); }

}  // namespace bunsen::test
