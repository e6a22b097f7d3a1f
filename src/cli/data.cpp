#include "cli/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/errors.h"
#include "base/spelling.h"
#include "base/text.h"
#include "cli/progress.h"
#include "cli/run_setting.h"
#include "cli/terminal.h"
#include "config/json.h"
#include "data/known_sets.h"
#include "fetch/fetch_set.h"
#include "sweep/interruption.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

std::string megabytes(std::int64_t bytes) {
  return fmt::format("{:.{}f} MB", static_cast<double>(bytes) / 1e6, bytes < 10'000'000 ? 1 : 0);
}

const KnownSet& named_set(const std::string& name) {
  const std::vector<std::string> names = known_set_names();
  if (std::ranges::find(names, name) != names.end()) return known_set(name);
  const std::optional<std::string> meant = closest(name, names);
  throw UserError(fmt::format("no known data set is called '{}'; {}", name,
                              meant ? fmt::format("did you mean '{}'?", *meant) : known_words(names)));
}

std::int64_t bytes_of(const KnownFiles& files) {
  std::int64_t bytes = 0;
  for (const fs::path& file : files) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    if (!error) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

/// Folders that hold the set or a part of it, each once, in the order of the search.
std::vector<KnownPlace> places_with(const KnownSet& set, const DataPlaces& places) {
  std::vector<KnownPlace> out;
  for (KnownPlace& place : search_known_set(set, places)) {
    std::error_code error;
    const auto is_same = [&](const KnownPlace& other) {
      return fs::equivalent(other.folder, place.folder, error);
    };
    if ((place.is_candidate() || place.is_broken) && std::ranges::none_of(out, is_same))
      out.push_back(std::move(place));
  }
  return out;
}

// --- list

/// One known set on this machine.
struct SetState {
  const KnownSet* set = nullptr;
  std::vector<KnownPlace> broken;
  std::optional<KnownPlace> found;
  bool is_verified = false;
};

SetState state_of(const KnownSet& set, const DataPlaces& places) {
  SetState state{&set, {}, std::nullopt, false};
  for (KnownPlace& place : places_with(set, places)) {
    if (place.is_broken) {
      state.broken.push_back(std::move(place));
    } else if (!state.found) {
      state.found = std::move(place);
    }
  }
  state.is_verified = state.found && is_remembered(set, state.found->files, places);
  return state;
}

std::string state_word(const SetState& state) {
  if (!state.found) return "not found";
  return state.is_verified ? "verified" : "not verified";
}

Node to_node(const SetState& state) {
  const KnownSet& set = *state.set;
  Node out = Node::map();
  out.set("name", Node::string(std::string(set.name)));
  out.set("train_samples", Node::number(set.files[1].sizes[0]));
  out.set("test_samples", Node::number(set.files[3].sizes[0]));
  out.set("found", Node::boolean(state.found.has_value()));
  if (state.found) {
    out.set("folder", Node::string(state.found->folder.string()));
    out.set("bytes", Node::number(bytes_of(state.found->files)));
    out.set("verified", Node::boolean(state.is_verified));
  }
  Node& broken = out.set("broken", Node::list());
  for (const KnownPlace& place : state.broken) {
    Node& item = broken.push(Node::map());
    item.set("folder", Node::string(place.folder.string()));
    item.set("reason", Node::string(place.reason));
  }
  out.set("package", set.package.empty() ? Node() : Node::string(std::string(set.package)));
  out.set("url", Node::string(std::string(set.url)));
  return out;
}

void tell_ways(const SetState& state) {
  const KnownSet& set = *state.set;
  for (const KnownPlace& place : state.broken)
    fmt::print(stderr, "{} in {} is broken: {}\n", set.name, shown(place.folder), one_line(place.reason));
  if (state.found && !state.is_verified)
    fmt::print(stderr, "{}: `{} data verify {}` reads it and checks its checksums\n", set.name, own_command(),
               set.name);
  if (state.found) return;
  fmt::print(
      stderr, "{}: `{} data fetch {}` downloads it ({}){}\n", set.name, own_command(), set.name,
      megabytes(set.download_bytes),
      set.package.empty() ? std::string() : fmt::format(", or install Debian's package {}", set.package));
}

// --- verify

struct FileVerdict {
  fs::path file;
  std::string reason;  ///< empty: it is right
};

struct PlaceVerdict {
  const KnownSet* set = nullptr;
  fs::path folder;
  std::vector<FileVerdict> files;

  bool is_whole() const {
    return std::ranges::all_of(files, [](const FileVerdict& file) { return file.reason.empty(); });
  }
};

PlaceVerdict verdict_on(const KnownSet& set, const KnownPlace& place, const DataPlaces& places) {
  PlaceVerdict verdict{&set, place.folder, {}};
  for (const KnownFile& file : set.files) {
    const fs::path path = find_known_file(place.folder, file);
    if (path.empty()) {
      verdict.files.push_back({place.folder / file.name, "is not there"});
    } else {
      verdict.files.push_back({path, reason_against_file(file, path)});
    }
  }
  // The decoded parts' checksums are what runs ask for: found once, they are remembered.
  if (verdict.is_whole()) identify_files(set, place.files, places);
  return verdict;
}

void print(const PlaceVerdict& verdict) {
  Table table;
  table.indent = 2;
  table.columns = {{""}, {""}};
  for (const FileVerdict& file : verdict.files) {
    table.rows.push_back({file.file.filename().string(),
                          file.reason.empty() ? Cell("right") : Cell("WRONG: " + file.reason, Paint::bad)});
  }
  fmt::print("{} in {}\n{}", verdict.set->name, shown(verdict.folder), to_text(table, look_of_stdout()).text);
  std::fflush(stdout);
}

Node to_node(const PlaceVerdict& verdict) {
  Node out = Node::map();
  out.set("name", Node::string(std::string(verdict.set->name)));
  out.set("folder", Node::string(verdict.folder.string()));
  out.set("right", Node::boolean(verdict.is_whole()));
  Node& files = out.set("files", Node::list());
  for (const FileVerdict& file : verdict.files) {
    Node& item = files.push(Node::map());
    item.set("file", Node::string(file.file.string()));
    item.set("right", Node::boolean(file.reason.empty()));
    if (!file.reason.empty()) item.set("reason", Node::string(file.reason));
  }
  return out;
}

// --- fetch

fs::path default_target(const DataPlaces& places) {
  const char* named = std::getenv("BUNSEN_DATA");
  if (named != nullptr && *named != '\0') return named;
  return places.memory.empty() ? fs::path("data") : places.memory.parent_path() / "data";
}

std::string address_for(const KnownSet& set, const DataOptions& options) {
  if (options.from) return *options.from;
  const char* mirror = std::getenv("BUNSEN_DATA_MIRROR");
  if (mirror == nullptr || *mirror == '\0') return std::string(set.url);
  return fmt::format("{}{}{}/", mirror, std::string_view(mirror).ends_with('/') ? "" : "/", set.name);
}

/// A bar for each file, on a terminal.
class FetchProgress {
 public:
  explicit FetchProgress(Talk& talk) : talk_(talk) {}

  void tell(const std::string& file, const DownloadState& state) {
    const auto now = std::chrono::steady_clock::now();
    if (file != file_) {
      file_ = file;
      began_at_ = now;
      had_at_first_ = state.received;
    }
    if (!talk_.is_terminal() || state.received == 0 || now - drawn_at_ < std::chrono::milliseconds(100))
      return;
    drawn_at_ = now;
    const auto received = static_cast<std::int64_t>(state.received);
    std::string line = fmt::format("{}  {}", file, megabytes(received));
    if (state.total) {
      const double share = static_cast<double>(received) / static_cast<double>(*state.total);
      line = fmt::format("{}  {} {} of {}{}", file, bar_text(share, 20), megabytes(received),
                         megabytes(static_cast<std::int64_t>(*state.total)), left_text(now, state));
    }
    talk_.draw(line);
  }

 private:
  std::string left_text(std::chrono::steady_clock::time_point now, const DownloadState& state) const {
    const double seconds = std::chrono::duration<double>(now - began_at_).count();
    const double rate = static_cast<double>(state.received - had_at_first_) / std::max(seconds, 1e-9);
    if (seconds < 1 || rate <= 0) return "";
    return fmt::format(", {} left", duration_text(static_cast<double>(*state.total - state.received) / rate));
  }

  Talk& talk_;
  std::string file_;
  std::chrono::steady_clock::time_point began_at_, drawn_at_;
  std::uint64_t had_at_first_ = 0;
};

/// The set's folder where it is already, whole; without `--to` anywhere that is searched.
std::optional<fs::path> already_at(const KnownSet& set, const DataOptions& options,
                                   const DataPlaces& places) {
  if (options.to) return std::nullopt;  // fetch_set sees what is there
  for (const KnownPlace& place : places_with(set, places)) {
    if (place.is_candidate() && verdict_on(set, place, places).is_whole()) return place.folder;
  }
  return std::nullopt;
}

void tell_report(const KnownSet& set, const FetchReport& report, const fs::path& folder, Talk& talk) {
  talk.clear();
  for (const std::string& name : report.set_aside)
    talk.say(fmt::format("a file that was not {}'s is now called {}", set.name, shown(folder / name)));
  const auto count = static_cast<std::int64_t>(report.fetched.size());
  if (count == 0) {
    talk.say(fmt::format("{} is already in {}, its checksums are right", set.name, shown(folder)));
  } else {
    talk.say(fmt::format("{}: fetched {}, all checksums are right", set.name, count_of(count, "file")));
  }
}

std::string other_way(const KnownSet& set, const DataOptions& options) {
  const std::string_view other = options.from ? "another" : "a";
  return fmt::format(
      "`--from URL` names {} folder with its files{}", other,
      set.package.empty() ? std::string() : fmt::format(", and Debian's package {} has them", set.package));
}

void fetch_one(const KnownSet& set, const DataOptions& options, const DataPlaces& places, Talk& talk,
               Interruption& interruption) {
  if (const std::optional<fs::path> folder = already_at(set, options, places)) {
    talk.say(fmt::format("{} is already in {}, its checksums are right", set.name, shown(*folder)));
    fmt::print("{}\n", shown(*folder));
    return;
  }
  const fs::path folder = (options.to ? fs::path(*options.to) : default_target(places)) / set.name;
  const std::string url = address_for(set, options);
  FetchProgress progress(talk);
  FetchObserver observer;
  observer.should_stop = [&] { return interruption.has_arrived(); };
  observer.progress = [&](const std::string& file, const DownloadState& state) {
    progress.tell(file, state);
  };
  observer.say = [&](const std::string& line) { talk.say(line); };
  try {
    tell_report(set, fetch_set(set, folder, url, observer), folder, talk);
  } catch (const UserError& problem) {
    talk.clear();
    if (problem.exit_code != ExitCode::run_failed) throw;
    throw UserError(fmt::format("{}; {}", problem.what(), other_way(set, options)), problem.exit_code);
  }
  fmt::print("{}\n", shown(folder));
}

}  // namespace

