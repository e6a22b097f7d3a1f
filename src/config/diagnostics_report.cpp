#include "config/diagnostics_report.h"

#include <fmt/format.h>

#include <map>

#include "base/codes.h"
#include "base/diagnostic_order.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

Location locate(const Place& place, const Sources& sources) {
  const Place behind{place.source, place.offset + place.length, 0};
  return {sources.name(place.source), sources.is_file(place.source), sources.position(place),
          sources.position(behind)};
}

/// A value that a variable is part of can't be replaced by a word without losing the variable.
bool would_lose_variable(const Diagnostic& item, const Sources& sources) {
  const std::string& text = sources.text(item.place.source);
  const std::size_t dollar = text.find('$', item.place.offset);
  return item.code != Code::variable && dollar < std::size_t{item.place.offset} + item.place.length;
}

ReportedDiagnostic reported(const std::string& file, const Diagnostic& item, const Sources& sources) {
  ReportedDiagnostic out{file, item, std::nullopt, std::nullopt};
  if (item.place.known()) out.at = locate(item.place, sources);
  if (item.used_at.known()) out.used_at = locate(item.used_at, sources);
  if (!out.at || item.place.length == 0 || would_lose_variable(item, sources)) out.item.replacement.clear();
  return out;
}

Node count_node(std::size_t count) { return Node::number(static_cast<std::int64_t>(count)); }

Node text_or_null(const std::string& text) { return text.empty() ? Node() : Node::string(text); }

