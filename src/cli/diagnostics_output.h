// diagnostics_output.h - `--diagnostics text|json|sarif`: in which form mistakes are told, and where.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/diagnostics.h"
#include "config/diagnostics_report.h"

namespace bunsen {

struct DiagnosticsChoice {
  std::string format = "text";  ///< `text`, `json` or `sarif`
  std::string tool_version;     ///< stands in the document
};

/// Tells what was found in each of a command's files: as text on standard error, file by file; else as one
/// document of all files: indented on standard output where the command has no other result, else one line
/// on standard error.
class DiagnosticsOutput {
 public:
  enum class Document : std::uint8_t { on_stdout, line_on_stderr };

  DiagnosticsOutput(const DiagnosticsChoice& choice, Document where) : choice_(choice), where_(where) {}

  bool is_text() const { return choice_.format == "text"; }
  /// False if there is an error.
  bool tell(const std::filesystem::path& file, const Diagnostics& problems, const Sources& sources);
  /// Writes the document, if one is wanted; after the last file.
  void finish() const;

 private:
  const DiagnosticsChoice& choice_;
  Document where_;
  DiagnosticsReport report_;
};

/// For commands of one file: tells its mistakes; false if there is an error.
bool tell_diagnostics(const DiagnosticsChoice& choice, const std::filesystem::path& file,
                      const Diagnostics& problems, const Sources& sources);

}  // namespace bunsen
