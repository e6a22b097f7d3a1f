#include "fetch/download.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <memory>
#include <thread>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace bunsen {
namespace {

/// The few functions of libcurl that are used. It is loaded here and not linked: its thirty libraries would
/// make every start of the program slower, and few starts fetch anything.
struct Curl {
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_perform) easy_perform;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_strerror) easy_strerror;
};

template <class Function>
void look_up(void* library, const char* name, Function& into) {
  into = reinterpret_cast<Function>(::dlsym(library, name));
  if (into == nullptr) throw UserError(fmt::format("this machine's libcurl has no {}", name));
}

Curl load_curl() {
  void* library = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    if (library == nullptr) library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  }
  if (library == nullptr)
    throw UserError("can't fetch anything without libcurl; install Debian's package libcurl4");
  Curl curl{};
  look_up(library, "curl_easy_init", curl.easy_init);
  look_up(library, "curl_easy_setopt", curl.easy_setopt);
  look_up(library, "curl_easy_perform", curl.easy_perform);
  look_up(library, "curl_easy_getinfo", curl.easy_getinfo);
  look_up(library, "curl_easy_cleanup", curl.easy_cleanup);
  look_up(library, "curl_easy_strerror", curl.easy_strerror);
  return curl;
}

/// The file that grows; a failed write is kept, since libcurl only learns that there was one.
class GrowingFile {
 public:
  explicit GrowingFile(const std::filesystem::path& path)
      : path_(path), descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) fail(errno);
  }
  ~GrowingFile() { ::close(descriptor_); }
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  std::uint64_t size() const { return size_; }
  int error() const { return error_; }

  bool append(const char* bytes, std::size_t count) {
    while (count > 0) {
      const ssize_t written = ::write(descriptor_, bytes, count);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return error_ = errno, false;
      bytes += written;
      count -= static_cast<std::size_t>(written);
      size_ += static_cast<std::uint64_t>(written);
    }
    return true;
  }
  void empty() {
    if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) < 0) fail(errno);
    size_ = 0;
  }
  void sync() {
    if (::fsync(descriptor_) != 0) fail(errno);
  }
  [[noreturn]] void fail(int error_number) const {
    throw UserError(fmt::format("can't write {}: {}", path_.string(), system_reason(error_number)),
                    ExitCode::run_failed);
  }

 private:
  const std::filesystem::path& path_;
  int descriptor_;
  std::uint64_t size_ = 0;
  int error_ = 0;
};

/// What one attempt ended with.
struct Outcome {
  CURLcode code = CURLE_OK;
  long http_status = 0;
  std::string detail;  ///< libcurl's own words
};

/// libcurl's sentences as clauses; names such as OpenSSL keep their capitals.
std::string as_clause(std::string text) {
  const auto is_small = [](unsigned char c) { return std::islower(c) != 0; };
  const std::size_t word_end = std::min(text.find(' '), text.size());
  if (word_end > 1 &&
      std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(word_end), is_small))
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return printable(text);
}

/// One URL on its way into one file.
class Transfer {
 public:
  Transfer(const std::string& url, GrowingFile& file, std::uint64_t most_bytes,
           const DownloadObserver& observer)
      : curl_(load_curl()), url_(url), file_(file), most_bytes_(most_bytes), observer_(observer) {}

  bool was_stopped() const { return was_stopped_; }
  bool is_too_large() const { return is_too_large_; }

  Outcome attempt() {
    const std::unique_ptr<CURL, decltype(curl_.easy_cleanup)> handle(curl_.easy_init(), curl_.easy_cleanup);
    if (!handle) throw UserError("libcurl can't be started");
    resumed_at_ = file_.size();
    std::array<char, CURL_ERROR_SIZE> detail{};
    set_up(handle.get(), detail.data());
    Outcome out;
    out.code = curl_.easy_perform(handle.get());
    curl_.easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &out.http_status);
    out.detail = as_clause(detail[0] != '\0' ? detail.data() : curl_.easy_strerror(out.code));
    return out;
  }

 private:
  void set_up(CURL* handle, char* detail) {
    const auto set = curl_.easy_setopt;
    set(handle, CURLOPT_URL, url_.c_str());
    set(handle, CURLOPT_ERRORBUFFER, detail);
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_FAILONERROR, 1L);
    set(handle, CURLOPT_FOLLOWLOCATION, 1L);
    set(handle, CURLOPT_MAXREDIRS, 10L);
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https,file");
    set(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(handle, CURLOPT_CONNECTTIMEOUT, 20L);
    // A line that brings less than this for so long counts as broken.
    set(handle, CURLOPT_LOW_SPEED_LIMIT, 100L);
    set(handle, CURLOPT_LOW_SPEED_TIME, 30L);
    set(handle, CURLOPT_USERAGENT, "bunsen");
    if (resumed_at_ > 0) set(handle, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(resumed_at_));
    set(handle, CURLOPT_WRITEFUNCTION, &Transfer::take);
    set(handle, CURLOPT_WRITEDATA, this);
    set(handle, CURLOPT_NOPROGRESS, 0L);
    set(handle, CURLOPT_XFERINFOFUNCTION, &Transfer::tell);
    set(handle, CURLOPT_XFERINFODATA, this);
  }

  static std::size_t take(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t size = one * count;
    transfer.is_too_large_ = transfer.file_.size() + size > transfer.most_bytes_;
    return !transfer.is_too_large_ && transfer.file_.append(bytes, size) ? size : CURL_WRITEFUNC_ERROR;
  }

  static int tell(void* self, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.observer_.should_stop && transfer.observer_.should_stop()) {
      transfer.was_stopped_ = true;
      return 1;
    }
    DownloadState state{transfer.file_.size(), std::nullopt};
    if (total > 0) state.total = transfer.resumed_at_ + static_cast<std::uint64_t>(total);
    if (transfer.observer_.progress) transfer.observer_.progress(state);
    return 0;
  }

  Curl curl_;
  const std::string& url_;
  GrowingFile& file_;
  std::uint64_t most_bytes_;
  const DownloadObserver& observer_;
  std::uint64_t resumed_at_ = 0;
  bool was_stopped_ = false;
  bool is_too_large_ = false;
};

