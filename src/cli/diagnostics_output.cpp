#include "cli/diagnostics_output.h"

#include <iostream>

#include "cli/run_setting.h"
#include "config/json.h"

namespace bunsen {

bool DiagnosticsOutput::tell(const std::filesystem::path& file, const Diagnostics& problems,
                             const Sources& sources) {
  if (is_text()) return tell_problems(problems, sources);
  add_to(report_, file.string(), problems, sources);
  return !problems.has_errors();
}

void DiagnosticsOutput::finish() const {
  if (is_text()) return;
  const Node document = choice_.format == "sarif"
                            ? to_sarif(report_, choice_.tool_version, std::filesystem::current_path())
                            : to_json(report_, choice_.tool_version);
  if (where_ == Document::on_stdout) {
    std::cout << json_document(document);
  } else {
    std::cerr << json_line(document) << '\n';
  }
}

bool tell_diagnostics(const DiagnosticsChoice& choice, const std::filesystem::path& file,
                      const Diagnostics& problems, const Sources& sources) {
  DiagnosticsOutput output(choice, DiagnosticsOutput::Document::line_on_stderr);
  const bool is_good = output.tell(file, problems, sources);
  output.finish();
  return is_good;
}

}  // namespace bunsen
