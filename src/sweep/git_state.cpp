#include "sweep/git_state.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/text.h"

extern char** environ;

namespace bunsen {
namespace {

/// What `git ARGUMENTS` writes to standard output; nothing unless it succeeds.
std::optional<std::string> ask_git(const std::filesystem::path& folder,
                                   const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  std::vector<std::string> words = {"git", "--no-optional-locks", "-C", folder.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, "git", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  std::array<char, 4096> bytes{};
  ssize_t count = 0;
  while (error == 0 && (count = read(ends[0], bytes.data(), bytes.size())) > 0)
    text.append(bytes.data(), static_cast<std::size_t>(count));
  close(ends[0]);
  int status = 1;
  if (error != 0 || waitpid(pid, &status, 0) != pid || status != 0) return std::nullopt;
  return text;
}

}  // namespace

std::optional<GitState> git_state_of(const std::filesystem::path& folder) {
  const std::optional<std::string> commit = ask_git(folder, {"rev-parse", "HEAD"});
  if (!commit) return std::nullopt;
  const std::optional<std::string> changes =
      ask_git(folder, {"status", "--porcelain", "--untracked-files=no"});
  return GitState{std::string(trim(*commit)), changes && !trim(*changes).empty()};
}

}  // namespace bunsen
