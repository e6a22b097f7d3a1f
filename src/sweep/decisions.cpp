#include "sweep/decisions.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "config/json.h"

namespace bunsen {
namespace {

std::filesystem::path decisions_file(const std::filesystem::path& sweep_folder) {
  return sweep_folder / "decisions.jsonl";
}

}  // namespace

Node to_node(const Judgement& judgement, const Point& point) {
  Node node = Node::map();
  node.set("decision", Node::string(judgement.verdict.goes_on ? "go on" : "prune"));
  node.set("point", to_node(point));
  node.set("epoch", Node::number(judgement.epoch));
  node.set("seeds", Node::number(judgement.seeds));
  node.set("score", Node::number(judgement.verdict.score));
  node.set("bar", Node::number(judgement.verdict.bar));
  node.set("compared", Node::number(judgement.verdict.compared));
  return node;
}

void append_decision(const std::filesystem::path& sweep_folder, const Node& decision) {
  const std::filesystem::path path = decisions_file(sweep_folder);
  const std::string line = json_line(decision) + "\n";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  // In one piece, since another sweep may write there too.
  const bool is_written =
      file >= 0 && write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int reason = errno;
  if (file >= 0) close(file);
  if (!is_written) throw UserError("can't write " + path.string() + ": " + system_reason(reason));
}

std::vector<Node> read_decisions(const std::filesystem::path& sweep_folder) {
  const std::filesystem::path path = decisions_file(sweep_folder);
  std::vector<Node> decisions;
  for (const std::string& line : split(read_file_if_there(path).value_or(""), '\n')) {
    if (line.empty()) continue;
    try {
      decisions.push_back(read_json(line, path.string()));
    } catch (const UserError&) {
      continue;  // a full disk or a crash cut it off
    }
  }
  return decisions;
}

}  // namespace bunsen
