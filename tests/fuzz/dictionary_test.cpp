// dictionary_test.cpp - the fuzzer's dictionary has every key, type and word that is declared.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "spec/training.h"

namespace bunsen::fuzz {
namespace {

void gather(const FieldTable& table, std::set<std::string>& words, std::set<const FieldTable*>& visited);

void gather(const TypeOps& ops, std::set<std::string>& words, std::set<const FieldTable*>& visited) {
  if (ops.element != nullptr) return gather(*ops.element(), words, visited);
  if (ops.words != nullptr) words.insert(ops.words()->begin(), ops.words()->end());
  if (ops.form == Form::table) gather(ops.table(), words, visited);
  if (ops.form != Form::component) return;
  if (ops.family().common != nullptr) gather(*ops.family().common, words, visited);
  for (const Alternative& type : ops.family().alternatives) {
    words.emplace(type.name);
    gather(type.table(), words, visited);
  }
}

void gather(const FieldTable& table, std::set<std::string>& words, std::set<const FieldTable*>& visited) {
  if (!visited.insert(&table).second) return;
  for (const Field& field : table.fields) {
    words.emplace(field.name);
    if (!field.absent_word.empty()) words.emplace(field.absent_word);
    gather(*field.ops, words, visited);
  }
}

std::string dictionary() {
  std::set<std::string> words{"vars", "extends", "true", "false", "#set ", "#base"};
  std::set<const FieldTable*> visited;
  gather(field_table<TrainingSpec>(), words, visited);
  std::string text = "# Words for libFuzzer, from the declarations; held fresh by dictionary_test.cpp.\n";
  for (const std::string& word : words) text += '"' + word + "\"\n";
  return text;
}

}  // namespace

TEST_CASE("the fuzzer's dictionary is that of the declarations") {
  const std::filesystem::path file = std::filesystem::path(BUNSEN_SOURCE_DIR) / "tests/fuzz/config.dict";
  if (std::getenv("BUNSEN_UPDATE_GOLDEN") != nullptr) write_file_atomically(file, dictionary());
  CHECK(read_file_if_there(file).value_or("") == dictionary());
}

}  // namespace bunsen::fuzz
