// component_types.cpp - how long does it take to compile a family of 60 component types with five fields
// each?
//
//     g++ -std=c++20 -Isrc -O2 -c bench/component_types.cpp -o /dev/null
//
// Each type is declared as in src/spec/*/all.h: its own struct, with its own default values, documentation
// and ranges, so that everything that is a template of a type is made 60 times. It is never run.
#include <array>
#include <utility>
#include <variant>

#include "config/node.h"
#include "spec/fields.h"

namespace bunsen {
namespace {

constexpr std::size_t type_count = 60;

enum class Mode : std::uint8_t { slow, fast };
constexpr std::array<std::string_view, 2> names_of(Mode) { return {"slow", "fast"}; }

template <std::size_t number>
struct Component {
  static constexpr std::array<char, 7> spelled{'t', 'y', 'p', 'e', '_', '0' + number / 10, '0' + number % 10};

  std::int64_t size = static_cast<std::int64_t>(number);
  double rate = 0.5;
  bool is_on = true;
  Mode mode = Mode::slow;
  std::optional<std::int64_t> limit;

  static constexpr std::string_view name{spelled.data(), spelled.size()};
  static constexpr std::string_view doc = "One of many.";
  static constexpr std::string_view example = name;
  static void describe(Fields<Component>& field) {
    field.main("size", &Component::size).at_least(0).doc("How many.");
    field("rate", &Component::rate).above(0).below(1).doc("How much.");
    field("is_on", &Component::is_on).doc("Whether at all.");
    field("mode", &Component::mode).doc("How.");
    field("limit", &Component::limit).absent("none").at_least(1).at_most(100).doc("How long.");
  }
  std::vector<Contradiction> contradictions() const {
    if (!limit || *limit >= size) return {};
    return {{"limit", "is below size", "raise it"}};
  }
};

template <std::size_t... numbers>
std::variant<Component<numbers>...> variant_of(std::index_sequence<numbers...>);

struct Many : decltype(variant_of(std::make_index_sequence<type_count>())) {
  using variant::variant;
  static constexpr std::string_view family_name = "component";
};

struct Document {
  std::vector<Many> parts;
  std::optional<Many> last;

  static void describe(Fields<Document>& field) {
    field("parts", &Document::parts).required().doc("All of them.");
    field("last", &Document::last).absent("none").doc("One more.");
  }
};

}  // namespace

Node read_and_write(const Node& text, Diagnostics& problems) {
  Document document;
  SpecReader reader{problems};
  read_table(reader, field_table<Document>(), text, "", &document);
  return write_spec(document, WriteMode::minimal);
}

}  // namespace bunsen
