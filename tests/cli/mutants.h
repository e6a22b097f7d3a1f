// mutants.h - a document with one slip: every slip that a pair of hands makes, one at a time.
#pragma once

#include <cctype>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/yaml.h"
#include "config/yaml_text.h"
#include "spots.h"

namespace bunsen::mutation {

struct Mutant {
  std::string edit;  ///< `swap`, `drop` ...
  std::string text;
  std::size_t begin = 0, end = 0;  ///< of what was changed, in `text`
  std::string was, now;
  std::string wanted;  ///< a word that the way out must name; may be empty
};

/// What was left out, and by which rule.
struct LeftOut {
  std::size_t other_words = 0;  ///< the slip gives another word that is right there
  std::size_t same = 0;         ///< the slip changes nothing
};

inline std::optional<Node> read_text(const std::string& text) {
  Sources sources;
  Diagnostics problems;
  return read_yaml(sources.add("mutant.yaml", text), sources, problems);
}

// --- slips inside a word

inline std::string neighbours_of(char letter) {
  static const std::vector<std::string> rows{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"};
  std::string found;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t at = rows[row].find(letter);
    if (at == std::string::npos) continue;
    if (at > 0) found += rows[row][at - 1];
    if (at + 1 < rows[row].size()) found += rows[row][at + 1];
  }
  return found;
}

inline std::string camel_case(const std::string& word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool begins = word[i] == '_' && i > 0 && i + 1 < word.size();
    out += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(word[++i]))) : word[i];
  }
  return out;
}

inline std::vector<std::pair<std::string, std::string>> word_slips(const std::string& word) {
  std::vector<std::pair<std::string, std::string>> out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    std::string slip = word;
    if (i + 1 < word.size()) {
      std::swap(slip[i], slip[i + 1]);
      out.emplace_back("swap", slip);
    }
    slip = word;
    if (word.size() > 1) out.emplace_back("drop", slip.erase(i, 1));
    slip = word;
    out.emplace_back("double", slip.insert(i, 1, word[i]));
    for (const char letter : neighbours_of(word[i])) {
      slip = word;
      slip[i] = letter;
      out.emplace_back("neighbour", slip);
    }
  }
  std::string capital = word;
  capital[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  std::string pascal = camel_case(word);
  pascal[0] = capital[0];
  std::string upper;
  for (const char c : word) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string& slip : {camel_case(word), capital, pascal, upper}) out.emplace_back("case", slip);
  std::string hyphens = word;
  std::replace(hyphens.begin(), hyphens.end(), '_', '-');
  out.emplace_back("hyphen", hyphens);
  // A word written twice by two kinds of slip is one mutant.
  std::set<std::string> seen{word};
  std::erase_if(out, [&](const auto& slip) { return !seen.insert(slip.second).second; });
  return out;
}

inline void add_word_slips(const std::string& text, const Spot& spot, std::vector<Mutant>& out,
                           LeftOut& left) {
  for (const auto& [edit, slip] : word_slips(spot.word)) {
    if (std::find(spot.valid.begin(), spot.valid.end(), slip) != spot.valid.end()) {
      ++left.other_words;
      continue;
    }
    Mutant mutant{edit, text, spot.offset, spot.offset + slip.size(), spot.word, slip, spot.word};
    mutant.text.replace(spot.offset, spot.word.size(), slip);
    out.push_back(std::move(mutant));
  }
}

// --- values of another type

inline std::vector<std::string> other_types(const Spot& spot) {
  switch (spot.kind) {
    case SpotKind::number:
      return {"ten", '"' + spot.word + '"', "[]", "{a: " + spot.word + "}", "true", "~"};
    case SpotKind::boolean:
      return {"maybe", "1", "\"true\"", "[true]", "{a: true}", "~"};
    case SpotKind::name:
      return {spot.may_be_number ? "4x2" : "42", '[' + spot.word + ']', "{a: 1}", "true", "~"};
    case SpotKind::text:
      return {"{a: 1}", "[[a]]", "~"};
    case SpotKind::key:
    case SpotKind::variable:
      break;
  }
  return {};
}

