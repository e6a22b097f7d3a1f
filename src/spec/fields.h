// fields.h - how a plain struct tells its keys, once, to parser, writer, schema and reference.
//
// `Fields<T>` is a thin typed shell; all that it leaves behind is a `FieldTable` without types, over which
// ordinary functions (fields.cpp) read, write and explain. A type declares
//     static constexpr std::string_view name = "linear", doc = "...", example = "linear: 256";
//     static constexpr std::string_view formula = "y = x W^T + b";    (if `doc` has none)
//     static void describe(Fields<Linear>& field);
// and a family of types is `struct Layer : std::variant<Linear, ...>`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "base/diagnostics.h"
#include "config/node.h"

namespace bunsen {

struct Field;
struct FieldTable;
struct Family;

/// What reading a config needs to know: where mistakes go, and what it leaves: each leaf's origin.
struct SpecReader {
  Diagnostics& problems;
  /// Dotted path of each value that was written -> its node's places.
  std::unordered_map<std::string, std::pair<Place, Place>> origins = {};
  /// The tables that enclose what is being read, outermost first, with their paths: where a misplaced key may
  /// belong.
  std::vector<std::pair<const FieldTable*, std::string>> enclosing = {};
  /// Dotted paths at which a key is not missed any more: it was found, and told, in a wrong place.
  std::unordered_set<std::string> misplaced = {};

  /// Where the value at `path` was written, else where the nearest value around it was.
  Place place_of(std::string path) const;
};

/// `full` writes every field; `minimal` leaves out what equals its default and what is operational (the
/// identity).
enum class WriteMode : std::uint8_t { full, minimal };

enum class Form : std::uint8_t { scalar, list, map, optional, table, component };

/// The operations of one member type, all that is left of the type at run time.
struct TypeOps {
  Form form = Form::scalar;
  std::string_view type_name;  ///< `integer`, `number`, `text`: for messages and the reference
  /// scalar
  bool (*read)(SpecReader&, const Field&, const Node&, const std::string& path, void* value) = nullptr;
  Node (*write)(const void* value) = nullptr;
  const std::vector<std::string_view>* (*words)() = nullptr;  ///< an enum's names
  /// list, map, optional: the type inside
  const TypeOps* (*element)() = nullptr;
  void* (*append)(void* container, const std::string& key) = nullptr;  ///< key: maps only
  std::size_t (*size)(const void* container) = nullptr;                ///< optional: 0 or 1
  const void* (*at)(const void* container, std::size_t index) = nullptr;
  std::string (*key_at)(const void* container, std::size_t index) = nullptr;
  void (*clear)(void* container) = nullptr;
  const FieldTable& (*table)() = nullptr;  ///< table
  const Family& (*family)() = nullptr;     ///< component
};

/// One key of a struct.
struct Field {
  std::string_view name;
  std::string_view documentation;
  std::size_t offset = 0;
  const TypeOps* ops = nullptr;
  bool is_required = false;
  bool is_main = false;          ///< `linear: 256` means this field
  bool is_operational = false;   ///< says where or how it runs, not what it is: in no id
  std::string_view absent_word;  ///< how an empty optional is spelled: `none`, `auto`
  std::optional<double> minimum, maximum;
  bool minimum_excluded = false, maximum_excluded = false;

  const void* in(const void* object) const { return static_cast<const std::byte*>(object) + offset; }
  void* in(void* object) const { return static_cast<std::byte*>(object) + offset; }
};

/// A struct's contradictions, found after all its fields were read well: path below the struct, message,
/// hint.
struct Contradiction {
  std::string field;
  std::string message;
  std::string hint;
};

struct FieldTable {
  std::string_view name, doc, example;
  std::string_view formula;  ///< what it computes, a line each; empty where `doc` says it all
  std::deque<Field> fields;
  std::vector<Contradiction> (*check)(const void* object) = nullptr;
  const void* defaults = nullptr;  ///< a default-constructed object

  const Field* find(std::string_view key) const;
  const Field* main_field() const;
};

/// One type of a family.
struct Alternative {
  std::string_view name, doc, example;
  const FieldTable& (*table)();
  void* (*emplace)(void* family_object);
};

/// A closed set of types, one of which a value names: `relu`, `linear: 64`, `linear: {out_features: 64}`.
struct Family {
  std::string_view name;  ///< `layer`, `optimizer`
  std::vector<Alternative> alternatives;
  const FieldTable* common =
      nullptr;  ///< keys that every type of the family takes (a layer's `name`), or nullptr
  std::size_t (*index)(const void* family_object);
  const void* (*get)(const void* family_object);
  void (*located)(void* family_object, const Place& place, const std::string& path);  ///< may be nullptr

