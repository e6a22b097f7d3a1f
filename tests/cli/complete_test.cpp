#include "cli/complete.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

OptionWords option(const std::string& name, const std::string& value, const Words& choices = {},
                   bool repeats = false) {
  return {{name}, "help of " + name, value, choices, repeats};
}

/// A program with a command of each kind.
CommandWords program() {
  CommandWords run{"run", "train", {}, {}, {}};
  run.options = {option("--set", "KEY=VALUE", {}, true),
                 option("--device", "TEXT:{cpu,cuda}", {"cpu", "cuda"}), option("--results", "DIR"),
                 option("--again", "")};
  run.positionals = {{{}, "configs", "FILE", {}, true}};
  CommandWords list{"list", "runs", {option("--results", "DIR")}, {{{}, "what", "WHAT", {}, true}}, {}};
  CommandWords explain{"explain", "keys", {}, {{{}, "key", "KEY", {}, false}}, {}};
  CommandWords show{"show", "one", {}, {{{}, "which", "NAME", {}, false}}, {}};
  CommandWords data{"data", "data sets", {}, {}, {show}};
  return {"bunsen", "", {option("--version", "")}, {}, {run, list, explain, data}};
}

/// The answers' words, without their help.
Words ask(const Words& words) {
  Words out;
  for (const std::string& line : completion_lines(program(), words))
    out.push_back(line.substr(0, line.find('\t')));
  return out;
}

bool has(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("commands, their options and their values are completed") {
  CHECK(ask({""}) == Words{"run", "list", "explain", "data"});
  CHECK(ask({}) == Words{"run", "list", "explain", "data"});
  CHECK(ask({"r"}) == Words{"run"});
  CHECK(ask({"--v"}) == Words{"--version"});
  CHECK(ask({"run", "--"}) == Words{"--set", "--device", "--results", "--again"});
  CHECK(ask({"run", "--device", ""}) == Words{"cpu", "cuda"});
  CHECK(ask({"run", "--device=cu"}) == Words{"--device=cuda"});
  CHECK(ask({"run", "--results", "x"}) == Words{":folders"});
  CHECK(ask({"run", "c"}) == Words{":yaml"});
  CHECK(ask({"run", "a.yaml", ""}) == Words{":yaml"});
  CHECK(ask({"data", ""}) == Words{"show"});
  CHECK(ask({"data", "show", "mn"}) == Words{"mnist"});
}

TEST_CASE("an option that was given is offered again only if it may repeat") {
  CHECK(ask({"run", "--set", "epochs=1", "--again", "--device=cpu", "--"}) == Words{"--set", "--results"});
}

TEST_CASE("behind -- there are no options") { CHECK(ask({"run", "--", "--se"}) == Words{":yaml"}); }

TEST_CASE("a help stands behind a tab, on one line") {
  CHECK(completion_lines(program(), {"run", "--ag"}) == Words{"--again\thelp of --again"});
}

TEST_CASE("words that mean nothing have no answer") {
  CHECK(ask({"nothing", ""}) == ask({""}));
  CHECK(ask({"run", "--nothing="}).empty());
  CHECK(ask({"explain", "optimizer", ""}).empty());
  CHECK(ask({"run", "--device", "x"}).empty());
}

TEST_CASE("--set completes keys, in both ways to give it") {
  CHECK(ask({"run", "--set", "epo"}) == Words{"epochs="});
  CHECK(ask({"run", "--set=loss=cross"}) == Words{"--set=loss=cross_entropy"});
}

TEST_CASE("keys follow the file on the line, its bases and what was set before") {
  const fs::path folder = fs::temp_directory_path() / ("bunsen-complete-" + std::to_string(getpid()));
  fs::create_directories(folder);
  write_file_atomically(folder / "base.yaml",
                        "layers: [{linear: {out_features: 4, name: first}}, relu]\noptimizer: adam\n");
  write_file_atomically(folder / "derived.yaml", "extends: base.yaml\nepochs: 2\n");
  write_file_atomically(folder / "sweep.yaml", "base: derived.yaml\naxes: {epochs: [1, 2]}\n");
  write_file_atomically(folder / "broken.yaml", "layers: [\n");
  for (const std::string name : {"derived.yaml", "sweep.yaml"}) {
    const std::string file = folder / name;
    CHECK(ask({"run", file, "--set", "layers.f"}) == Words{"layers.first=", "layers.first."});
    CHECK(ask({"run", file, "--set", "optimizer."}) == Words{"optimizer.adam=", "optimizer.adam."});
    CHECK(ask({"run", file, "--set", "optimizer=sgd", "--set", "optimizer."}) ==
          Words{"optimizer.sgd=", "optimizer.sgd."});
    CHECK(ask({"run", file, "--set", "~ep"}) == Words{"~epochs"});
  }
  CHECK(has(ask({"run", folder / "broken.yaml", "--set", "optimizer."}), "optimizer.sgd."));
  CHECK(has(ask({"run", folder / "absent.yaml", "--set", "optimizer."}), "optimizer.sgd."));
  fs::remove_all(folder);
}

TEST_CASE("explain completes keys one step at a time, types and codes") {
  CHECK(has(ask({"explain", ""}), "optimizer"));
  CHECK(has(ask({"explain", ""}), "BUN012"));
  CHECK_FALSE(has(ask({"explain", ""}), "adam"));
  CHECK(ask({"explain", "opt"}) == Words{"optimizer", "optimizer."});
  CHECK(ask({"explain", "optimizer.adamw.lr"}) == Words{"optimizer.adamw.lr"});
  CHECK(has(ask({"explain", "ada"}), "adam"));
  CHECK(ask({"explain", "BUN04"}) == Words{"BUN041"});
}

TEST_CASE("runs are completed by name, and by id once one is begun") {
  const fs::path root = fs::temp_directory_path() / ("bunsen-complete-runs-" + std::to_string(getpid()));
  fs::create_directories(root / "mlp" / "0123456789");
  fs::create_directories(root / "examples" / "cnn" / "0a2b");
  fs::create_directory_symlink("0123456789", root / "mlp" / "latest");
  CHECK(ask({"list", "--results", root, ""}) == Words{"cnn", "mlp", ":files"});
  CHECK(ask({"list", "--results", root, "0"}) == Words{"0123456789", "0a2b", ":files"});
  CHECK(ask({"list", "--results", root / "absent", ""}) == Words{":files"});
  fs::remove_all(root);
}

}  // namespace bunsen
