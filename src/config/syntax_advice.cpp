#include "config/syntax_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <vector>

#include "config/indentation.h"

namespace bunsen {
namespace {

struct Advice {
  std::size_t offset = 0;
  std::size_t length = 1;
  std::string message;
  std::string hint;
};

struct Line {
  std::size_t begin = 0;
  std::string_view text;
};

Line line_at(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  std::size_t begin = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  begin = begin == std::string_view::npos ? 0 : begin + 1;
  std::size_t end = text.find('\n', begin);
  if (end == std::string_view::npos) end = text.size();
  return {begin, text.substr(begin, end - begin)};
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

std::optional<Advice> tab_in_indentation(const Line& line) {
  for (std::size_t i = 0; i < line.text.size() && (line.text[i] == ' ' || line.text[i] == '\t'); ++i) {
    if (line.text[i] == '\t')
      return Advice{line.begin + i, 1, "a tab in the indentation", "indent with spaces"};
  }
  return std::nullopt;
}

std::optional<Advice> bare_variable(const Line& line) {
  const std::size_t dollar = line.text.find("${");
  const std::size_t flow = line.text.find_first_of("{[");
  if (dollar == std::string_view::npos || flow >= dollar) return std::nullopt;
  const bool quoted = dollar > 0 && (line.text[dollar - 1] == '"' || line.text[dollar - 1] == '\'');
  if (quoted) return std::nullopt;
  const std::size_t close = line.text.find('}', dollar);
  const std::size_t length = close == std::string_view::npos ? 2 : close + 1 - dollar;
  const std::string name(line.text.substr(dollar + 2, length > 3 ? length - 3 : 0));
  return Advice{line.begin + dollar, length, "a variable in braces inside { } or [ ]",
                fmt::format("write ${0}, or quote it: \"${{{0}}}\"", name.empty() ? "name" : name)};
}

// Offset of the quote that opens a quoted text which does not end on its line.
std::size_t open_quote(std::string_view text) {
  char quote = 0;
  std::size_t opened = std::string_view::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (quote == '"' && c == '\\') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
    } else if ((c == '"' || c == '\'') && (i == 0 || !is_word(text[i - 1]))) {
      quote = c;
      opened = i;
    } else if (c == '#' && (i == 0 || text[i - 1] == ' ')) {
      break;
    }
  }
  return quote == 0 ? std::string_view::npos : opened;
}

std::optional<Advice> missing_quote(const Line& line) {
  const std::size_t quote = open_quote(line.text);
  if (quote == std::string_view::npos) return std::nullopt;
  return Advice{line.begin + quote, 1, "a quote that is never closed",
                fmt::format("close it with {}", line.text[quote])};
}

std::optional<Advice> no_plain_space(const Line& line) {
  const std::size_t space = odd_space(line.text);
  if (space == std::string_view::npos) return std::nullopt;
  return Advice{line.begin + space, 2, "a space that is not an ordinary one (such as a no-break space)",
                "type a plain space"};
}

/// Offset of the last { or [ before `end` that is not closed there, or npos.
std::size_t unclosed_bracket(std::string_view text, std::size_t end) {
  std::vector<std::size_t> open;
  char quote = 0;
  for (std::size_t i = 0; i < std::min(end, text.size()); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || (c == '\'' && (i == 0 || !is_word(text[i - 1])))) {
      quote = c;
    } else if (c == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\n')) {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '{' || c == '[') {
      open.push_back(i);
    } else if ((c == '}' || c == ']') && !open.empty()) {
      open.pop_back();
    }
  }
  return open.empty() ? std::string_view::npos : open.back();
}

std::optional<Advice> missing_bracket(std::string_view text, std::size_t offset,
                                      const std::string& complaint) {
  if (!complaint.starts_with("end of map flow") && !complaint.starts_with("end of sequence flow"))
    return std::nullopt;
  const std::size_t bracket = unclosed_bracket(text, offset);
  if (bracket == std::string_view::npos) return std::nullopt;
  const char closing = text[bracket] == '{' ? '}' : ']';
  return Advice{bracket, 1,
                fmt::format("a {} that is never closed, or a comma that is missing behind it", text[bracket]),
                fmt::format("close it with {}, or put commas between the entries", closing)};
}

std::optional<Advice> missing_space(const Line& line) {
  const std::size_t colon = colon_without_space(line.text);
  if (colon == std::string_view::npos) return std::nullopt;
  return Advice{line.begin + colon, 1, "no space behind ':'", "put a space after ':'"};
}

std::optional<Advice> colon_in_value(const Line& line) {
  const std::size_t first = line.text.find(": ");
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = line.text.find(": ", first + 2);
  if (second == std::string_view::npos || line.text.find_first_of("{[\"'") < second) return std::nullopt;
  return Advice{line.begin + second, 1, "a second ': ' in one line",
                "quote the value, or put the inner key on a line of its own"};
}

std::optional<Advice> other_comment(const Line& line) {
  const std::size_t begin = line.text.find_first_not_of(' ');
  if (begin == std::string_view::npos || !line.text.substr(begin).starts_with("//")) return std::nullopt;
  return Advice{line.begin + begin, 2, "a comment begins with #, not with //", "write # in its place"};
}

/// Lines that do not line up: the complaints that a wrong indentation leads to.
std::optional<Advice> wrong_indentation(std::string_view text, std::size_t offset,
                                        const std::string& complaint) {
  const bool may_be =
      complaint.starts_with("end of map not found") || complaint.starts_with("illegal map value") ||
      complaint.starts_with("end of sequence not found") || complaint.starts_with("illegal block entry");
  if (!may_be) return std::nullopt;
  const std::optional<MisindentedLine> line = misindented_line(text, offset);
  if (!line) return std::nullopt;
  return Advice{line->offset, line->length, misindented_message(*line), misindented_hint(*line)};
}

struct Translation {
  std::string_view complaint, message, hint;
};

constexpr std::array<Translation, 21> translations{{
    {"end of map flow not found", "a { that is never closed, or a missing comma before here",
     "close it with }, or put a comma between the entries"},
    {"end of sequence flow not found", "a [ that is never closed, or a missing comma before here",
     "close it with ], or put a comma between the items"},
    {"end of map not found", "this line does not line up with the keys above it",
     "indent it like its neighbours"},
    {"end of sequence not found", "this line does not line up with the list above it",
     "begin each item with '- ' in the same column"},
    {"illegal map value", "a value where a key was expected", "give each key a line of its own"},
    {"illegal map key", "a key where none can stand", "indent it like its neighbours"},
    {"illegal block entry", "a '- ' where no list item can stand",
     "put the list on its own lines below the key"},
    {"illegal flow end", "a } or ] that nothing opened", "remove it"},
    {"illegal tab when looking for indentation", "a tab in the indentation", "indent with spaces"},
    {"illegal EOF in scalar", "a quote that is never closed", "close it"},
    {"illegal document indicator in scalar", "a --- inside quoted text", "close the quote before it"},
    {"illegal character in scalar", "a character that can't begin a value", "quote the value"},
    {"unknown token", "a character that can't begin a value (such as @, ` or %)", "quote the value"},
    {"unknown escape character", "an unknown escape after \\",
     "write \\\\ for a backslash, or use single quotes"},
    {"bad character found while scanning hex number", "an escape that needs hex digits",
     "write for instance \\x41"},
    {"invalid unicode", "an escape that is no character", "write the character itself"},
    {"the referenced anchor is not defined", "an alias (*name) whose anchor (&name) is not defined above",
     "define it with &name first"},
    {"alias not found after *", "a * without a name", "quote the value if it is text"},
    {"anchor not found after &", "an & without a name", "quote the value if it is text"},
    {"cannot set zero indentation", "a block text with indentation 0", "write | or > alone"},
    {"unexpected character in block scalar", "text behind | or >", "put the text on the next line"},
}};

Advice translate(const std::string& complaint, std::size_t offset) {
  for (const Translation& row : translations) {
    if (complaint.starts_with(row.complaint))
      return {offset, 1, std::string(row.message), std::string(row.hint)};
  }
  return {offset, 1, "not YAML: " + complaint, ""};
}

}  // namespace

// U+00A0, U+2000..U+200B, U+202F, U+3000, U+FEFF.
std::size_t odd_space(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("\xC2\xA0") || rest.starts_with("\xE3\x80\x80") ||
        rest.starts_with("\xEF\xBB\xBF") || rest.starts_with("\xE2\x80\xAF"))
      return i;
    if (rest.starts_with("\xE2\x80") && rest.size() > 2 && static_cast<unsigned char>(rest[2]) <= 0x8B)
      return i;
  }
  return std::string_view::npos;
}

