// scalars.cpp - the member types that are written as one value, each with its reader and writer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number_text.h"
#include "base/spelling.h"
#include "spec/foreign_words.h"
#include "spec/training.h"

namespace bunsen {
namespace {

std::string_view shown_kind(const Node& node) {
  return node.is_list() ? "a list" : node.is_map() ? "a map" : "nothing";
}

bool wrong_kind(SpecReader& reader, const Node& node, const std::string& path, std::string_view wanted) {
  std::string hint = "write one value";
  if (node.is_list() && node.items.size() == 1 && node.items[0].is_scalar())
    hint = fmt::format("write {} without the brackets", node.items[0].text);
  if (node.is_map()) hint = "write the value alone; it takes no keys";
  reader.problems.error(Code::wrong_kind, node.place, path,
                        fmt::format("needs {}, got {}", wanted, shown_kind(node)), hint, node.used_at);
  return false;
}

/// `write a whole number from 1 to 1024`.
std::string number_wanted(const Field& field, bool wants_integer) {
  std::string out = wants_integer ? "write a whole number" : "write a number";
  if (field.minimum)
    out += fmt::format("{} {}", field.minimum_excluded ? " above" : " from", number_text(*field.minimum));
  if (field.maximum)
    out += fmt::format("{} {}", field.maximum_excluded ? " below" : " to", number_text(*field.maximum));
  return out;
}

bool bad_number(SpecReader& reader, const Node& node, const std::string& path, const std::string& message,
                const std::string& hint, const std::string& replacement = {}) {
  reader.problems.error(Code::bad_number, node.place, path, message, hint, node.used_at, replacement);
  return false;
}

bool in_range(SpecReader& reader, const Field& field, const Node& node, const std::string& path,
              double value) {
  const auto told = [&](std::string_view relation, double bound) {
    reader.problems.error(Code::out_of_range, node.place, path,
                          fmt::format("must be {} {}, got {}", relation, number_text(bound), node.text), "",
                          node.used_at);
    return false;
  };
  if (field.minimum && field.minimum_excluded && !(value > *field.minimum))
    return told("above", *field.minimum);
  if (field.minimum && !field.minimum_excluded && !(value >= *field.minimum))
    return told("at least", *field.minimum);
  if (field.maximum && field.maximum_excluded && !(value < *field.maximum))
    return told("below", *field.maximum);
  if (field.maximum && !field.maximum_excluded && !(value <= *field.maximum))
    return told("at most", *field.maximum);
  return true;
}

/// `017` is 15 for YAML 1.1 and 17 for 1.2; `0`, `0.5`, `0o17` and `0x1F` are clear.
bool is_ambiguous_octal(const std::string& text) {
  const std::size_t begin = text.find_first_not_of("+-");
  return begin != std::string::npos && begin + 1 < text.size() && text[begin] == '0' &&
         text.find_first_not_of("0123456789", begin) == std::string::npos;
}

bool number_in_quotes(SpecReader& reader, const Field& field, const Node& node, const std::string& path,
                      bool wants_integer) {
  const ScalarKind kind = scalar_kind(node.text);
  const bool is_number = kind == ScalarKind::integer || kind == ScalarKind::real;
  const std::optional<std::string> advice = number_advice(node.text, wants_integer);
  return bad_number(reader, node, path, fmt::format("needs a number, got the text \"{}\"", node.text),
                    is_number ? "remove the quotes"
                    : advice  ? "write " + *advice
                              : number_wanted(field, wants_integer),
                    is_number ? node.text : advice.value_or(""));
}

bool read_integer(SpecReader& reader, const Field& field, const Node& node, const std::string& path,
                  std::int64_t& value) {
  if (!node.is_scalar()) return wrong_kind(reader, node, path, "an integer");
  if (node.quoted) return number_in_quotes(reader, field, node, path, true);
  if (is_ambiguous_octal(node.text)) {
    const std::string digits = node.text.substr(node.text.find_first_not_of("+-0") == std::string::npos
                                                    ? node.text.size() - 1
                                                    : node.text.find_first_not_of("+-0"));
    return bad_number(reader, node, path, fmt::format("'{}' may be read as octal or decimal", node.text),
                      fmt::format("write {} or 0o{}", digits, digits));
  }
  const IntegerText parsed = parse_integer(node.text);
  if (parsed.error == NumberError::too_large)
    return bad_number(reader, node, path, fmt::format("{} is too large", node.text),
                      "at most 9223372036854775807");
  if (parsed.error != NumberError::none) {
    const std::optional<std::string> advice = number_advice(node.text, true);
    return bad_number(reader, node, path, fmt::format("needs an integer, got '{}'", node.text),
                      advice ? "write " + *advice : number_wanted(field, true), advice.value_or(""));
  }
  if (!in_range(reader, field, node, path, static_cast<double>(parsed.value))) return false;
  value = parsed.value;
  return true;
}

bool read_real(SpecReader& reader, const Field& field, const Node& node, const std::string& path,
               double& value) {
  if (!node.is_scalar()) return wrong_kind(reader, node, path, "a number");
  if (node.quoted) return number_in_quotes(reader, field, node, path, false);
  const RealText parsed = parse_real(node.text);
  if (parsed.error == NumberError::too_large)
    return bad_number(reader, node, path, fmt::format("{} is too large for a 64-bit number", node.text),
                      "at most 1.7976931348623157e+308");
  if (parsed.error == NumberError::too_small)
    return bad_number(reader, node, path, fmt::format("{} is too small for a 64-bit number", node.text),
                      "write 0 if that is meant");
  if (parsed.error != NumberError::none) {
    const std::optional<std::string> advice = number_advice(node.text, false);
    return bad_number(reader, node, path, fmt::format("needs a number, got '{}'", node.text),
                      advice ? "write " + *advice : number_wanted(field, false), advice.value_or(""));
  }
  if (!std::isfinite(parsed.value))
    return bad_number(reader, node, path, fmt::format("must be finite, got {}", node.text),
                      number_wanted(field, false));
  if (!in_range(reader, field, node, path, parsed.value)) return false;
  value = parsed.value;
  return true;
}

/// Two numbers: `3` for both where `one_for_both`, or `[3, 5]`.
template <class T, class ReadOne>
bool read_pair(SpecReader& reader, const Node& node, const std::string& path, std::string_view wanted,
               std::string_view example, bool one_for_both, ReadOne read_one, T& first, T& second) {
  if (node.is_scalar() && one_for_both) {
    if (!read_one(node, path, first)) return false;
    second = first;
    return true;
  }
  if (!node.is_list() || node.items.size() != 2) {
    reader.problems.error(Code::wrong_kind, node.place, path, fmt::format("needs {}", wanted),
                          fmt::format("write for instance {}", example), node.used_at);
    return false;
  }
  const bool first_good = read_one(node.items[0], path + ".0", first);
  return read_one(node.items[1], path + ".1", second) && first_good;
}

TypeOps scalar_ops(std::string_view type_name, decltype(TypeOps::read) read, decltype(TypeOps::write) write) {
  TypeOps ops;
  ops.type_name = type_name;
  ops.read = read;
  ops.write = write;
  return ops;
}

}  // namespace

bool fields_detail::read_word(SpecReader& reader, const std::vector<std::string_view>& words,
                              const Node& node, const std::string& path, std::size_t& index) {
  if (!node.is_scalar()) return wrong_kind(reader, node, path, "one word");
  std::vector<std::string> known;
  for (std::size_t i = 0; i < words.size(); ++i) {
    known.emplace_back(words[i]);
    if (node.text != words[i]) continue;
    index = i;
    return true;
  }
  std::optional<std::string> meant = closest(node.text, known);
  for (const std::string& own : own_words(node.text)) {
    if (std::find(known.begin(), known.end(), own) != known.end()) meant = own;
  }
  reader.problems.error(Code::unknown_name, node.place, path, fmt::format("unknown word '{}'", node.text),
                        meant ? fmt::format("did you mean '{}'?", *meant) : known_words(known), node.used_at,
                        meant.value_or(""));
  return false;
}

template <>
const TypeOps& type_ops<bool>() {
  static const TypeOps ops = scalar_ops(
      "true or false",
      [](SpecReader& reader, const Field&, const Node& node, const std::string& path, void* value) {
        if (!node.is_scalar()) return wrong_kind(reader, node, path, "true or false");
        const std::optional<bool> read = node.as_boolean();
        if (!read) {
          const bool says_yes = node.text == "yes" || node.text == "on" || node.text == "1" ||
                                node.text == "y" || (node.quoted && node.text == "true");
          const bool says_no = node.text == "no" || node.text == "off" || node.text == "0" ||
                               node.text == "n" || (node.quoted && node.text == "false");
          const std::optional<std::string> meant = closest(node.text, {"true", "false"});
          const std::string hint = says_yes  ? "write true"
                                   : says_no ? "write false"
                                   : meant   ? fmt::format("did you mean '{}'?", *meant)
                                             : "write true or false";
          reader.problems.error(Code::wrong_kind, node.place, path,
                                fmt::format("needs true or false, got '{}'", node.text), hint, node.used_at,
                                says_yes  ? "true"
                                : says_no ? "false"
                                          : meant.value_or(""));
          return false;
        }
        *static_cast<bool*>(value) = *read;
        return true;
      },
      [](const void* value) { return Node::boolean(*static_cast<const bool*>(value)); });
  return ops;
}

template <>
const TypeOps& type_ops<std::int64_t>() {
  static const TypeOps ops = scalar_ops(
      "integer",
      [](SpecReader& reader, const Field& field, const Node& node, const std::string& path, void* value) {
        return read_integer(reader, field, node, path, *static_cast<std::int64_t*>(value));
      },
      [](const void* value) { return Node::number(*static_cast<const std::int64_t*>(value)); });
  return ops;
}

template <>
const TypeOps& type_ops<double>() {
  static const TypeOps ops = scalar_ops(
      "number",
      [](SpecReader& reader, const Field& field, const Node& node, const std::string& path, void* value) {
        return read_real(reader, field, node, path, *static_cast<double*>(value));
      },
      [](const void* value) { return Node::number(*static_cast<const double*>(value)); });
  return ops;
}

template <>
const TypeOps& type_ops<std::string>() {
  static const TypeOps ops = scalar_ops(
      "text",
      [](SpecReader& reader, const Field&, const Node& node, const std::string& path, void* value) {
        if (!node.is_scalar()) return wrong_kind(reader, node, path, "text");
        *static_cast<std::string*>(value) = node.text;
        return true;
      },
      [](const void* value) { return Node::string(*static_cast<const std::string*>(value)); });
  return ops;
}

template <>
const TypeOps& type_ops<Size2>() {
  static const TypeOps ops = scalar_ops(
      "integer, or [height, width]",
      [](SpecReader& reader, const Field& field, const Node& node, const std::string& path, void* value) {
        Size2& size = *static_cast<Size2*>(value);
        const auto read_one = [&](const Node& item, const std::string& where, std::int64_t& out) {
          return read_integer(reader, field, item, where, out);
        };
        if (node.is_scalar() && (node.text == "same" || node.text == "valid")) {
          return bad_number(reader, node, path, fmt::format("needs an integer, got '{}'", node.text),
                            node.text == "valid"
                                ? "write 0"
                                : "write 1 for a kernel_size of 3, 2 for one of 5: half of it");
        }
        if (node.is_scalar() && (node.text.starts_with('(') || node.text.find('x') != std::string::npos) &&
            scalar_kind(node.text) == ScalarKind::text) {
          return bad_number(reader, node, path, fmt::format("needs an integer, or two, got '{}'", node.text),
                            "write for instance [3, 3]");
        }
        return read_pair(reader, node, path, "an integer, or two: [height, width]", "3", true, read_one,
                         size.height, size.width);
      },
      [](const void* value) {
        const Size2& size = *static_cast<const Size2*>(value);
        if (size.height == size.width) return Node::number(size.height);
        return Node::list({Node::number(size.height), Node::number(size.width)});
      });
  return ops;
}

template <>
const TypeOps& type_ops<Betas>() {
  static const TypeOps ops = scalar_ops(
      "[number, number]",
      [](SpecReader& reader, const Field& field, const Node& node, const std::string& path, void* value) {
        Betas& betas = *static_cast<Betas*>(value);
        const auto read_one = [&](const Node& item, const std::string& where, double& out) {
          return read_real(reader, field, item, where, out);
        };
        return read_pair(reader, node, path, "two numbers", "[0.9, 0.999]", false, read_one, betas.first,
                         betas.second);
      },
      [](const void* value) {
        const Betas& betas = *static_cast<const Betas*>(value);
        return Node::list({Node::number(betas.first), Node::number(betas.second)});
      });
  return ops;
}

template <>
const TypeOps& type_ops<HeldOut>() {
  static const TypeOps ops = scalar_ops(
      "share below 1, or number of samples",
      [](SpecReader& reader, const Field& field, const Node& node, const std::string& path, void* value) {
        HeldOut& held_out = *static_cast<HeldOut*>(value);
        double number = 0;
        if (!read_real(reader, field, node, path, number)) return false;
        const bool is_share = number > 0 && number < 1;
        const bool is_count = number >= 1 && number == std::floor(number) && number < 9e15;
        if (!is_share && !is_count) {
          reader.problems.error(
              Code::out_of_range, node.place, path,
              fmt::format("needs a share between 0 and 1 or a number of samples, got {}", node.text),
              "write 0.1, 5000 or none", node.used_at);
          return false;
        }
        held_out.share = is_share ? number : 0;
        held_out.samples = is_share ? 0 : static_cast<std::int64_t>(number);
        return true;
      },
      [](const void* value) {
        const HeldOut& held_out = *static_cast<const HeldOut*>(value);
        return held_out.share > 0 ? Node::number(held_out.share) : Node::number(held_out.samples);
      });
  return ops;
}

}  // namespace bunsen
