#include "cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/errors.h"
#include "base/text.h"
#include "cli/doctor/ask_worker.h"
#include "cli/doctor/judge.h"
#include "cli/doctor/look_around.h"
#include "cli/results_root.h"
#include "cli/terminal.h"
#include "config/json.h"

namespace bunsen {
namespace {

/// A worker on a cold network disk takes many seconds to load; a folder that answers does it at once.
constexpr std::chrono::seconds worker_patience(30), file_patience(5);

constexpr std::size_t verdict_width = 4, topic_width = 11;
constexpr std::string_view gap = "  ";

/// Words of `text` in lines of at most `width`; one line without a width. A word that is longer stands alone.
std::vector<std::string> wrapped(const std::string& text, std::optional<std::size_t> width) {
  if (!width) return {text};
  std::vector<std::string> lines = {""};
  for (const std::string& word : split(text, ' ')) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (display_width(line) + 1 + display_width(word) <= *width) {
      line += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

Paint paint_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return Paint::faint;
    case Verdict::warn:
      return Paint::bold;
    case Verdict::bad:
      return Paint::bad;
  }
  return Paint::plain;
}

std::string text_of_finding(const Finding& finding, const TextLook& look) {
  constexpr std::size_t indent = verdict_width + topic_width + 2 * gap.size();
  constexpr std::string_view arrow = "-> ";
  std::optional<std::size_t> room;
  if (look.width) room = std::max(*look.width, indent + 20) - indent;
  const std::string word = fmt::format("{:<{}}", word_of(finding.verdict), verdict_width);
  std::string out = painted(word, paint_of(finding.verdict), look.color) +
                    fmt::format("{}{:<{}}{}", gap, finding.topic, topic_width, gap);
  const std::string blank(indent, ' ');
  const std::vector<std::string> lines = wrapped(one_line(finding.text), room);
  for (const std::string& line : lines) out += (&line == &lines[0] ? "" : blank) + line + "\n";
  if (finding.way_out.empty()) return out;
  if (room) *room -= arrow.size();
  const std::vector<std::string> ways = wrapped(one_line(finding.way_out), room);
  for (const std::string& line : ways) out += blank + (&line == &ways[0] ? "-> " : "   ") + line + "\n";
  return out;
}

std::int64_t count_verdicts(const std::vector<Finding>& findings, Verdict verdict) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.verdict == verdict; });
}

void tell(const std::vector<Finding>& findings) {
  const TextLook look = look_of_stdout();
  for (const Finding& finding : findings) fmt::print("{}", text_of_finding(finding, look));
  std::fflush(stdout);
  const std::int64_t bad = count_verdicts(findings, Verdict::bad);
  const std::int64_t doubtful = count_verdicts(findings, Verdict::warn);
  std::string summary = bad == 0 ? "runs will work here" : "runs will not work here";
  if (doubtful > 0) summary += "; " + count_of(doubtful, "warning");
  fmt::print(stderr, "{}\n", summary);
}

Node as_document(const DoctorFacts& facts, const std::vector<Finding>& findings) {
  Node list = Node::list();
  for (const Finding& finding : findings) {
    Node item = Node::map();
    item.set("verdict", Node::string(std::string(word_of(finding.verdict))));
    item.set("topic", Node::string(finding.topic));
    item.set("text", Node::string(finding.text));
    item.set("way_out", Node::string(finding.way_out));
    list.push(std::move(item));
  }
  Node document = Node::map();
  document.set("doctor_version", Node::number(std::int64_t{1}));
  document.set("verdict", Node::string(std::string(word_of(verdict_of(findings)))));
  document.set("findings", std::move(list));
  document.set("facts", to_node(facts));
  return document;
}

/// More threads than this tell nothing new.
std::int64_t threads_to_try(const CoreFacts& cores) { return std::min<std::int64_t>(cores.usable(), 4); }

}  // namespace

int doctor_command(const DoctorOptions& options) {
  Interruption interruption;
  DoctorFacts facts;
  facts.front = {options.version, options.build, options.torch_version};
  look_around(facts, results_root(options.results), default_data_places(), file_patience);
  WorkerAnswer answer = ask_worker(threads_to_try(facts.cores), worker_patience, interruption);
  if (interruption.has_arrived()) return static_cast<int>(ExitCode::interrupted);
  facts.worker = std::move(answer.worker);
  facts.trial = std::move(answer.trial);

  const std::vector<Finding> findings = judge(facts);
  if (options.json) {
    fmt::print("{}", json_document(as_document(facts, findings)));
  } else {
    tell(findings);
  }
  const bool is_bad = verdict_of(findings) == Verdict::bad;
  return static_cast<int>(is_bad ? ExitCode::run_failed : ExitCode::done);
}

}  // namespace bunsen
