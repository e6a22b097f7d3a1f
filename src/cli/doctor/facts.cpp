#include "cli/doctor/facts.h"

namespace bunsen {
namespace {

Node texts_node(const std::vector<std::string>& texts) {
  Node list = Node::list();
  for (const std::string& text : texts) list.push(Node::string(text));
  return list;
}

template <class Number>
Node known_number(const std::optional<Number>& value) {
  return value ? Node::number(*value) : Node();
}

Node worker_node(const WorkerFacts& worker) {
  Node node = Node::map();
  node.set("program", Node::string(worker.program));
  node.set("trouble", Node::string(worker.trouble));
  node.set("start_seconds", Node::number(worker.start_seconds));
  node.set("version", Node::string(worker.version));
  node.set("build", Node::string(worker.build));
  node.set("libtorch", Node::string(worker.libtorch));
  node.set("devices", texts_node(worker.devices));
  node.set("cpu_capability", Node::string(worker.cpu_capability));
  node.set("blas", Node::string(worker.blas));
  node.set("libraries", texts_node(worker.libraries));
  return node;
}

Node trial_node(const TrialFacts& trial) {
  Node trainings = Node::list();
  for (const TrialFacts::Training& training : trial.trainings) {
    Node item = Node::map();
    item.set("threads", Node::number(training.threads));
    item.set("gflops", Node::number(training.gflops));
    trainings.push(std::move(item));
  }
  Node node = Node::map();
  node.set("trouble", Node::string(trial.trouble));
  node.set("trainings", std::move(trainings));
  node.set("same_bits", Node::boolean(trial.has_same_bits));
  return node;
}

Node cpu_node(const CpuFacts& cpu) {
  Node node = Node::map();
  node.set("architecture", Node::string(cpu.architecture));
  node.set("model", Node::string(cpu.model));
  node.set("avx2", Node::boolean(cpu.has_avx2));
  node.set("fma", Node::boolean(cpu.has_fma));
  node.set("avx512", Node::boolean(cpu.has_avx512));
  return node;
}

Node cores_node(const CoreFacts& cores, const LoadFacts& load) {
  Node node = Node::map();
  node.set("online", Node::number(load.online_cores));
  node.set("scheduled", Node::number(cores.scheduled));
  node.set("control_group", known_number(cores.control_group_cores));
  node.set("usable", Node::number(cores.usable()));
  node.set("load", Node::number(load.load));
  return node;
}

Node memory_node(const DoctorFacts& facts) {
  Node node = Node::map();
  node.set("total_bytes", Node::number(facts.memory.total_bytes));
  node.set("available_bytes", Node::number(facts.memory.available_bytes));
  node.set("control_group_bytes", known_number(facts.memory.control_group_bytes));
  node.set("usable_bytes", Node::number(facts.memory.usable_bytes()));
  node.set("address_space_bytes", known_number(facts.address_space_bytes));
  return node;
}

Node data_node(const std::vector<DataFacts>& sets) {
  Node list = Node::list();
  for (const DataFacts& set : sets) {
    Node node = Node::map();
    node.set("name", Node::string(set.name));
    node.set("folder", Node::string(set.folder));
    node.set("searched", texts_node(set.searched));
    node.set("broken", texts_node(set.broken));
    list.push(std::move(node));
  }
  return list;
}

Node folder_node(const FolderFacts& folder) {
  Node node = Node::map();
  node.set("path", Node::string(folder.path));
  node.set("there", Node::boolean(folder.is_there));
  node.set("tried_in", Node::string(folder.tried_in));
  node.set("trouble", Node::string(folder.trouble));
  node.set("file_system", Node::string(folder.file_system));
  node.set("free_bytes", folder.free_bytes < 0 ? Node() : Node::number(folder.free_bytes));
  node.set("lock_kept", Node::boolean(folder.is_lock_kept));
  node.set("links", Node::boolean(folder.has_links));
  node.set("durable_write_seconds", Node::number(folder.durable_write_seconds));
  node.set("clock_ahead_seconds", Node::number(folder.clock_ahead_seconds));
  return node;
}

}  // namespace

Node to_node(const DoctorFacts& facts) {
  Node front = Node::map();
  front.set("version", Node::string(facts.front.version));
  front.set("build", Node::string(facts.front.build));
  front.set("torch", Node::string(facts.front.torch));
  Node variables = Node::map();
  for (const VariableFacts& variable : facts.variables)
    variables.set(variable.name, Node::string(variable.value));
  Node clock = Node::map();
  clock.set("now", Node::number(facts.clock.now));
  clock.set("program_made", Node::number(facts.clock.program_made));
  Node tools = Node::map();
  tools.set("git", Node::string(facts.git));
  tools.set("ccache", Node::string(facts.ccache));

  Node node = Node::map();
  node.set("front", std::move(front));
  node.set("worker", worker_node(facts.worker));
  node.set("trial", trial_node(facts.trial));
  node.set("cpu", cpu_node(facts.cpu));
  node.set("cores", cores_node(facts.cores, facts.load));
  node.set("memory", memory_node(facts));
  node.set("gpus", texts_node(facts.gpus));
  node.set("variables", std::move(variables));
  node.set("data", data_node(facts.data));
  node.set("results", folder_node(facts.results));
  node.set("cache", folder_node(facts.cache));
  node.set("clock", std::move(clock));
  node.set("tools", std::move(tools));
  return node;
}

}  // namespace bunsen