  const Alternative* find(std::string_view alternative) const;
  std::vector<std::string> names() const;
};

template <class T>
class Fields;

template <class M>
const TypeOps& type_ops();

template <class T>
const FieldTable& field_table();

template <class F>
const Family& family();

/// Fluent handle of one declared field.
class FieldShell {
 public:
  explicit FieldShell(Field& field) : field_(&field) {}
  FieldShell& required() { return field_->is_required = true, *this; }
  FieldShell& operational() { return field_->is_operational = true, *this; }
  FieldShell& at_least(double value) { return field_->minimum = value, *this; }
  FieldShell& above(double value) { return field_->minimum = value, field_->minimum_excluded = true, *this; }
  FieldShell& at_most(double value) { return field_->maximum = value, *this; }
  FieldShell& below(double value) { return field_->maximum = value, field_->maximum_excluded = true, *this; }
  FieldShell& absent(std::string_view word) { return field_->absent_word = word, *this; }
  FieldShell& doc(std::string_view text) { return field_->documentation = text, *this; }

 private:
  Field* field_;
};

template <class T>
class Fields {
 public:
  Fields(FieldTable& table, const T& sample) : table_(table), sample_(sample) {}

  template <class M, class Owner>
  FieldShell operator()(std::string_view name, M Owner::*member) {
    Field& field = table_.fields.emplace_back();
    field.name = name;
    field.offset = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&(sample_.*member)) -
                                            reinterpret_cast<const std::byte*>(&sample_));
    field.ops = &type_ops<M>();
    return FieldShell(field);
  }
  /// The field that a component's short form means: `linear: 256`.
  template <class M, class Owner>
  FieldShell main(std::string_view name, M Owner::*member) {
    FieldShell shell = (*this)(name, member);
    table_.fields.back().is_main = true;
    return shell;
  }

 private:
  FieldTable& table_;
  const T& sample_;
};

// --- the few templates behind type_ops
// -----------------------------------------------------------------------------

namespace fields_detail {

template <class F>
concept IsFamily = requires {
  typename F::variant;
}
&&std::is_class_v<F>;
template <class T>
concept IsDescribed = requires(Fields<T>& field) {
  T::describe(field);
};
template <class E>
concept IsEnum = std::is_enum_v<E>;

template <class T>
struct Inside;
template <class T>
struct Inside<std::vector<T>> {
  using type = T;
};
template <class T>
struct Inside<std::optional<T>> {
  using type = T;
};
/// Ordered map of text keys; kept in the order written.
template <class T>
struct Inside<std::vector<std::pair<std::string, T>>> {
  using type = T;
};

template <class M>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::vector<std::pair<std::string, T>>> = true;
template <class M>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = !is_map<std::vector<T>>;
template <class M>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

bool read_word(SpecReader& reader, const std::vector<std::string_view>& words, const Node& node,
               const std::string& path, std::size_t& index);

template <class E>
const std::vector<std::string_view>& enum_words() {
  static const std::vector<std::string_view> words = [] {
    const auto names = names_of(E{});
    return std::vector<std::string_view>(names.begin(), names.end());
  }();
  return words;
}

template <class E>
TypeOps enum_ops() {
  TypeOps ops;
  ops.type_name = "word";
  ops.words = []() -> const std::vector<std::string_view>* { return &enum_words<E>(); };
  ops.read = [](SpecReader& reader, const Field&, const Node& node, const std::string& path, void* value) {
    std::size_t index = 0;
    if (!read_word(reader, enum_words<E>(), node, path, index)) return false;
    *static_cast<E*>(value) = static_cast<E>(index);
    return true;
  };
  ops.write = [](const void* value) {
    return Node::scalar(
        std::string(enum_words<E>()[static_cast<std::size_t>(*static_cast<const E*>(value))]));
  };
  return ops;
}

template <class M>
TypeOps container_ops() {
  using T = typename Inside<M>::type;
  TypeOps ops;
  ops.element = []() { return &type_ops<T>(); };
  if constexpr (is_optional<M>) {
    ops.form = Form::optional;
    ops.append = [](void* c, const std::string&) -> void* { return &static_cast<M*>(c)->emplace(); };
    ops.size = [](const void* c) -> std::size_t { return static_cast<const M*>(c)->has_value() ? 1 : 0; };
    ops.at = [](const void* c, std::size_t) -> const void* { return &**static_cast<const M*>(c); };
    ops.clear = [](void* c) { static_cast<M*>(c)->reset(); };
  } else {
    ops.form = is_map<M> ? Form::map : Form::list;
    ops.size = [](const void* c) { return static_cast<const M*>(c)->size(); };
    ops.clear = [](void* c) { static_cast<M*>(c)->clear(); };
    if constexpr (is_map<M>) {
      ops.append = [](void* c, const std::string& key) -> void* {
        return &static_cast<M*>(c)->emplace_back(key, T{}).second;
      };
      ops.at = [](const void* c, std::size_t i) -> const void* {
        return &(*static_cast<const M*>(c))[i].second;
      };
      ops.key_at = [](const void* c, std::size_t i) { return (*static_cast<const M*>(c))[i].first; };
    } else {
      ops.append = [](void* c, const std::string&) -> void* { return &static_cast<M*>(c)->emplace_back(); };
      ops.at = [](const void* c, std::size_t i) -> const void* { return &(*static_cast<const M*>(c))[i]; };
    }
  }
  return ops;
}

template <class M>
TypeOps make_ops() {
  if constexpr (IsFamily<M>) {
    TypeOps ops;
    ops.form = Form::component;
    ops.type_name = M::family_name;
    ops.family = &family<M>;
    return ops;
  } else if constexpr (is_list<M> || is_map<M> || is_optional<M>) {
    return container_ops<M>();
  } else if constexpr (IsEnum<M>) {
    return enum_ops<M>();
  } else {
    TypeOps ops;
    ops.form = Form::table;
    ops.type_name = "map";
    ops.table = &field_table<M>;
    return ops;
  }
}

}  // namespace fields_detail

