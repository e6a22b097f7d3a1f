#include "cli/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/errors.h"
#include "cli/results_root.h"
#include "cli/terminal.h"
#include "compare/diff_side.h"
#include "compare/diff_text.h"
#include "config/json.h"

namespace bunsen {
namespace {

ExitCode code_of(const std::vector<Difference>& differences, bool tells_difference) {
  if (!tells_difference) return ExitCode::done;
  if (std::any_of(differences.begin(), differences.end(), differs)) return ExitCode::difference;
  const bool proves_nothing = std::any_of(differences.begin(), differences.end(), is_incomplete);
  return proves_nothing ? ExitCode::inconclusive : ExitCode::done;
}

void print_json(const std::vector<Difference>& differences) {
  Node list = Node::list();
  for (const Difference& one : differences) list.push(to_node(one));
  Node document = Node::map();
  document.set("schema_version", Node::number(std::int64_t{1}));
  document.set("differences", std::move(list));
  fmt::print("{}", json_document(document));
}

}  // namespace

int diff_command(const DiffOptions& options) {
  if (options.sides.size() < 2)
    throw UserError("diff needs two things to compare: runs, names, configs or JSON files");
  const std::filesystem::path results = results_root(options.results);
  Sources sources;
  Diagnostics problems;
  std::vector<DiffSide> sides;
  for (const std::string& argument : options.sides) {
    std::optional<DiffSide> side = read_side(argument, results, sources, problems);
    if (side) sides.push_back(std::move(*side));
  }
  fmt::print(stderr, "{}", to_text(problems, sources, look_of_stderr().color));
  if (sides.size() < options.sides.size()) return static_cast<int>(ExitCode::bad_usage);
  std::vector<Difference> differences;
  for (std::size_t i = 1; i < sides.size(); ++i) differences.push_back(difference(sides[0], sides[i]));
  if (options.json) {
    print_json(differences);
  } else {
    const TextLook look = look_of_stdout();
    for (const Difference& one : differences) {
      fmt::print("{}{}", &one == &differences.front() ? "" : "\n", to_text(one, look));
    }
  }
  return static_cast<int>(code_of(differences, options.exit_code));
}

}  // namespace bunsen
