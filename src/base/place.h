// place.h - where in which text something was written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bunsen {

/// A stretch of bytes in one of the texts that `Sources` holds. Line and column are worked out only when
/// printed.
struct Place {
  std::int32_t source = -1;  ///< index into `Sources`; -1: nowhere (a default, or a value made by a program)
  std::uint32_t offset = 0;  ///< first byte
  std::uint32_t length = 0;  ///< bytes; 0 marks a point

  bool known() const { return source >= 0; }
  bool operator==(const Place&) const = default;
};

/// Line and column as an editor shows them: 1-based, columns in code points.
struct Position {
  int line = 1;
  int column = 1;
};

/// Every text that places point into: files, and `--set` arguments (called `--set #2`).
class Sources {
 public:
  /// Takes over `text` and returns its index.
  std::int32_t add(std::string name, std::string text);
  /// The same for text that stands in no file but on the command line.
  std::int32_t add_argument(std::string label, std::string text);

  /// Puts another text in the place of one; places in it count from then on in the new text.
  void replace_text(std::int32_t source, std::string text);

  const std::string& name(std::int32_t source) const {
    return texts_.at(static_cast<std::size_t>(source)).name;
  }
  const std::string& text(std::int32_t source) const {
    return texts_.at(static_cast<std::size_t>(source)).text;
  }
  bool is_file(std::int32_t source) const { return texts_.at(static_cast<std::size_t>(source)).is_file; }
  Position position(const Place& place) const;
  /// The whole line on which `place` begins, without its line end.
  std::string_view line(const Place& place) const;
  /// `mlp.yaml:4:14`, or an empty text for an unknown place.
  std::string describe(const Place& place) const;

 private:
  struct Text {
    std::string name;
    std::string text;
    std::vector<std::uint32_t> line_starts;
    bool is_file = true;
  };
  std::size_t line_index(const Place& place) const;
  std::vector<Text> texts_;
};

}  // namespace bunsen
