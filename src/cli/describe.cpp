#include "cli/describe.h"

#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <iostream>

#include "base/byte_text.h"
#include "base/errors.h"
#include "base/machine.h"
#include "base/saturating.h"
#include "base/text.h"
#include "cli/run_setting.h"
#include "cli/terminal.h"
#include "config/json.h"
#include "data/dataset.h"
#include "spec/plan.h"
#include "spec/resolve.h"

namespace bunsen {
namespace {

/// A config read as far as it goes.
struct Reading {
  Sources sources;
  Diagnostics problems;
  std::optional<Resolved> resolved;
  std::optional<Plan> plan;
};

void read(const DescribeOptions& options, Reading& out) {
  const std::vector<Override> overrides = overrides_from(options.sets, out.sources, out.problems);
  const std::optional<ConfigTree> tree = read_config_tree(options.file, out.sources, out.problems);
  if (!tree) return;
  out.resolved = resolve(*tree, overrides, out.problems);
  if (!out.resolved) return;
  const SpecReader reader{out.problems, out.resolved->written};
  const auto header =
      read_data_header(out.resolved->spec.dataset, default_data_places(), false, reader, out.problems);
  if (!header) return;
  out.plan = make_plan(out.resolved->spec, *header, reader, out.problems);
  const MemoryLimit memory{memory_facts().usable_bytes(), Severity::warning};
  if (out.plan) check_memory(out.resolved->spec, *out.plan, memory, reader, out.problems);
}

Table layer_table(const Plan& plan) {
  Table table;
  table.columns = {{"layer", "", false, 0, 8},
                   {"type"},
                   {"in", "", false, 3},
                   {"out"},
                   {"parameters", "params", true},
                   {"multiply-adds", "macs", true, 2},
                   {"activations", "acts", true, 1}};
  for (const LayerPlan& layer : plan.layers) {
    table.rows.push_back({layer.name, std::string(layer.type), to_text(layer.in), to_text(layer.out),
                          layer.parameter_count > 0 ? with_thousands(layer.parameter_count) : "",
                          layer.macs > 0 ? with_thousands(layer.macs) : "",
                          layer.activation_bytes > 0 ? byte_text(layer.activation_bytes) : ""});
  }
  table.rows.push_back({Cell("total", Paint::bold), "", to_text(plan.sample),
                        plan.layers.empty() ? "" : to_text(plan.layers.back().out),
                        Cell(with_thousands(plan.parameter_count), Paint::bold),
                        Cell(with_thousands(plan.macs), Paint::bold),
                        Cell(byte_text(plan.activation_bytes), Paint::bold)});
  return table;
}

std::string samples_text(const std::optional<std::int64_t>& samples, std::string_view part) {
  return samples ? fmt::format("{} {}", with_thousands(*samples), part)
                 : fmt::format("{}: known when the data is read", part);
}

/// The parts in the unit of the whole: `84`, `3.6`.
std::string part_text(std::string_view name, std::int64_t bytes, std::int64_t unit) {
  const double amount = static_cast<double>(bytes) / static_cast<double>(unit);
  if (amount < 0.05) return "";
  return fmt::format(", {} {:.{}f}", name, amount, amount < 9.95 ? 1 : 0);
}

/// `memory    about 227 MiB: LibTorch 84, data 53, parameters 0.8, evaluation 80`.
std::string memory_text(const MemoryPlan& memory) {
  const std::int64_t total = memory.total();
  std::int64_t unit = 1 << 20;
  while (unit < (std::int64_t{1} << 60) && total / 1024 >= unit) unit <<= 10;
  const std::string_view passing = memory.step >= memory.evaluation ? "a step" : "evaluation";
  std::string parts = part_text("LibTorch", memory.libtorch, unit);
  parts += part_text("data", memory.data.value_or(0), unit);
  parts += part_text("parameters", memory.parameters, unit);
  parts += part_text(passing, memory.own() - memory.parameters, unit);
  return fmt::format("memory    about {}{}: {}\n", byte_text(total), memory.data ? "" : " and the data",
                     parts.substr(2));
}

std::string batches_text(const Plan& plan, const TrainingSpec& spec) {
  std::string out = "samples   " + samples_text(plan.train_samples, "training");
  if (spec.validation) out += ", " + samples_text(plan.validation_samples, "validation");
  if (plan.test_samples != std::optional<std::int64_t>(0))
    out += ", " + samples_text(plan.test_samples, "test");
  if (plan.steps_per_epoch) {
    out +=
        fmt::format("\nsteps     {} an epoch of {} samples, {} in {}", with_thousands(*plan.steps_per_epoch),
                    spec.batch.size, with_thousands(saturating_product(*plan.steps_per_epoch, spec.epochs)),
                    count_of(spec.epochs, "epoch"));
  }
  return out + '\n' + memory_text(plan.memory);
}

Node optional_number(const std::optional<std::int64_t>& value) {
  return value ? Node::number(*value) : Node();
}

Node to_node(const MemoryPlan& memory) {
  Node out = Node::map();
  out.set("libtorch_bytes", Node::number(memory.libtorch));
  out.set("data_bytes", optional_number(memory.data));
  out.set("parameter_bytes", Node::number(memory.parameters));
  out.set("batch_bytes", Node::number(memory.batches));
  out.set("kept_bytes", Node::number(memory.kept));
  out.set("step_bytes", Node::number(memory.step));
  out.set("evaluation_bytes", Node::number(memory.evaluation));
  return out;
}

Node to_node(const Plan& plan) {
  Node out = Node::map();
  out.set("parameters", Node::number(plan.parameter_count));
  out.set("macs", Node::number(plan.macs));
  out.set("activation_bytes", Node::number(plan.activation_bytes));
  out.set("train_samples", optional_number(plan.train_samples));
  out.set("validation_samples", optional_number(plan.validation_samples));
  out.set("test_samples", optional_number(plan.test_samples));
  out.set("steps_per_epoch", optional_number(plan.steps_per_epoch));
  out.set("memory_bytes", Node::number(plan.memory.total()));
  out.set("memory", to_node(plan.memory));
  Node& layers = out.set("layers", Node::list());
  const auto shape = [](const Shape& sizes) {
    Node list = Node::list();
    for (const std::int64_t size : sizes.sizes) list.push(Node::number(size));
    return list;
  };
  for (const LayerPlan& layer : plan.layers) {
    Node& row = layers.push(Node::map());
    row.set("name", Node::string(layer.name));
    row.set("type", Node::string(std::string(layer.type)));
    row.set("in", shape(layer.in));
    row.set("out", shape(layer.out));
    row.set("parameters", Node::number(layer.parameter_count));
    row.set("macs", Node::number(layer.macs));
    row.set("activation_bytes", Node::number(layer.activation_bytes));
  }
  return out;
}

/// Puts each value's places where they were written into the document.
void put_places(Node& node, const std::string& path, const Resolved& resolved) {
  const auto found = resolved.origins.find(path);
  node.place = found == resolved.origins.end() ? Place() : found->second.first;
  node.used_at = found == resolved.origins.end() ? Place() : found->second.second;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string step = node.is_map() ? node.keys[i].text : std::to_string(i);
    put_places(node.items[i], path.empty() ? step : path + '.' + step, resolved);
  }
}

bool is_written_below(const Node& node) {
  return std::any_of(node.items.begin(), node.items.end(),
                     [](const Node& item) { return item.place.known() || is_written_below(item); });
}

/// The line of a key above others says something only where what was written is the key alone: `normal`.
std::string origin_text(const Node& node, const Sources& sources) {
  if (!node.items.empty() && (!node.place.known() || is_written_below(node))) return "";
  if (!node.place.known()) return "default";
  std::string out = fmt::format("{}:{}", sources.name(node.place.source), sources.position(node.place).line);
  if (sources.name(node.place.source).starts_with("--set")) out = sources.name(node.place.source);
  if (node.used_at.known())
    out += fmt::format(", used at {}:{}", sources.name(node.used_at.source),
                       sources.position(node.used_at).line);
  return out;
}

}  // namespace

