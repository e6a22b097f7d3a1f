// download.h - the bytes behind a URL -> a file, however often the line breaks off.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace bunsen {

struct DownloadState {
  std::uint64_t received = 0;
  std::optional<std::uint64_t> total;  ///< nothing while the server has not said it
};

struct DownloadObserver {
  std::function<bool()> should_stop;                   ///< asked at least once a second
  std::function<void(const DownloadState&)> progress;  ///< several times a second
  std::function<void(const std::string&)> note;        ///< one line: a break-off and what follows
};

/// How long a download is worth another try.
struct Patience {
  int attempts = 5;                           ///< in a row that bring nothing new
  std::chrono::milliseconds first_wait{500};  ///< doubled with each of them
};

/// Writes the file behind an http, https or file URL to `file`, which is made anew and synced. A download
/// that breaks off goes on where it stopped if the server can do that, else from the beginning. Throws
/// UserError with the URL and the reason: no more than `most_bytes` are taken; interrupted if it should stop.
/// What is then in `file` is worthless.
void download(const std::string& url, const std::filesystem::path& file, std::uint64_t most_bytes,
              const DownloadObserver& observer, const Patience& patience = {});

}  // namespace bunsen
