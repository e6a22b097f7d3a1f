#include "cli/run_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/terminal.h"
#include "results/run_folder.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

fs::path folder_of_files(const std::string& folder) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return folder;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  return program.parent_path().parent_path() / "share" / "bunsen" / folder;
}

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const fs::path extension = entry.path().extension();
    if (extension == ".yaml" || extension == ".yml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The first line of a file that begins with a comment, but for the one that is there for editors.
std::string first_comment(const fs::path& file) {
  for (const std::string& line : split(read_file(file, 1U << 20U), '\n')) {
    if (line.starts_with("# yaml-language-server:")) continue;
    return line.starts_with("#") ? printable(trim(std::string_view(line).substr(1))) : std::string();
  }
  return {};
}

}  // namespace

std::vector<Override> overrides_from(const std::vector<std::string>& arguments, Sources& sources,
                                     Diagnostics& problems) {
  std::vector<Override> overrides;
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    std::optional<Override> item =
        read_override(arguments[index], fmt::format("--set #{}", index + 1), sources, problems);
    if (item) overrides.push_back(std::move(*item));
  }
  return overrides;
}

bool tell_problems(const Diagnostics& problems, const Sources& sources) {
  const std::string text = to_text(problems, sources, look_of_stderr().color);
  std::cerr << text;
  return !problems.has_errors();
}

std::string own_command() {
  const char* called = std::getenv("BUNSEN_COMMAND");
  return called != nullptr && *called != '\0' ? printable(called) : "bunsen";
}

void tell_error(const std::string& message) { fmt::print(stderr, "bunsen: {}\n", message); }

std::string device_of(const TrainingSpec& spec) {
  return std::string(names_of(Device{})[static_cast<std::size_t>(spec.runtime.device)]);
}

void list_files(const std::string& folder, const std::string& command) {
  const fs::path place = folder_of_files(folder);
  const std::vector<fs::path> files = yaml_files(place);
  if (files.empty()) {
    fmt::print(stderr, "no file given, and there are none in '{}': write `bunsen {} FILE`\n", folder,
               command);
    return;
  }
  fmt::print(stderr, "no file given; these are there:\n");
  std::size_t width = 0;
  for (const fs::path& file : files) width = std::max(width, shown(file).size());
  for (const fs::path& file : files)
    fmt::print("{} {} {:<{}}  {}\n", own_command(), command, shown(file), width, first_comment(file));
}

std::string shown(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  const fs::path relative = whole.lexically_relative(fs::current_path());
  if (relative.empty() || *relative.begin() == "..")
    return path.is_absolute() ? path.string() : path.lexically_normal().string();
  return relative.string();
}

std::string with_thousands(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string writer_of(const fs::path& run_folder) {
  const std::optional<RunStatus> status = read_status(run_folder);
  if (!status) return "another process";
  const bool is_here = status->process.host == this_process().host;
  return fmt::format("process {} on {}", status->process.pid,
                     is_here ? "this machine" : "'" + status->process.host + "'");
}

}  // namespace bunsen