std::size_t colon_without_space(std::string_view text) {
  const std::size_t comment = text.find(" #");
  if (comment != std::string_view::npos) text = text.substr(0, comment);
  if (text.find_first_of("\"'") != std::string_view::npos) return std::string_view::npos;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] != ':' || text[i + 1] == ' ' || text[i + 1] == '/' || text[i + 1] == ':') continue;
    std::size_t begin = i;
    while (begin > 0 && is_word(text[begin - 1])) --begin;
    const bool follows_a_word = begin < i && std::isalpha(static_cast<unsigned char>(text[begin])) != 0;
    const bool word_begins_well =
        begin == 0 || std::string_view(" {[,-").find(text[begin - 1]) != std::string_view::npos;
    if (follows_a_word && word_begins_well) return i;
  }
  return std::string_view::npos;
}

std::string misindented_message(const MisindentedLine& line) {
  return fmt::format("this line is indented by {}, the {} by {}", line.indent,
                     line.is_sure ? "lines around it" : "line above it", line.wanted);
}

std::string misindented_hint(const MisindentedLine& line) {
  if (!line.is_sure) return "indent both alike";
  const std::size_t by = line.indent < line.wanted ? line.wanted - line.indent : line.indent - line.wanted;
  return fmt::format("indent it by {} {} {}", by, line.indent < line.wanted ? "more" : "fewer",
                     by == 1 ? "space" : "spaces");
}

void explain_syntax_error(std::int32_t source, std::size_t offset, const std::string& complaint,
                          const Sources& sources, Diagnostics& problems) {
  const std::string_view text = sources.text(source);
  offset = std::min(offset, text.empty() ? 0 : text.size() - 1);
  const Line line = line_at(text, offset);
  const Line above = line.begin > 0 ? line_at(text, line.begin - 1) : line;
  std::optional<Advice> advice = tab_in_indentation(line);
  if (!advice) advice = no_plain_space(line);
  if (!advice) advice = no_plain_space(above);
  if (!advice) advice = other_comment(line);
  if (!advice) advice = other_comment(above);
  if (!advice) advice = bare_variable(line);
  if (!advice) advice = missing_quote(line);
  if (!advice) advice = missing_space(line);
  if (!advice) advice = missing_space(above);
  if (!advice) advice = missing_quote(above);
  if (!advice) advice = wrong_indentation(text, offset, complaint);
  if (!advice && complaint.starts_with("illegal map value")) advice = colon_in_value(line);
  if (!advice) advice = missing_bracket(text, offset, complaint);
  if (!advice) advice = translate(complaint, offset);
  const Place place{source, static_cast<std::uint32_t>(advice->offset),
                    static_cast<std::uint32_t>(advice->length)};
  problems.error(Code::syntax, place, "", advice->message, advice->hint);
}

}  // namespace bunsen
