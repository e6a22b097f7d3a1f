#include "config/text_check.h"

#include <fmt/format.h>

#include "base/text.h"

namespace bunsen {
namespace {

Place at(std::int32_t source, std::size_t offset, std::size_t length = 1) {
  return {source, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)};
}

std::size_t first_control_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_line_end = byte == '\n' || (byte == '\r' && i + 1 < text.size() && text[i + 1] == '\n');
    if ((byte < 0x20 && byte != '\t' && !is_line_end) || byte == 0x7F) return i;
  }
  return std::string_view::npos;
}

std::size_t first_directive(std::string_view text) {
  if (text.starts_with('%')) return 0;
  const std::size_t found = text.find("\n%");
  return found == std::string_view::npos ? found : found + 1;
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

bool check_text(std::int32_t source, const Sources& sources, Diagnostics& problems) {
  const std::string_view text = sources.text(source);
  if (text.size() > largest_config_bytes) {
    problems.error(
        Code::bad_text, at(source, 0), "",
        fmt::format("the file is {} bytes; at most {} are read", text.size(), largest_config_bytes),
        "keep data in files of their own");
    return false;
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    problems.error(Code::bad_text, at(source, 0, 2), "", "the file is UTF-16", "save it as UTF-8");
    return false;
  }
  if (const std::size_t bad = first_invalid_utf8(text); bad != std::string_view::npos) {
    problems.error(Code::bad_text, at(source, bad), "",
                   fmt::format("byte 0x{:02X} is not UTF-8", static_cast<unsigned char>(text[bad])),
                   "save the file as UTF-8");
    return false;
  }
  if (const std::size_t bad = first_control_byte(text); bad != std::string_view::npos) {
    const auto byte = static_cast<unsigned char>(text[bad]);
    problems.error(Code::bad_text, at(source, bad), "", fmt::format("control byte 0x{:02X}", byte),
                   byte == '\r' ? "save the file with line ends LF or CR LF" : "remove it");
    return false;
  }
  if (const std::size_t bad = first_directive(text); bad != std::string_view::npos) {
    problems.error(Code::unsupported_yaml, at(source, bad), "", "a YAML directive",
                   "remove the line; configs are YAML 1.2 without directives");
    return false;
  }
  return true;
}

}  // namespace bunsen