std::string_view severity_word(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

Node summary_node(const DiagnosticsReport& report) {
  CheckedFile all;
  for (const CheckedFile& file : report.files) {
    all.errors += file.errors;
    all.warnings += file.warnings;
    all.dropped += file.dropped;
  }
  Node node = Node::map();
  node.set("files", count_node(report.files.size()));
  node.set("errors", count_node(all.errors));
  node.set("warnings", count_node(all.warnings));
  node.set("dropped", count_node(all.dropped));
  return node;
}

// --- JSON

void put_location(Node& node, const std::optional<Location>& at, const std::string& otherwise) {
  const bool is_file = !at || at->is_file;
  node.set("file", is_file ? text_or_null(at ? at->source : otherwise) : Node());
  node.set("argument", is_file ? Node() : Node::string(at->source));
  const auto number = [&at](int value) { return at ? Node::number(std::int64_t{value}) : Node(); };
  const Location where = at.value_or(Location{});
  node.set("line", number(where.begin.line));
  node.set("column", number(where.begin.column));
  node.set("end_line", number(where.end.line));
  node.set("end_column", number(where.end.column));
}

Node json_item(const ReportedDiagnostic& each) {
  Node node = Node::map();
  node.set("checked", Node::string(each.checked));
  put_location(node, each.at, each.checked);
  node.set("severity", Node::string(std::string(severity_word(each.item.severity))));
  node.set("code", Node::string(code_text(each.item.code)));
  node.set("path", text_or_null(each.item.path));
  node.set("message", Node::string(each.item.message));
  node.set("hint", text_or_null(each.item.hint));
  node.set("replacement", text_or_null(each.item.replacement));
  Node used_at;
  if (each.used_at) put_location(used_at, each.used_at, "");
  node.set("used_at", std::move(used_at));
  return node;
}

// --- SARIF

Node text_message(const std::string& text) {
  Node node = Node::map();
  node.set("text", Node::string(text));
  return node;
}

Node artifact(const std::string& file, const fs::path& working_folder) {
  const fs::path whole = (working_folder / file).lexically_normal();
  const fs::path relative = whole.lexically_relative(working_folder);
  const bool is_below = !relative.empty() && *relative.begin() != "..";
  const std::string path = (is_below ? relative : whole).string();
  constexpr std::string_view kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string uri = is_below ? "" : "file://";
  for (const char c : path) {
    if (kept.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  Node node = Node::map();
  node.set("uri", Node::string(uri));
  return node;
}

Node region(const Location& at) {
  Node node = Node::map();
  node.set("startLine", Node::number(std::int64_t{at.begin.line}));
  node.set("startColumn", Node::number(std::int64_t{at.begin.column}));
  node.set("endLine", Node::number(std::int64_t{at.end.line}));
  node.set("endColumn", Node::number(std::int64_t{at.end.column}));
  return node;
}

/// A file's stretch as a physical location; text from the command line has a logical one only.
Node sarif_location(const std::optional<Location>& at, const std::string& checked, const std::string& path,
                    const fs::path& working_folder) {
  Node node = Node::map();
  if (!at || at->is_file) {
    Node physical = Node::map();
    physical.set("artifactLocation", artifact(at ? at->source : checked, working_folder));
    if (at) physical.set("region", region(*at));
    node.set("physicalLocation", std::move(physical));
  }
  Node logical = Node::map();
  if (at && !at->is_file) logical.set("name", Node::string(at->source));
  if (!path.empty()) logical.set("fullyQualifiedName", Node::string(path));
  if (!logical.items.empty()) node.set("logicalLocations", Node::list({std::move(logical)}));
  return node;
}

Node sarif_fix(const ReportedDiagnostic& each, const fs::path& working_folder) {
  Node replacement = Node::map();
  replacement.set("deletedRegion", region(*each.at));
  replacement.set("insertedContent", text_message(each.item.replacement));
  Node change = Node::map();
  change.set("artifactLocation", artifact(each.at->source, working_folder));
  change.set("replacements", Node::list({std::move(replacement)}));
  Node fix = Node::map();
  fix.set("description", text_message(each.item.hint));
  fix.set("artifactChanges", Node::list({std::move(change)}));
  return fix;
}

std::string sarif_text(const Diagnostic& item) {
  const std::string path = item.path.empty() ? std::string() : item.path + ": ";
  return path + item.message + (item.hint.empty() ? std::string() : "; " + item.hint);
}

Node sarif_result(const ReportedDiagnostic& each, std::size_t rule, const fs::path& working_folder) {
  const Diagnostic& item = each.item;
  Node node = Node::map();
  node.set("ruleId", Node::string(code_text(item.code)));
  node.set("ruleIndex", count_node(rule));
  node.set("level", Node::string(std::string(severity_word(item.severity))));
  node.set("message", text_message(sarif_text(item)));
  node.set("locations", Node::list({sarif_location(each.at, each.checked, item.path, working_folder)}));
  if (each.used_at) {
    Node used_at = sarif_location(each.used_at, each.checked, "", working_folder);
    used_at.set("message", text_message("used here"));
    node.set("relatedLocations", Node::list({std::move(used_at)}));
  }
  if (!item.replacement.empty() && each.at->is_file)
    node.set("fixes", Node::list({sarif_fix(each, working_folder)}));
  return node;
}

Node sarif_rule(const CodeMeaning& meaning) {
  const std::string text(meaning.text);
  Node node = Node::map();
  node.set("id", Node::string(code_text(meaning.code)));
  node.set("shortDescription",
           text_message(text.substr(0, text.find(". ")) + (text.find(". ") == std::string::npos ? "" : ".")));
  node.set("fullDescription", text_message(text));
  node.set("help", text_message(text));
  Node configuration = Node::map();
  configuration.set("level", Node::string(std::string(severity_word(
                                 meaning.code == Code::suspicious ? Severity::warning : Severity::error))));
  node.set("defaultConfiguration", std::move(configuration));
  return node;
}

/// That some mistakes are not told has to stand somewhere, and it is no result.
Node sarif_invocation(const DiagnosticsReport& report) {
  Node node = Node::map();
  node.set("executionSuccessful", Node::boolean(true));
  Node notes = Node::list();
  for (const CheckedFile& file : report.files) {
    if (file.dropped == 0) continue;
    Node note = Node::map();
    note.set("level", Node::string("warning"));
    note.set("message", text_message(fmt::format("{}: {} more are not told", file.file, file.dropped)));
    notes.push(std::move(note));
  }
  if (!notes.items.empty()) node.set("toolExecutionNotifications", std::move(notes));
  return node;
}

}  // namespace

void add_to(DiagnosticsReport& report, const std::string& file, const Diagnostics& problems,
            const Sources& sources) {
  report.files.push_back({file, problems.error_count(), problems.warning_count(), problems.dropped_count()});
  for (const Diagnostic* item : in_reading_order(problems))
    report.items.push_back(reported(file, *item, sources));
}

Node to_json(const DiagnosticsReport& report, const std::string& tool_version) {
  Node node = Node::map();
  node.set("version", Node::number(std::int64_t{1}));
  Node& tool = node.set("tool", Node::map());
  tool.set("name", Node::string("bunsen"));
  tool.set("version", Node::string(tool_version));
  node.set("summary", summary_node(report));
  Node& files = node.set("files", Node::list());
  for (const CheckedFile& file : report.files) {
    Node& entry = files.push(Node::map());
    entry.set("file", Node::string(file.file));
    entry.set("errors", count_node(file.errors));
    entry.set("warnings", count_node(file.warnings));
    entry.set("dropped", count_node(file.dropped));
  }
  Node& items = node.set("diagnostics", Node::list());
  for (const ReportedDiagnostic& each : report.items) items.push(json_item(each));
  return node;
}

Node to_sarif(const DiagnosticsReport& report, const std::string& tool_version,
              const fs::path& working_folder) {
  Node driver = Node::map();
  driver.set("name", Node::string("bunsen"));
  driver.set("version", Node::string(tool_version));
  Node& rules = driver.set("rules", Node::list());
  std::map<Code, std::size_t> rule_of;
  for (const CodeMeaning& meaning : code_meanings()) {
    rule_of.emplace(meaning.code, rule_of.size());
    rules.push(sarif_rule(meaning));
  }
  Node run = Node::map();
  run.set("tool", Node::map()).set("driver", std::move(driver));
  run.set("columnKind", Node::string("unicodeCodePoints"));
  run.set("invocations", Node::list({sarif_invocation(report)}));
  Node& results = run.set("results", Node::list());
  for (const ReportedDiagnostic& each : report.items)
    results.push(sarif_result(each, rule_of.at(each.item.code), working_folder));
  run.set("properties", summary_node(report));
  Node node = Node::map();
  node.set("$schema", Node::string("https://json.schemastore.org/sarif-2.1.0.json"));
  node.set("version", Node::string("2.1.0"));
  node.set("runs", Node::list({std::move(run)}));
  return node;
}

}  // namespace bunsen
