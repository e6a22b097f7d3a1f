// diagnostics_report.h - mistakes as a document for programs: JSON or SARIF (docs/diagnostics.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "config/node.h"

namespace bunsen {

/// A place worked out: lines and columns from 1, columns in code points; `end` lies behind the last
/// character.
struct Location {
  std::string source;   ///< a file, or `--set #2`
  bool is_file = true;  ///< false: text from the command line
  Position begin, end;
};

struct ReportedDiagnostic {
  std::string checked;  ///< the file that was read when it was found
  Diagnostic item;
  std::optional<Location> at;
  std::optional<Location> used_at;
};

struct CheckedFile {
  std::string file;
  std::size_t errors = 0;  ///< those that were dropped count too
  std::size_t warnings = 0;
  std::size_t dropped = 0;
};

/// What was found in any number of files, in their order.
struct DiagnosticsReport {
  std::vector<CheckedFile> files;
  std::vector<ReportedDiagnostic> items;
};

/// Adds what was found in `file`. Places are worked out at once, so `sources` may go.
void add_to(DiagnosticsReport& report, const std::string& file, const Diagnostics& problems,
            const Sources& sources);

/// Version 1 of the JSON document.
Node to_json(const DiagnosticsReport& report, const std::string& tool_version);

/// SARIF 2.1.0. Files below `working_folder` (absolute) are named relative to it.
Node to_sarif(const DiagnosticsReport& report, const std::string& tool_version,
              const std::filesystem::path& working_folder);

}  // namespace bunsen
