#include "worker/lines.h"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace bunsen {

LineReader::Read LineReader::read_some() {
  std::array<char, 1 << 16> bytes;
  const ssize_t count = ::read(descriptor_, bytes.data(), bytes.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return Read::nothing_now;
  if (count <= 0) {
    is_at_end_ = true;
    return Read::end;
  }
  pending_.append(bytes.data(), static_cast<std::size_t>(count));
  return Read::some;
}

bool LineReader::next(std::string& line) {
  for (;;) {
    const std::size_t end = pending_.find('\n', searched_);
    if (end == std::string::npos) {
      searched_ = pending_.size();
      if (pending_.size() > most_line_bytes) {
        is_skipping_ = true;
        pending_.clear();
        searched_ = 0;
      }
      if (!is_at_end_ || (pending_.empty() && !is_skipping_)) return false;
    }
    const bool was_too_long = std::exchange(is_skipping_, false);
    line = was_too_long ? std::string(most_line_bytes + 1, ' ') : pending_.substr(0, end);
    pending_.erase(0, end == std::string::npos ? end : end + 1);
    searched_ = 0;
    return true;
  }
}

bool write_line(int descriptor, std::string_view line) {
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t count = ::write(descriptor, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace bunsen