inline void add_other_types(const std::string& text, const Spot& spot, std::vector<Mutant>& out) {
  const bool quoted = spot.offset > 0 && (text[spot.offset - 1] == '"' || text[spot.offset - 1] == '\'');
  const bool is_key = text.compare(spot.offset + spot.word.size() + (quoted ? 1 : 0), 1, ":") == 0;
  if (is_key) return;
  const std::size_t begin = spot.offset - (quoted ? 1 : 0);
  const std::size_t length = spot.word.size() + (quoted ? 2 : 0);
  for (const std::string& other : other_types(spot)) {
    if (other == "~" && spot.may_be_nothing) continue;
    Mutant mutant{"type", text, begin, begin + other.size(), spot.word, other, ""};
    mutant.text.replace(begin, length, other);
    out.push_back(std::move(mutant));
  }
}

// --- keys on another level, collections of another type: edits of the tree, written out again

using Steps = std::vector<std::size_t>;

inline Node& at(Node& root, const Steps& steps) {
  Node* node = &root;
  for (const std::size_t step : steps) node = &node->items[step];
  return *node;
}

class TreeSlips {
 public:
  TreeSlips(const Node& root, const std::map<std::size_t, Level>& levels, std::vector<Mutant>& out)
      : root_(root), copy_(root), levels_(levels), out_(out) {
    visit({}, "the top level");
  }

 private:
  const Level* level_of(const Node& node) const {
    const auto found = levels_.find(node.place.offset);
    return found == levels_.end() ? nullptr : &found->second;
  }
  static bool takes(const Level& level, const std::string& key) {
    return level.is_free || std::find(level.keys.begin(), level.keys.end(), key) != level.keys.end();
  }

  void visit(const Steps& steps, const std::string& home) {
    const Node node = at(copy_, steps);
    if (!steps.empty()) retype(steps, node);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      Steps deeper = steps;
      deeper.push_back(i);
      if (node.is_map()) {
        if (!steps.empty()) move_up(steps, i, home);
        move_down(steps, i, home);
      }
      const std::string& step = node.is_map() ? node.keys[i].text : home;
      if (!node.items[i].is_scalar()) visit(deeper, step);
    }
  }

  void retype(const Steps& steps, const Node& node) {
    const Level* level = level_of(node);
    if (level == nullptr || node.items.empty()) return;
    std::vector<Node> others{Node::list({Node::scalar("nonsense")})};
    if (node.is_list()) {
      others[0] = Node::map();
      others[0].set("nonsense", Node::scalar("1"));
    }
    if (!level->takes_one_text) others.push_back(Node::scalar("nonsense"));
    for (Node& other : others) {
      Node root = root_;
      at(root, steps) = other;
      write(root, "type", steps, false, node.is_list() ? "a list" : "a map",
            other.is_scalar() ? "text"
            : other.is_list() ? "a list"
                              : "a map",
            "");
    }
  }

  /// Out of its map, into the nearest map around it.
  void move_up(const Steps& steps, std::size_t index, const std::string& home) {
    Node root = root_;
    Steps above = steps;
    do {
      above.pop_back();
    } while (!at(root, above).is_map());
    Node& from = at(root, steps);
    const Key key = from.keys[index];
    const Level* level = level_of(at(root, above));
    if (level == nullptr || takes(*level, key.text)) return;
    const Node value = from.items[index];
    from.keys.erase(from.keys.begin() + static_cast<std::ptrdiff_t>(index));
    from.items.erase(from.items.begin() + static_cast<std::ptrdiff_t>(index));
    const std::size_t place = steps[above.size()] + 1;
    if (!insert(at(root, above), place, key, value)) return;
    above.push_back(place);
    const Level* own = level_of(at(copy_, steps));
    const bool is_free = own != nullptr && own->is_free;
    write(root, "level up", above, true, key.text, key.text, is_free ? "" : home);
  }

  /// Into the map beside it.
  void move_down(const Steps& steps, std::size_t index, const std::string& home) {
    Node root = root_;
    Node& from = at(root, steps);
    const Key key = from.keys[index];
    std::optional<std::size_t> beside;
    for (std::size_t i = 0; i < from.items.size(); ++i) {
      if (i != index && from.items[i].is_map() && (!beside || i < index)) beside = i;
    }
    const Level* level = beside ? level_of(from.items[*beside]) : nullptr;
    if (level == nullptr || takes(*level, key.text)) return;
    const Node value = from.items[index];
    Node& to = from.items[*beside];
    const std::size_t place = to.items.size();
    if (!insert(to, place, key, value)) return;
    from.keys.erase(from.keys.begin() + static_cast<std::ptrdiff_t>(index));
    from.items.erase(from.items.begin() + static_cast<std::ptrdiff_t>(index));
    Steps where = steps;
    where.push_back(*beside > index ? *beside - 1 : *beside);
    where.push_back(place);
    const Level* own = level_of(at(copy_, steps));
    const bool is_free = own != nullptr && own->is_free;
    write(root, "level down", where, true, key.text, key.text, is_free ? "" : home);
  }

  static bool insert(Node& map, std::size_t place, const Key& key, const Node& value) {
    if (map.find(key.text) != nullptr) return false;
    map.keys.insert(map.keys.begin() + static_cast<std::ptrdiff_t>(place), key);
    map.items.insert(map.items.begin() + static_cast<std::ptrdiff_t>(place), value);
    return true;
  }

  void write(const Node& root, const std::string& edit, Steps changed, bool is_key, const std::string& was,
             const std::string& now, const std::string& wanted) {
    Mutant mutant{edit, to_yaml(root), 0, 0, was, now, wanted};
    std::optional<Node> again = read_text(mutant.text);
    if (!again) return;
    const std::size_t last = changed.back();
    if (is_key) changed.pop_back();
    const Node& node = at(*again, changed);
    const Place place = is_key ? node.keys.at(last).place : node.place;
    mutant.begin = place.offset;
    mutant.end =
        is_key || node.is_scalar() ? place.offset + place.length : mutant.text.find('\n', place.offset);
    out_.push_back(std::move(mutant));
  }

  const Node& root_;
  Node copy_;
  const std::map<std::size_t, Level>& levels_;
  std::vector<Mutant>& out_;
};

