// indentation.h - which line is indented wrongly, when lines that should line up do not.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace bunsen {

struct MisindentedLine {
  std::size_t offset = 0;  ///< of its first character that is no blank
  std::size_t length = 0;  ///< of its first word
  std::size_t indent = 0;  ///< as it is
  std::size_t wanted = 0;  ///< as its neighbours have it
  bool is_sure = true;     ///< else the line above may as well be the one that stands wrong
};

/// A parser stopped in the line of `offset`. The line that differs from its neighbours is to blame, which may
/// be one above. Nothing where indentation is not what is wrong.
std::optional<MisindentedLine> misindented_line(std::string_view text, std::size_t offset);

}  // namespace bunsen