int data_list_command(const DataOptions& options) {
  const DataPlaces places = default_data_places();
  std::vector<SetState> states;
  for (const KnownSet& set : known_sets()) states.push_back(state_of(set, places));
  if (options.json) {
    Node document = Node::list();
    for (const SetState& state : states) document.push(to_node(state));
    fmt::print("{}", json_document(document));
    return 0;
  }
  Table table;
  table.columns = {{"set"},
                   {"samples", "", false, 2},
                   {"size", "", true, 1},
                   {"state"},
                   {"where", "", false, 0, 12, true}};
  for (const SetState& state : states) {
    const KnownSet& set = *state.set;
    table.rows.push_back(
        {Cell(std::string(set.name), Paint::bold),
         fmt::format("{} + {}", with_thousands(set.files[1].sizes[0]), with_thousands(set.files[3].sizes[0])),
         state.found ? megabytes(bytes_of(state.found->files)) : "",
         Cell(state_word(state), state.found ? Paint::plain : Paint::faint),
         state.found ? shown(state.found->folder) : ""});
  }
  fmt::print("{}", to_text(table, look_of_stdout()).text);
  std::fflush(stdout);
  for (const SetState& state : states) tell_ways(state);
  return 0;
}

int data_verify_command(const DataOptions& options) {
  const DataPlaces places = default_data_places();
  const std::vector<std::string> names = options.names.empty() ? known_set_names() : options.names;
  for (const std::string& name : names) named_set(name);
  Node document = Node::list();
  bool is_all_right = true;
  std::size_t looked_at = 0;
  for (const std::string& name : names) {
    const KnownSet& set = named_set(name);
    const std::vector<KnownPlace> found = places_with(set, places);
    for (const KnownPlace& place : found) {
      const PlaceVerdict verdict = verdict_on(set, place, places);
      is_all_right = is_all_right && verdict.is_whole();
      ++looked_at;
      options.json ? static_cast<void>(document.push(to_node(verdict))) : print(verdict);
    }
    if (!found.empty() || options.names.empty()) continue;
    is_all_right = false;
    tell_error(
        fmt::format("{}; {}", not_found_text(set, search_known_set(set, places)), way_out(set, places)));
  }
  if (options.json) fmt::print("{}", json_document(document));
  if (looked_at == 0 && options.names.empty()) {
    tell_error(fmt::format("no known data set is here; `{} data list` says how to get them", own_command()));
    is_all_right = false;
  }
  return static_cast<int>(is_all_right ? ExitCode::done : ExitCode::difference);
}

int data_fetch_command(const DataOptions& options) {
  if (options.from && options.names.size() > 1)
    throw UserError(
        "--from is the folder of one set's files; fetch one set at a time, or set BUNSEN_DATA_MIRROR");
  for (const std::string& name : options.names) named_set(name);
  const DataPlaces places = default_data_places();
  Talk talk(options.quiet);
  Interruption interruption;
  for (const std::string& name : options.names)
    fetch_one(named_set(name), options, places, talk, interruption);
  return 0;
}

}  // namespace bunsen
