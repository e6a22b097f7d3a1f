#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_set>

#include "base/text.h"
#include "config/syntax_advice.h"
#include "config/text_check.h"

namespace bunsen {
namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t most_copied_values = 100000;

/// Leaves the parser when going on makes no sense; the reason has been told already.
struct Abandon {};

std::size_t count_values(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += count_values(item);
  return count;
}

void mark_used_at(Node& node, const Place& place) {
  if (!node.used_at.known()) node.used_at = place;
  for (Node& item : node.items) mark_used_at(item, place);
}

/// A map or list whose end has not been seen.
struct Open {
  Node node;
  YAML::anchor_t anchor = 0;
  Key pending;              // a map's key that waits for its value
  bool expects_key = true;  // maps only
  bool is_bad_key = false;  // a collection that stands where a key should; told, and then dropped
  bool drops_value = false;
  std::map<std::string, Place, std::less<>> seen;
};

/// Builds the tree from events and repairs their marks (facts of yaml-cpp: an empty value is marked at the
/// next token, a tag or anchor hides the value's own place, ends are not marked).
class Builder : public YAML::EventHandler {
 public:
  Builder(std::int32_t source, const Sources& sources, Diagnostics& problems)
      : source_(source), text_(sources.text(source)), sources_(sources), problems_(problems) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    second_document(offset_of(mark));
    throw Abandon();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::size_t offset = value_offset(mark);
    Node node;
    for (const std::string_view word : {"null", "Null", "NULL", "~"}) {
      if (text_.substr(std::min(offset, text_.size())).starts_with(word) && ends_word(offset + word.size()))
        node.place = place(offset, word.size());
    }
    const bool is_key = !open_.empty() && open_.back().node.is_map() && open_.back().expects_key;
    if (is_key && node.place.known()) {
      scalar(std::string(text_.substr(node.place.offset, node.place.length)), false, node.place, anchor);
      return;
    }
    if (!node.place.known()) node.place = empty_value_place();
    last_end_ = std::max<std::size_t>(last_end_, node.place.offset + node.place.length);
    value(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::size_t offset = offset_of(mark);
    std::size_t end = offset + 1;
    while (end < text_.size() && std::string_view(" \t\r\n,]}").find(text_[end]) == std::string_view::npos)
      ++end;
    const Place here = place(offset, end - offset);
    last_end_ = end;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      problems_.error(Code::bad_alias, here, "", "an alias inside the value that it stands for",
                      "write the value out");
      throw Abandon();
    }
    copied_ += count_values(found->second);
    if (copied_ > most_copied_values) {
      problems_.error(Code::bad_alias, here, "",
                      fmt::format("aliases copy more than {} values", most_copied_values),
                      "write fewer aliases of aliases");
      throw Abandon();
    }
    Node copy = found->second;
    mark_used_at(copy, here);
    value(std::move(copy), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const std::size_t offset = value_offset(mark);
    check_tag(tag, mark);
    const char first = offset < text_.size() ? text_[offset] : '\0';
    const bool quoted = first == '"' || first == '\'';
    const bool block = first == '|' || first == '>';
    std::size_t length = 1;
    if (quoted) {
      length = quoted_length(offset);
    } else if (!block) {
      length = plain_length(offset, text);
    }
    const Place here = place(offset, length);
    last_end_ = std::max(last_end_, offset + length);
    if (!quoted && !block) {
      swallowed_item(offset, text);
      if (const std::size_t odd = odd_space(text); odd != std::string_view::npos) {
        problems_.error(Code::bad_text, place(offset + odd, 1), "",
                        "a space that is not an ordinary one (such as a no-break space)",
                        "type a plain space");
        throw Abandon();
      }
    }
    scalar(text, quoted || block, here, anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(tag, mark);
    open(Node::list(), value_offset(mark), anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(tag, mark);
    open(Node::map(), value_offset(mark), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  bool has_root = false;
  Node root;
  int documents() const { return documents_; }

 private:
  Place place(std::size_t offset, std::size_t length) const {
    return {source_, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)};
  }
  static std::size_t offset_of(const YAML::Mark& mark) {
    return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
  }

  bool ends_word(std::size_t offset) const {
    return offset >= text_.size() ||
           std::string_view(" \t\r\n,]}:").find(text_[offset]) != std::string_view::npos;
  }

  /// Behind tags and anchors, to the value's own text.
  std::size_t value_offset(const YAML::Mark& mark) const {
    std::size_t at = offset_of(mark);
    while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {
      while (at < text_.size() && std::string_view(" \t\r\n").find(text_[at]) == std::string_view::npos) ++at;
      while (at < text_.size() && std::string_view(" \t\r\n").find(text_[at]) != std::string_view::npos) ++at;
    }
    return at;
  }

  /// `- flatten`, and on the next line a deeper `- relu`: for YAML one text, "flatten - relu".
  void swallowed_item(std::size_t offset, const std::string& text) {
    std::size_t line_end = std::min(text_.find('\n', offset), text_.size());
    if (text_.substr(std::min(offset, text_.size())).starts_with(text)) return;
    std::size_t dash = text_.find_first_not_of(" \r\n", line_end);
    if (dash == std::string_view::npos || !text_.substr(dash).starts_with("- ")) return;
    const std::optional<MisindentedLine> wrong = misindented_line(text_, dash);
    problems_.error(
        Code::syntax, place(wrong ? wrong->offset : dash, 1), "",
        wrong ? misindented_message(*wrong) : "this item is indented deeper than the list above it",
        wrong ? misindented_hint(*wrong) : "begin it in the same column");
    throw Abandon();
  }

  std::size_t quoted_length(std::size_t offset) {
    const char quote = text_[offset];
    for (std::size_t i = offset + 1; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        if (quote == '\'' && i + 1 < text_.size() && text_[i + 1] == '\'') {
          ++i;
          continue;
        }
        return i + 1 - offset;
      }
    }
    problems_.error(Code::syntax, place(offset, 1), "", "a quote that is never closed",
                    fmt::format("close it with {}", quote));
    throw Abandon();
  }

  std::size_t plain_length(std::size_t offset, const std::string& text) const {
    if (text_.substr(std::min(offset, text_.size())).starts_with(text))
      return std::max<std::size_t>(text.size(), 1);
    std::size_t end = std::min(text_.find('\n', offset), text_.size());
    while (end > offset && std::string_view(" \t\r").find(text_[end - 1]) != std::string_view::npos) --end;
    return std::max<std::size_t>(end - offset, 1);
  }

  /// Just behind the key's colon, or at the list's dash or comma.
  Place empty_value_place() const {
    if (open_.empty()) return place(0, 0);
    const bool in_map = open_.back().node.is_map();
    std::size_t at =
        in_map ? open_.back().pending.place.offset + open_.back().pending.place.length : last_end_;
    const std::string_view wanted = in_map ? ":" : "-,[";
    while (at < text_.size() && wanted.find(text_[at]) == std::string_view::npos) {
      if (text_[at] == '#') at = std::min(text_.find('\n', at), text_.size() - 1);
      ++at;
    }
    if (at >= text_.size()) return place(std::min(last_end_, text_.size() - 1), 1);
    return place(at, 1);
  }

  void check_tag(const std::string& tag, const YAML::Mark& mark) {
    const std::string_view core = "tag:yaml.org,2002:";
    // "!" is what the parser says of quoted text too; only a written ! is a tag.
    const std::size_t value = value_offset(mark);
    const std::string_view properties =
        text_.substr(std::min(offset_of(mark), text_.size()), value - offset_of(mark));
    const bool is_written = properties.starts_with('!') || properties.find(" !") != std::string_view::npos;
    if (tag.empty() || tag == "?" || (tag == "!" && !is_written)) return;
    const std::string shown = tag.starts_with(core) ? "!!" + tag.substr(core.size()) : tag;
    const std::size_t offset = offset_of(mark);
    problems_.error(Code::unsupported_yaml, place(offset, 1), "", fmt::format("the tag {}", shown),
                    "remove it; the key decides the type");
    throw Abandon();
  }

  void second_document(std::size_t offset) {
    const std::string_view line = sources_.line(place(std::min(offset, text_.size() - 1), 1));
    if (line.starts_with("---") || line.starts_with("...")) {
      problems_.error(Code::unsupported_yaml, place(offset, 3), "", "a second document",
                      "write one config in a file");
      return;
    }
    const char first = text_[std::min(offset, text_.size() - 1)];
    if (std::string_view(",]}").find(first) != std::string_view::npos) {
      problems_.error(Code::syntax, place(offset, 1), "",
                      fmt::format("a '{}' that belongs to nothing", first), "remove it");
      return;
    }
    if (const auto wrong = misindented_line(text_, offset)) {
      problems_.error(Code::syntax, place(wrong->offset, wrong->length), "", misindented_message(*wrong),
                      misindented_hint(*wrong));
      return;
    }
    const int first_line = has_root ? sources_.position(root.place).line : 1;
    problems_.error(Code::syntax, place(std::min(offset, text_.size() - 1), 1), "",
                    fmt::format("does not line up with line {}", first_line),
                    "begin all keys of the file in the same column");
  }

  void scalar(std::string text, bool quoted, const Place& here, YAML::anchor_t anchor) {
    const bool is_key = !open_.empty() && open_.back().node.is_map() && open_.back().expects_key;
    if (is_key) {
      key(std::move(text), quoted, here);
      return;
    }
    Node node = Node::scalar(std::move(text), quoted);
    node.place = here;
    if (open_.empty() && !quoted && colon_without_space(node.text) != std::string_view::npos) {
      problems_.error(Code::syntax, place(here.offset + colon_without_space(node.text), 1), "",
                      "no space behind ':'", "put a space after ':'", {}, ": ");
      throw Abandon();
    }
    value(std::move(node), anchor);
  }

  void key(std::string text, bool quoted, const Place& here) {
    Open& map = open_.back();
    map.expects_key = false;
    map.drops_value = true;
    map.pending = {text, here};
    if (map.node.items.empty() && !is_flow(map)) map.node.place.length = here.length;
    if (!quoted && text == "<<") {
      problems_.error(Code::unsupported_yaml, here, "", "merge keys (<<) are not part of YAML 1.2",
                      "use `extends: base.yaml`, or `vars`");
      return;
    }
    const std::size_t colon = quoted ? std::string_view::npos : colon_without_space(text);
    if (colon != std::string_view::npos) {
      problems_.error(Code::syntax, place(here.offset + colon, 1), "", "no space behind ':'",
                      "put a space after ':'", {}, ": ");
      return;
    }
    const auto [first, is_new] = map.seen.emplace(text, here);
    if (!is_new) {
      problems_.error(
          Code::duplicate_key, here, "", fmt::format("the key '{}' is there twice", text),
          fmt::format("the first stands at line {}; keep one", sources_.position(first->second).line));
      return;
    }
    map.drops_value = false;
  }

  bool is_flow(const Open& map) const {
    return map.node.place.offset < text_.size() && text_[map.node.place.offset] == '{';
  }

  void open(Node node, std::size_t offset, YAML::anchor_t anchor) {
    node.place = place(offset, 1);
    if (open_.size() >= deepest) {
      problems_.error(Code::bad_text, node.place, "", fmt::format("nested deeper than {} levels", deepest),
                      "flatten it");
      throw Abandon();
    }
    Open entry;
    entry.is_bad_key = !open_.empty() && open_.back().node.is_map() && open_.back().expects_key;
    entry.node = std::move(node);
    entry.anchor = anchor;
    open_.push_back(std::move(entry));
  }

  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    if (closed.is_bad_key) {
      // Told here and not at its beginning: a list that is never closed is another mistake.
      problems_.error(Code::unsupported_yaml, closed.node.place, "", "a key that is a list or a map",
                      "a key is one word; put text such as [a] or {a} in quotes");
      Open& map = open_.back();
      map.expects_key = false;
      map.drops_value = true;
      map.pending = {"", closed.node.place};
      return;
    }
    value(std::move(closed.node), closed.anchor);
  }

  void value(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root = std::move(node);
      has_root = true;
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_list()) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    if (parent.expects_key) {
      problems_.error(Code::unsupported_yaml, node.place, "", "a key that is empty, null or an alias",
                      "a key is one word");
      parent.expects_key = false;
      parent.drops_value = true;
      parent.pending = {"", node.place};
      return;
    }
    parent.expects_key = true;
    if (parent.drops_value) return;
    parent.node.keys.push_back(std::move(parent.pending));
    parent.node.items.push_back(std::move(node));
  }

  std::int32_t source_;
  std::string_view text_;
  const Sources& sources_;
  Diagnostics& problems_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t last_end_ = 0;
  std::size_t copied_ = 0;
  int documents_ = 0;
};

}  // namespace

std::optional<Node> read_yaml(std::int32_t source, const Sources& sources, Diagnostics& problems) {
  const std::size_t errors_before = problems.error_count();
  if (!check_text(source, sources, problems)) return std::nullopt;
  Builder builder(source, sources, problems);
  std::istringstream stream(sources.text(source));
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    // yaml-cpp finds endless documents in some broken texts: never more than one further look.
    if (builder.documents() == 1) parser.HandleNextDocument(builder);
  } catch (const Abandon&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    const std::size_t offset = error.mark.pos < 0 ? 0 : static_cast<std::size_t>(error.mark.pos);
    explain_syntax_error(source, offset, error.msg, sources, problems);
    return std::nullopt;
  }
  if (problems.error_count() > errors_before) return std::nullopt;
  if (!builder.has_root || builder.root.is_null()) {
    problems.error(Code::syntax, {source, 0, 0}, "", "nothing is written here",
                   "`bunsen check configs` shows files that work");
    return std::nullopt;
  }
  return std::move(builder.root);
}

}  // namespace bunsen