int plan_command(const DescribeOptions& options) {
  Reading reading;
  read(options, reading);
  tell_diagnostics(options.diagnostics, options.file, reading.problems, reading.sources);
  if (!reading.plan || reading.problems.has_errors()) {
    if (!reading.problems.has_errors())
      std::cerr << "nothing can be planned without the table's first line\n";
    return static_cast<int>(ExitCode::bad_usage);
  }
  if (options.json) {
    std::cout << json_document(to_node(*reading.plan));
  } else {
    std::cout << to_text(layer_table(*reading.plan), look_of_stdout()).text
              << batches_text(*reading.plan, reading.resolved->spec);
  }
  return 0;
}

int config_command(const DescribeOptions& options) {
  Reading reading;
  read(options, reading);
  tell_diagnostics(options.diagnostics, options.file, reading.problems, reading.sources);
  if (!reading.resolved || reading.problems.has_errors()) return static_cast<int>(ExitCode::bad_usage);
  Node document = reading.resolved->document;
  if (options.json) {
    std::cout << json_document(document);
    return 0;
  }
  std::cout << fmt::format("# run id {}, group {}\n", reading.resolved->id, reading.resolved->group);
  if (!options.origin) {
    std::cout << config_text(document);
    return 0;
  }
  put_places(document, "", *reading.resolved);
  std::cout << config_text(document, [&](const Node& node) { return origin_text(node, reading.sources); });
  return 0;
}

}  // namespace bunsen
