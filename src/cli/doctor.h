// doctor.h - `bunsen doctor`: what this machine has, and whether it will do.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace bunsen {

struct DoctorOptions {
  std::optional<std::filesystem::path> results;  ///< else $BUNSEN_RESULTS, else results/
  bool json = false;
  std::string version, build, torch_version;  ///< of this program
};

/// Findings on standard output, one a line, with ways out. 0 when a run would work here, 3 when something is
/// bad, 75 when interrupted.
int doctor_command(const DoctorOptions& options);

}  // namespace bunsen
