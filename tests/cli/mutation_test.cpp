// mutation_test.cpp - every slip in every shipped file is told, at its place, with the word that was meant,
// and once.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/files.h"
#include "cli/check.h"
#include "mutants.h"

namespace bunsen::mutation {
namespace {

namespace fs = std::filesystem;

/// Copies of the shipped files, in which mutants take the place of one.
class Copies {
 public:
  Copies() : folder_(fs::temp_directory_path() / ("bunsen-mutants-" + std::to_string(::getpid()))) {
    for (const char* name : {"configs", "experiments", "tests/mutants"}) {
      fs::create_directories((folder_ / name).parent_path());
      fs::copy(fs::path(BUNSEN_SOURCE_DIR) / name, folder_ / name);
      for (const auto& entry : fs::directory_iterator(folder_ / name)) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
  }
  ~Copies() { fs::remove_all(folder_); }

  std::vector<fs::path> files;

 private:
  fs::path folder_;
};

void write(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

struct Outcome {
  Sources sources;
  Diagnostics problems;
  bool is_trainable = false;
};

Outcome outcome_of(const fs::path& file) {
  Outcome out;
  out.is_trainable = check_file(file, {}, out.sources, out.problems) && !out.problems.has_errors();
  return out;
}

/// What would be trained, as one text; empty where nothing would.
std::string meaning_of(const fs::path& file) {
  Sources sources;
  Diagnostics problems;
  const std::optional<Node> root = read_text(read_file(file));
  std::string text;
  if (root && kind_of(*root) == DocumentKind::experiment) {
    const std::optional<Experiment> experiment = read_experiment(file, sources, problems);
    if (!experiment) return "";
    const std::optional<Trials> trials = make_trials(*experiment, {}, {DataPlaces{}, false}, problems);
    if (!trials) return "";
    for (const Trial& trial : trials->trials) text += trial.id + ' ';
    return text + experiment->spec.name + experiment->spec.question;
  }
  const std::optional<ConfigTree> tree = read_config_tree(file, sources, problems);
  const std::optional<Resolved> resolved = tree ? resolve(*tree, {}, problems) : std::nullopt;
  return resolved ? config_text(resolved->document) : "";
}

const Diagnostic* first_error(const Diagnostics& problems) {
  const Diagnostic* first = nullptr;
  for (const Diagnostic& item : problems.items()) {
    if (item.severity != Severity::error) continue;
    const bool is_earlier = first == nullptr || std::pair(item.place.source, item.place.offset) <
                                                    std::pair(first->place.source, first->place.offset);
    if (is_earlier) first = &item;
  }
  return first;
}

bool is_at(const Place& place, const Mutant& mutant) {
  if (!place.known()) return false;
  const bool begins_in =
      place.offset >= mutant.begin && place.offset < std::max(mutant.end, mutant.begin + 1);
  return begins_in || (place.offset <= mutant.begin && place.offset + place.length >= mutant.end);
}

bool names_wanted(const Diagnostic& item, const Mutant& mutant) {
  if (mutant.edit.starts_with("level")) return item.hint.find(mutant.wanted) != std::string::npos;
  const std::string suggestion = "did you mean '";
  if (!item.hint.starts_with(suggestion)) return false;
  std::string meant = item.hint.substr(suggestion.size());
  meant = meant.substr(0, meant.find('\''));
  if (meant.starts_with('$')) meant = meant.substr(1);
  return meant == mutant.wanted;
}

struct Row {
  std::size_t mutants = 0, same = 0, told = 0, placed = 0, wanted = 0, suggested = 0, hinted = 0, single = 0,
              trainable = 0;
};

std::string percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? "-"
                    : fmt::format("{:.2f}", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

/// Judges mutants and keeps count by kind of slip; what fell short goes into the file that $BUNSEN_MUTANTS
/// names.
class Judge {
 public:
  Judge() {
    if (const char* name = std::getenv("BUNSEN_MUTANTS")) log_.open(name);
  }

  void judge(const fs::path& file, const std::string& meaning, const Mutant& mutant) {
    Outcome outcome = outcome_of(file);
    Row& row = rows[mutant.edit];
    if (!outcome.problems.has_errors() && meaning_of(file) == meaning) {
      ++row.same;
      return;
    }
    ++row.mutants;
    const Diagnostic* first = first_error(outcome.problems);
    const bool told = first != nullptr;
    const bool placed = told && (is_at(first->place, mutant) || is_at(first->used_at, mutant));
    const bool suggested = mutant.wanted.empty() || (told && names_wanted(*first, mutant));
    const bool hinted = told && !first->hint.empty();
    const bool single = outcome.problems.error_count() == 1;
    row.told += told;
    row.placed += placed;
    row.wanted += !mutant.wanted.empty();
    row.suggested += !mutant.wanted.empty() && suggested;
    row.hinted += hinted;
    row.single += single;
    row.trainable += outcome.is_trainable;
    if (log_ && !(told && placed && suggested && hinted && single)) {
      log_ << fmt::format("### {} {}: '{}' -> '{}'{}{}{}{}{}\n", file.filename().string(), mutant.edit,
                          mutant.was, mutant.now, told ? "" : " UNTOLD", placed ? "" : " PLACE",
                          suggested ? "" : " SUGGESTION", hinted ? "" : " HINT", single ? "" : " COUNT")
           << to_text(outcome.problems, outcome.sources, false) << '\n';
    }
  }

  std::string table() const {
    std::string out = "\n            mutants   told  place right  suggestion right  a way out  one error\n";
    for (const auto& [edit, row] : rows) out += line(edit, row);
    return out + line("all", sum([](const std::string&) { return true; }));
  }

  static bool is_typo(const std::string& edit) {
    return edit != "type" && edit != "indent" && !edit.starts_with("level");
  }
  template <class Wanted>
  Row sum(Wanted wanted) const {
    Row all;
    for (const auto& [edit, row] : rows) {
      if (!wanted(edit)) continue;
      for (auto member : {&Row::mutants, &Row::same, &Row::told, &Row::placed, &Row::wanted, &Row::suggested,
                          &Row::hinted, &Row::single, &Row::trainable})
        all.*member += row.*member;
    }
    return all;
  }

  std::map<std::string, Row> rows;

 private:
  static std::string line(const std::string& edit, const Row& row) {
    return fmt::format("{:<10} {:>8} {:>6} {:>12} {:>17} {:>10} {:>10}\n", edit, row.mutants,
                       percent(row.told, row.mutants), percent(row.placed, row.mutants),
                       percent(row.suggested, row.wanted), percent(row.hinted, row.mutants),
                       percent(row.single, row.mutants));
  }
  std::ofstream log_;
};

void expect_all(const std::set<std::pair<const FieldTable*, std::string>>& keys,
                const std::set<std::pair<const Family*, std::string>>& types, const FieldTable& table,
                std::set<const FieldTable*>& visited);

void expect_all(const std::set<std::pair<const FieldTable*, std::string>>& keys,
                const std::set<std::pair<const Family*, std::string>>& types, const TypeOps& ops,
                std::set<const FieldTable*>& visited) {
  if (ops.element != nullptr) return expect_all(keys, types, *ops.element(), visited);
  if (ops.form == Form::table) return expect_all(keys, types, ops.table(), visited);
  if (ops.form != Form::component) return;
  const Family& family = ops.family();
  if (family.common != nullptr) expect_all(keys, types, *family.common, visited);
  for (const Alternative& alternative : family.alternatives) {
    INFO("no file in configs/ or tests/mutants/ has the " << family.name << " '" << alternative.name << "'");
    CHECK(types.contains({&family, std::string(alternative.name)}));
    expect_all(keys, types, alternative.table(), visited);
  }
}

void expect_all(const std::set<std::pair<const FieldTable*, std::string>>& keys,
                const std::set<std::pair<const Family*, std::string>>& types, const FieldTable& table,
                std::set<const FieldTable*>& visited) {
  if (!visited.insert(&table).second) return;
  for (const Field& field : table.fields) {
    INFO("no file in configs/ or tests/mutants/ has the key '" << field.name << "' of '" << table.name
                                                               << "'");
    CHECK(keys.contains({&table, std::string(field.name)}));
    expect_all(keys, types, *field.ops, visited);
  }
}

/// Each how many-th mutant is tried: all, but for runs that take much longer each.
std::size_t stride() {
  const char* text = std::getenv("BUNSEN_MUTANT_STRIDE");
  return text == nullptr ? 1 : std::max<std::size_t>(1, std::strtoul(text, nullptr, 10));
}

}  // namespace

TEST_CASE("the files that mutants are made of have every key and every type, and are right") {
  const Copies copies;
  std::set<std::pair<const FieldTable*, std::string>> keys;
  std::set<std::pair<const Family*, std::string>> types;
  for (const fs::path& file : copies.files) {
    CAPTURE(file.string());
    const Outcome outcome = outcome_of(file);
    CHECK_MESSAGE(outcome.problems.error_count() == 0, to_text(outcome.problems, outcome.sources, false));
    const std::string text = read_file(file);
    const std::optional<Node> root = read_text(text);
    REQUIRE(root);
    const SpotFinder found(*root, text);
    keys.insert(found.keys.begin(), found.keys.end());
    types.insert(found.types.begin(), found.types.end());
  }
  std::set<const FieldTable*> visited;
  expect_all(keys, types, field_table<TrainingSpec>(), visited);
  expect_all(keys, types, field_table<ExperimentSpec>(), visited);
}

TEST_CASE("one slip gives one error, at its place, with the right way out, and never a training") {
  const Copies copies;
  Judge judge;
  LeftOut left;
  std::size_t index = 0;
  for (const fs::path& file : copies.files) {
    const std::string text = read_file(file);
    const Node root = *read_text(text);
    const std::string meaning = meaning_of(file);
    for (const Mutant& mutant : mutants_of(text, root, SpotFinder(root, text), left)) {
      if (index++ % stride() != 0) continue;
      write(file, mutant.text);
      judge.judge(file, meaning, mutant);
    }
    write(file, text);
  }
  const Row all = judge.sum([](const std::string&) { return true; });
  const Row typos = judge.sum(Judge::is_typo);
  MESSAGE(judge.table() << "left out: " << left.other_words << " that give another right word, "
                        << left.same + all.same << " that change nothing");
  const auto share = [](std::size_t part, std::size_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  CHECK(all.mutants * stride() > 10000);
  CHECK(all.told == all.mutants);
  CHECK(all.trainable == 0);
  CHECK(share(all.placed, all.mutants) >= 0.99);
  CHECK(share(typos.suggested, typos.wanted) >= 0.99);
  CHECK(share(all.suggested, all.wanted) >= 0.99);
  CHECK(share(all.hinted, all.mutants) >= 0.99);
  CHECK(share(all.single, all.mutants) >= 0.99);
}

}  // namespace bunsen::mutation