template <class M>
const TypeOps& type_ops() {
  static const TypeOps ops = fields_detail::make_ops<M>();
  return ops;
}
// Scalars, each with its own reader in fields.cpp.
template <>
const TypeOps& type_ops<bool>();
template <>
const TypeOps& type_ops<std::int64_t>();
template <>
const TypeOps& type_ops<double>();
template <>
const TypeOps& type_ops<std::string>();

template <class T>
const FieldTable& field_table() {
  static const FieldTable table = [] {
    static const T sample{};
    FieldTable made;
    if constexpr (requires { requires std::is_same_v<decltype(T::name), const std::string_view>; })
      made.name = T::name;
    if constexpr (requires { requires std::is_same_v<decltype(T::doc), const std::string_view>; })
      made.doc = T::doc;
    if constexpr (requires { requires std::is_same_v<decltype(T::example), const std::string_view>; })
      made.example = T::example;
    if constexpr (requires { requires std::is_same_v<decltype(T::formula), const std::string_view>; })
      made.formula = T::formula;
    made.defaults = &sample;
    Fields<T> fields(made, sample);
    if constexpr (fields_detail::IsDescribed<T>) T::describe(fields);
    if constexpr (requires(const T& object) { object.contradictions(); }) {
      made.check = [](const void* object) { return static_cast<const T*>(object)->contradictions(); };
    }
    return made;
  }();
  return table;
}

namespace fields_detail {

template <class F, class T>
Alternative alternative() {
  return {T::name, T::doc, T::example, &field_table<T>,
          [](void* object) -> void* { return &static_cast<F*>(object)->template emplace<T>(); }};
}

template <class F, class... T>
void add_alternatives(Family& made, const std::variant<T...>*) {
  (made.alternatives.push_back(alternative<F, T>()), ...);
}

}  // namespace fields_detail

template <class F>
const Family& family() {
  static const Family made_once = [] {
    Family made;
    made.name = F::family_name;
    fields_detail::add_alternatives<F>(made, static_cast<const typename F::variant*>(nullptr));
    if constexpr (fields_detail::IsDescribed<F>) made.common = &field_table<F>();
    made.index = [](const void* object) { return static_cast<const F*>(object)->index(); };
    made.get = [](const void* object) -> const void* {
      return std::visit([](const auto& value) -> const void* { return &value; },
                        static_cast<const typename F::variant&>(*static_cast<const F*>(object)));
    };
    made.located = nullptr;
    if constexpr (requires(F & object) {
                    object.place = Place{};
                    object.path = std::string();
                  }) {
      made.located = [](void* object, const Place& place, const std::string& path) {
        static_cast<F*>(object)->place = place;
        static_cast<F*>(object)->path = path;
      };
    }
    return made;
  }();
  return made_once;
}

// --- the engines
// ---------------------------------------------------------------------------------------------------

/// Reads a map into `object`; tells every mistake, keeps going, and returns whether all was well.
bool read_table(SpecReader& reader, const FieldTable& table, const Node& node, const std::string& path,
                void* object);
/// Reads `name`, `name: main value` or `name: {fields}`.
bool read_component(SpecReader& reader, const Family& family, const Node& node, const std::string& path,
                    void* object);
bool read_value(SpecReader& reader, const Field& field, const TypeOps& ops, const Node& node,
                const std::string& path, void* value);
/// The reverse. A component is `name` or `{name: {fields}}`; in full mode every field stands there.
Node write_table(const FieldTable& table, const void* object, WriteMode mode);
Node write_value(const Field& field, const TypeOps& ops, const void* value, WriteMode mode);

template <class T>
Node write_spec(const T& object, WriteMode mode) {
  return write_table(field_table<T>(), &object, mode);
}

}  // namespace bunsen
