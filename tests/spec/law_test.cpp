// law_test.cpp - what holds for every component ever added.
#include <doctest/doctest.h>

#include <algorithm>

#include "config/json.h"
#include "config/yaml.h"
#include "spec/training.h"

namespace bunsen {
namespace {

std::optional<Node> read_text(const std::string& text) {
  Sources sources;
  Diagnostics problems;
  sources.add("example", text);
  auto node = read_yaml(0, sources, problems);
  CHECK_MESSAGE(node.has_value(), to_text(problems, sources, false));
  return node;
}

template <class F>
void check_family() {
  CAPTURE(std::string(family<F>().name));
  for (const Alternative& alternative : family<F>().alternatives) {
    CAPTURE(std::string(alternative.name));
    CHECK_FALSE(alternative.doc.empty());
    CHECK(alternative.doc.back() == '.');
    for (const Field& field : alternative.table().fields) {
      CAPTURE(std::string(field.name));
      CHECK_FALSE(field.documentation.empty());
      CHECK(field.documentation.back() == '.');
      CHECK(std::string(field.name).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
            std::string::npos);
    }
    const std::optional<Node> example = read_text(std::string(alternative.example));
    if (!example) continue;
    Diagnostics problems;
    SpecReader reader{problems};
    F object;
    CHECK_MESSAGE(read_component(reader, family<F>(), *example, "example", &object),
                  to_text(problems, Sources(), false));
    CHECK(family<F>().alternatives[object.index()].name == alternative.name);
    // Spec -> document -> spec is the identity, in the full and in the minimal form.
    const Field field;
    for (const WriteMode mode : {WriteMode::full, WriteMode::minimal}) {
      const Node written = write_value(field, type_ops<F>(), &object, mode);
      F again;
      CHECK_MESSAGE(read_component(reader, family<F>(), written, "example", &again), json_line(written));
      CHECK(json_line(write_value(field, type_ops<F>(), &again, mode)) == json_line(written));
    }
  }
}

void check_documented(const FieldTable& table) {
  for (const Field& field : table.fields) {
    CAPTURE(std::string(field.name));
    CHECK_FALSE(field.documentation.empty());
    if (field.ops->form == Form::table) check_documented(field.ops->table());
  }
}

}  // namespace

TEST_CASE("every component is documented, its example parses, and it survives being written") {
  check_family<Layer>();
  check_family<Dataset>();
  check_family<Initializer>();
  check_family<Loss>();
  check_family<Optimizer>();
  check_family<Schedule>();
  check_family<LaterSchedule>();
  check_family<Clip>();
  check_family<Transform>();
}

TEST_CASE("every key of a config is documented") { check_documented(field_table<TrainingSpec>()); }

TEST_CASE("no name stands in two places of a family") {
  for (const Family* each :
       {&family<Layer>(), &family<Dataset>(), &family<Initializer>(), &family<Loss>(), &family<Optimizer>(),
        &family<Schedule>(), &family<LaterSchedule>(), &family<Clip>(), &family<Transform>()}) {
    std::vector<std::string> names = each->names();
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  }
}

}  // namespace bunsen
