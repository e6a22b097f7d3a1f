#include "sweep/train_request.h"

#include <algorithm>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "sweep/git_state.h"

namespace bunsen {
namespace {

bool needs_quotes(const std::string& word) {
  return word.empty() || word.find_first_of(" \t\n\"'$\\|&;<>()*?[]#~`{}!") != std::string::npos;
}

std::string quoted_for_shell(const std::string& word) {
  if (!needs_quotes(word)) return word;
  std::string text = "'";
  for (const char letter : word) text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return text + "'";
}

std::string command_line_of_this_process() {
  const std::optional<std::string> raw = read_file_if_there("/proc/self/cmdline");
  if (!raw || raw->empty()) return "";
  std::vector<std::string> words = split(std::string_view(*raw).substr(0, raw->size() - 1), '\0');
  words[0] = std::filesystem::path(words[0]).filename().string();
  std::transform(words.begin(), words.end(), words.begin(), quoted_for_shell);
  return join(words, " ");
}

Node environment_of(const Provenance& provenance) {
  Node environment = Node::map();
  environment.set("source_file", Node::string(provenance.source_file));
  environment.set("command_line", Node::string(provenance.command_line));
  if (provenance.git_commit.empty()) return environment;
  environment.set("git_commit", Node::string(provenance.git_commit));
  environment.set("git_dirty", Node::boolean(provenance.is_git_dirty));
  return environment;
}

Node origins_of(const Resolved& resolved, const Sources& sources) {
  Node origins = Node::map();
  for (const auto& [path, leaf] : leaves(resolved.document)) {
    const auto found = resolved.origins.find(path);
    if (found != resolved.origins.end() && found->second.first.known()) {
      origins.set(path, Node::string(sources.describe(found->second.first)));
    }
  }
  return origins;
}

}  // namespace

Provenance provenance_without_git(const std::filesystem::path& file) {
  return {file.string(), command_line_of_this_process(), "", false};
}

Provenance provenance_of(const std::filesystem::path& file) {
  Provenance provenance = provenance_without_git(file);
  const std::optional<GitState> git = git_state_of(std::filesystem::absolute(file).parent_path());
  if (git) provenance.git_commit = git->commit;
  if (git) provenance.is_git_dirty = git->is_dirty;
  return provenance;
}

Node to_node(const NewTraining& request, const Resolved& resolved, const Node& point,
             const Provenance& provenance, const Sources& sources) {
  Node run = Node::map();
  run.set("id", Node::string(resolved.id));
  run.set("group", Node::string(resolved.group));
  run.set("name", Node::string(resolved.spec.name));
  run.set("vars", resolved.vars.is_map() ? resolved.vars : Node::map());
  run.set("point", point.is_map() ? point : Node::map());
  Node node = Node::map();
  node.set("request", Node::string("train"));
  node.set("id", Node::string(request.id));
  node.set("folder", Node::string(std::filesystem::absolute(request.folder).lexically_normal().string()));
  node.set("config", resolved.document);
  node.set("run", std::move(run));
  node.set("origins", origins_of(resolved, sources));
  node.set("environment", environment_of(provenance));
  node.set("threads", Node::number(request.threads));
  node.set(
      "device",
      Node::string(std::string(names_of(Device{})[static_cast<std::size_t>(resolved.spec.runtime.device)])));
  node.set("keep_weights", Node::boolean(request.keep_weights));
  if (request.wants_progress) node.set("progress", Node::boolean(true));
  if (request.wants_profile) node.set("profile", Node::boolean(true));
  if (!request.waits_after.empty()) {
    Node& waits = node.set("waits_after", Node::list());
    for (const std::int64_t epoch : request.waits_after) waits.push(Node::number(epoch));
  }
  return node;
}

std::string frozen_config(const Resolved& resolved) {
  return "# Resolved by bunsen: every include, variable and default written out.\n" +
         config_text(resolved.document);
}

}  // namespace bunsen