// --- lines that are indented by two too many or too few

inline void add_indentations(const std::string& text, const Node& root, std::vector<Mutant>& out,
                             LeftOut& left) {
  std::vector<std::string> lines = split(text, '\n');
  const auto depth = [&](std::size_t i) { return lines[i].find_first_not_of(' '); };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t indent = depth(i);
    if (indent == std::string::npos || lines[i][indent] == '#') continue;
    std::size_t block_end = i + 1;
    while (block_end < lines.size() && depth(block_end) != std::string::npos && depth(block_end) > indent)
      ++block_end;
    for (const std::size_t end : std::set<std::size_t>{i + 1, block_end}) {
      for (const bool inwards : {true, false}) {
        if (!inwards && indent < 2) continue;
        std::vector<std::string> changed = lines;
        for (std::size_t k = i; k < end; ++k) changed[k] = inwards ? "  " + lines[k] : lines[k].substr(2);
        Mutant mutant{"indent", join(changed, "\n"), 0, 0, lines[i], changed[i], ""};
        const std::optional<Node> again = read_text(mutant.text);
        if (again && again->same_as(root)) {
          ++left.same;
          continue;
        }
        for (std::size_t k = 0; k < i; ++k) mutant.begin += changed[k].size() + 1;
        mutant.end = mutant.begin;
        for (std::size_t k = i; k < end; ++k) mutant.end += changed[k].size() + 1;
        out.push_back(std::move(mutant));
      }
    }
  }
}

/// Every mutant of a document.
inline std::vector<Mutant> mutants_of(const std::string& text, const Node& root, const SpotFinder& found,
                                      LeftOut& left) {
  std::vector<Mutant> out;
  for (const Spot& spot : found.spots) {
    const bool is_word = spot.kind == SpotKind::key || spot.kind == SpotKind::name ||
                         spot.kind == SpotKind::variable || spot.kind == SpotKind::boolean;
    if (is_word) add_word_slips(text, spot, out, left);
    add_other_types(text, spot, out);
  }
  TreeSlips(root, found.levels, out);
  add_indentations(text, root, out, left);
  return out;
}

}  // namespace bunsen::mutation
