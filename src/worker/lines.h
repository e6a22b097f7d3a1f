// lines.h - whole lines over a file descriptor, both ways.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bunsen {

/// Collects what one end of a pipe or socket sends until lines are whole.
class LineReader {
 public:
  static constexpr std::size_t most_line_bytes = 16u << 20;

  explicit LineReader(int descriptor) : descriptor_(descriptor) {}

  enum class Read { some, nothing_now, end };
  /// One read(2). `nothing_now`: interrupted by a signal, or nothing there on a descriptor that does not
  /// block.
  Read read_some();

  /// Takes the next whole line, without its end; false if there is none yet. A line above the limit comes as
  /// the text that `is_too_long` is true of, its content dropped. At the end of input an unfinished line
  /// counts as whole.
  bool next(std::string& line);
  bool is_too_long(const std::string& line) const { return line.size() > most_line_bytes; }

 private:
  int descriptor_;
  std::string pending_;
  std::size_t searched_ = 0;  ///< of `pending_`, without a line end
  bool is_skipping_ = false;  ///< the rest of a line that was too long
  bool is_at_end_ = false;
};

/// Writes the line and its end; false if the other side is gone.
bool write_line(int descriptor, std::string_view line);

}  // namespace bunsen
