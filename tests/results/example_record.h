// example_record.h - a run's record with everything in it, for tests.
#pragma once

#include <limits>

#include "results/run_record.h"

inline bunsen::EpochRecord example_epoch(std::int64_t number) {
  bunsen::EpochRecord epoch;
  epoch.epoch = number;
  epoch.learning_rate = 0.001;
  epoch.train = {{"loss", 0.5 / static_cast<double>(number)}, {"accuracy", 0.75}};
  epoch.validation = {{"loss", 0.625}, {"accuracy", 0.5}};
  epoch.test = {{"loss", 0.6}, {"accuracy", 0.7}};
  epoch.layers = {{"hidden", {{"gradient_norm", 0.25}, {"dead_share", 0}}}, {"2", {{"gradient_norm", 1}}}};
  epoch.seconds = 1.5;
  epoch.samples_per_second = 40000;
  return epoch;
}

inline bunsen::RunRecord example_record() {
  using bunsen::Node;
  bunsen::RunRecord record;
  record.id = "0123456789";
  record.group = "abcdef0123";
  record.name = "mnist-relu";
  record.status = bunsen::RunState::completed;
  record.vars.set("depth", Node::number(std::int64_t{2}));
  record.point.set("optimizer.adam.lr", Node::number(0.001));
  record.config.set("version", Node::number(std::int64_t{1}));
  record.config.set("name", Node::string("mnist-relu"));
  record.config.set("seed", Node::number(std::int64_t{777}));
  record.dataset = bunsen::DataIdentity{"mnist", 60000, std::string(64, 'a'), 10000, std::string(64, 'b')};
  record.validation_samples = 5000;
  record.model = bunsen::ModelRecord{
      7850, {{"0", "flatten", {{1, 28, 28}}, {{784}}, 0, 0}, {"out", "linear", {{784}}, {{10}}, 7850, 7840}}};
  record.epochs = {example_epoch(1), example_epoch(2)};
  record.final = bunsen::FinalRecord{
      record.epochs[1].train, record.epochs[1].validation, record.epochs[1].test, {{5, 1}, {2, 4}}};
  record.best = bunsen::BestRecord{2,
                                   "validation.accuracy",
                                   0.5,
                                   record.epochs[1].train,
                                   record.epochs[1].validation,
                                   record.epochs[1].test};
  record.stopped_early = bunsen::StoppedEarly{2, "validation.accuracy", 1};
  record.weights = {std::string(64, 'c'), std::string(64, 'd'), 1};
  record.timing = {"2026-01-31T12:00:00Z", "2026-01-31T12:00:04Z", 4.25, 3, 40000};
  record.environment.bunsen = "0.1.0";
  record.environment.torch = "2.13.0+cpu";
  record.environment.device = "cpu";
  record.environment.blas = "mkl";
  record.environment.cpu = "a cpu";
  record.environment.threads = 1;
  record.environment.host = "host";
  record.environment.git_commit = "0123abc";
  record.environment.git_dirty = false;
  record.environment.source_file = "configs/mnist_relu.yaml";
  record.environment.command_line = "bunsen run configs/mnist_relu.yaml";
  record.origins = {{"seed", "configs/mnist_relu.yaml:2:7"}};
  return record;
}
