// search_answers.cpp - answers search_test.py, which holds bunsen's searches against Optuna: a line of JSON
// in, a line out.
//
// {"suggest": {"seed", "index", "maximize", "joint", "axes", "observations"}}   -> [value, ...]
//   axes: [["linear", 0, 1], ["log", ...], ["whole", ...], ["log_whole", ...], ["choice", 0, count - 1]]
//   observations: [{"values": [1, null], "state": "finished", "score": 0.5, "step": 3}]
// {"judge": {"maximize", "epoch", "point": [...], "others": [{"scores": [...], "finished": true}],
//            "asha": [min_epochs, reduction] or "median": [startup_points, warmup_epochs]}}   -> true: goes
//            on
#include <cstdio>
#include <iostream>
#include <limits>
#include <string>

#include "config/json.h"
#include "sweep/samplers/pruning.h"
#include "sweep/samplers/tpe.h"

namespace bunsen {
namespace {

const Node& part(const Node& node, const char* path) {
  const Node* found = node.at_path(path);
  if (found == nullptr) throw std::runtime_error("there is no '" + std::string(path) + "' in the request");
  return *found;
}

Domain domain_of(const Node& axis) {
  const std::string& kind = axis.items.at(0).text;
  const double low = axis.items.at(1).as_number().value();
  const double high = axis.items.at(2).as_number().value();
  if (kind == "linear") return linear_domain(low, high);
  if (kind == "log") return log_domain(low, high);
  const auto first = static_cast<std::int64_t>(low);
  const auto last = static_cast<std::int64_t>(high);
  if (kind == "whole") return whole_domain(first, last);
  return kind == "log_whole" ? log_whole_domain(first, last) : choice_domain(last + 1);
}

Observation observation_of(const Node& node) {
  Observation observation;
  for (const Node& value : part(node, "values").items) observation.values.push_back(value.as_number());
  const std::string& state = part(node, "state").text;
  observation.state = state == "pruned"    ? Observation::State::pruned
                      : state == "running" ? Observation::State::running
                                           : Observation::State::finished;
  observation.score = part(node, "score").as_number().value();
  observation.last_step = part(node, "step").as_integer().value();
  return observation;
}

Node suggestion(const Node& request) {
  TpeOptions options;
  options.seed = part(request, "seed").as_integer().value();
  options.is_maximized = part(request, "maximize").as_boolean().value();
  options.is_joint = part(request, "joint").as_boolean().value();
  std::vector<Domain> domains;
  for (const Node& axis : part(request, "axes").items) domains.push_back(domain_of(axis));
  std::vector<Observation> observations;
  for (const Node& node : part(request, "observations").items) observations.push_back(observation_of(node));
  Node values = Node::list();
  for (const double value :
       suggest(options, domains, observations, part(request, "index").as_integer().value())) {
    values.push(Node::number(value));
  }
  return values;
}

Curve curve_of(const Node& scores, bool is_finished) {
  Curve curve{{}, is_finished};
  for (const Node& score : scores.items) curve.scores.push_back(score.as_number().value());
  return curve;
}

Node judgement(const Node& request) {
  const bool is_maximized = part(request, "maximize").as_boolean().value();
  const std::int64_t epoch = part(request, "epoch").as_integer().value();
  const Curve point = curve_of(part(request, "point"), false);
  std::vector<Curve> others;
  for (const Node& other : part(request, "others").items) {
    others.push_back(curve_of(part(other, "scores"), part(other, "finished").as_boolean().value()));
  }
  const auto option = [&](const char* path) { return part(request, path).as_integer().value(); };
  if (request.find("asha") != nullptr) {
    const Asha asha{option("asha.0"), option("asha.1")};
    const std::int64_t endless = std::numeric_limits<std::int64_t>::max();
    return Node::boolean(judge_asha(asha, is_maximized, point, others, epoch, endless).goes_on);
  }
  const Median median{option("median.0"), option("median.1")};
  return Node::boolean(judge_median(median, is_maximized, point, others, epoch).goes_on);
}

}  // namespace
}  // namespace bunsen

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const bunsen::Node request = bunsen::read_json(line, "request");
    const bunsen::Node* suggest = request.find("suggest");
    const bunsen::Node answer =
        suggest != nullptr ? bunsen::suggestion(*suggest) : bunsen::judgement(bunsen::part(request, "judge"));
    std::cout << bunsen::json_line(answer) << std::endl;
  }
}