bool is_busy_status(long status) { return status == 408 || status == 429 || status >= 500; }

/// Is it worth another try? A server that was never reached is not: a name is misspelled more often than a
/// line is down.
bool may_pass(const Outcome& outcome, bool was_reached) {
  switch (outcome.code) {
    case CURLE_HTTP_RETURNED_ERROR:
      return is_busy_status(outcome.http_status);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return was_reached;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

std::string reason_of(const Outcome& outcome) {
  switch (outcome.code) {
    case CURLE_HTTP_RETURNED_ERROR:
      if (outcome.http_status == 404) return "the server has no such file (404)";
      return fmt::format("the server answers {}", outcome.http_status);
    case CURLE_TOO_MANY_REDIRECTS:
      return "the server sends on from address to address, more than 10 times";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "the server's certificate is not trusted: " + outcome.detail;
    case CURLE_SSL_CONNECT_ERROR:
      return "no secure connection: " + outcome.detail;
    case CURLE_COULDNT_CONNECT:
      return outcome.detail.substr(0, outcome.detail.find(" after "));
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return "not an http, https or file URL";
    default:
      return outcome.detail;
  }
}

[[noreturn]] void fail_download(const std::string& url, const std::string& reason) {
  throw UserError(fmt::format("can't fetch {}: {}", printable(url), reason), ExitCode::run_failed);
}

[[noreturn]] void fail_stopped() { throw UserError("interrupted; nothing is kept", ExitCode::interrupted); }

void wait(std::chrono::milliseconds time, const DownloadObserver& observer) {
  constexpr std::chrono::milliseconds glance{50};
  for (auto waited = std::chrono::milliseconds{0}; waited < time; waited += glance) {
    if (observer.should_stop && observer.should_stop()) fail_stopped();
    std::this_thread::sleep_for(glance);
  }
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

void download(const std::string& url, const std::filesystem::path& file, std::uint64_t most_bytes,
              const DownloadObserver& observer, const Patience& patience) {
  GrowingFile growing(file);
  Transfer transfer(url, growing, most_bytes, observer);
  std::uint64_t furthest = 0;
  int attempts = 0;
  auto pause = patience.first_wait;
  bool was_reached = false;
  while (true) {
    const Outcome outcome = transfer.attempt();
    if (outcome.code == CURLE_OK) return growing.sync();
    if (transfer.was_stopped()) fail_stopped();
    if (growing.error() != 0) growing.fail(growing.error());
    if (transfer.is_too_large())
      fail_download(url, fmt::format("it is larger than {}", megabytes(most_bytes)));
    was_reached = was_reached || outcome.http_status != 0 || growing.size() > 0;
    // The server can't go on where it stopped: from the beginning, at once.
    const bool starts_over =
        growing.size() > 0 && (outcome.code == CURLE_RANGE_ERROR || outcome.http_status == 416);
    if (!starts_over && !may_pass(outcome, was_reached)) fail_download(url, reason_of(outcome));
    if (growing.size() > furthest) {
      furthest = growing.size();
      attempts = 0;
      pause = patience.first_wait;
    }
    if (starts_over) {
      growing.empty();
      continue;
    }
    if (++attempts >= patience.attempts)
      fail_download(url, fmt::format("{} ({} attempts)", reason_of(outcome), attempts));
    if (observer.note)
      observer.note(fmt::format("{} after {}; goes on in {:.1f} s", reason_of(outcome),
                                megabytes(growing.size()), static_cast<double>(pause.count()) / 1000));
    wait(pause, observer);
    pause *= 2;
  }
}

}  // namespace bunsen
