#include "compare/select.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "base/errors.h"
#include "base/files.h"
#include "compare/diff_side.h"
#include "results.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;
using test::ResultOf;

// A results folder with two names and an example; removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "bunsen-select-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    add("softmax",
        {.id = "aaa1111111", .group = "groupa0000", .seed = "0", .started_at = "2026-01-01T00:00:00Z"});
    add("softmax",
        {.id = "aab2222222", .group = "groupa0000", .seed = "1", .started_at = "2026-01-02T00:00:00Z"});
    add("mlp",
        {.id = "ccc3333333", .group = "groupc0000", .seed = "0", .started_at = "2026-01-03T00:00:00Z"});
    add("examples/mlp",
        {.id = "ddd4444444", .group = "groupd0000", .seed = "0", .started_at = "2026-01-04T00:00:00Z"});
  }
  ~Folder() { fs::remove_all(root); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path add(const std::string& name, ResultOf result, const std::string& folder = "") const {
    const fs::path run = root / name / (folder.empty() ? result.id : folder);
    make_folder(run);
    result.name = fs::path(name).filename();
    write_file_atomically(run / "result.json", test::text_of(result));
    write_file_atomically(run / "status.json", R"({"status": ")" + result.status + R"(", "attempt": 1})");
    return run;
  }
  std::string ids(const std::string& argument) const {
    std::string out;
    for (const RunSummary& run : select_runs(argument, root).runs) out += (out.empty() ? "" : " ") + run.id;
    return out;
  }
  std::string mistake(const std::string& argument) const {
    try {
      select_runs(argument, root);
    } catch (const UserError& error) {
      std::string message = error.what();
      for (std::size_t at = message.find(root.string()); at != std::string::npos;
           at = message.find(root.string())) {
        message.replace(at, root.string().size(), "ROOT");
      }
      return message;
    }
    return "no mistake";
  }

  fs::path root;
};

TEST_CASE("a run is found by its folder, a file in it, or a link to it") {
  const Folder results;
  const fs::path run = results.root / "softmax" / "aaa1111111";
  CHECK(results.ids(run.string()) == "aaa1111111");
  CHECK(results.ids(run.string() + '/') == "aaa1111111");
  CHECK(results.ids((run / "result.json").string()) == "aaa1111111");
  fs::create_directory_symlink("aab2222222", results.root / "softmax" / "latest");
  CHECK(results.ids((results.root / "softmax" / "latest").string()) == "aab2222222");
  CHECK(results.ids("softmax") == "aaa1111111 aab2222222");  // the link is no run of its own
}

TEST_CASE("a folder of runs means all of them, as written or under the results root") {
  const Folder results;
  CHECK(results.ids((results.root / "softmax").string()) == "aaa1111111 aab2222222");
  CHECK(results.ids("softmax") == "aaa1111111 aab2222222");
  CHECK(results.ids("softmax/aaa1111111") == "aaa1111111");
  CHECK(results.ids("mlp") == "ccc3333333");
  CHECK(results.ids("examples/mlp") == "ddd4444444");
  CHECK(results.ids("examples") == "ddd4444444");
}

TEST_CASE("a name that only the examples have is found there") {
  const Folder results;
  fs::remove_all(results.root / "mlp");
  CHECK(results.ids("mlp") == "ddd4444444");
}

TEST_CASE("a run is found by its id or the unique beginning of it, a group by its own") {
  const Folder results;
  CHECK(results.ids("ccc3333333") == "ccc3333333");
  CHECK(results.ids("aab") == "aab2222222");
  CHECK(results.ids("ddd4") == "ddd4444444");
  CHECK(results.ids("group=groupa0000") == "aaa1111111 aab2222222");
  CHECK(results.ids("group=groupc") == "ccc3333333");
}

TEST_CASE("a beginning of several ids is refused with the runs it could mean") {
  const Folder results;
  results.add("softmax", {.id = "aab2999999"});
  CHECK(results.mistake("aab2") ==
        "'aab2' means 2 runs; name one of them: ROOT/softmax/aab2222222, ROOT/softmax/aab2999999");
  CHECK(results.mistake("group=group").find("'group=group' means 2 groups; name one of them: ") == 0);
}

TEST_CASE("an unknown name tells what is near and what is there") {
  const Folder results;
  CHECK(results.mistake("sofmax") ==
        "there is no run, name or folder 'sofmax'; did you mean 'softmax'? under 'ROOT' are: examples/mlp, "
        "mlp, softmax");
  CHECK(results.mistake("xyz") ==
        "there is no run, name or folder 'xyz'; under 'ROOT' are: examples/mlp, mlp, softmax");
  CHECK_THROWS_WITH_AS(select_runs("xyz", results.root / "none"), doctest::Contains("no runs are under"),
                       UserError);
}

std::string side_mistake(const std::string& argument, const fs::path& root) {
  Sources sources;
  Diagnostics problems;
  try {
    read_side(argument, root, sources, problems);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no mistake";
}

TEST_CASE("a side of runs has one run a seed, the newest completed one") {
  const Folder results;
  results.add("softmax",
              {.id = "aaa1111111", .group = "groupa0000", .seed = "0", .started_at = "2026-02-01T00:00:00Z"},
              "aaa1111111-2");
  results.add("softmax",
              {.id = "aab2222222",
               .group = "groupa0000",
               .status = "diverged",
               .seed = "1",
               .started_at = "2026-02-02T00:00:00Z"},
              "aab2222222-2");
  Sources sources;
  Diagnostics problems;
  const std::optional<DiffSide> side = read_side("softmax", results.root, sources, problems);
  REQUIRE(side);
  REQUIRE(side->runs.size() == 2);
  CHECK(side->runs[0].id == "aaa1111111-2");
  CHECK(side->runs[1].id == "aab2222222");
  CHECK(side->superseded.size() == 2);
}

TEST_CASE("runs of several configs are no side of a comparison") {
  const Folder results;
  results.add("softmax", {.id = "eee5555555", .group = "groupe0000"});
  CHECK(side_mistake("softmax", results.root) ==
        "'softmax' holds runs of 2 configs; name a run or a group: group=groupa0000 (2 runs), "
        "group=groupe0000 (1 run)");
}

TEST_CASE("a run without a result can't be compared") {
  const Folder results;
  make_folder(results.root / "cnn" / "fff6666666");
  write_file_atomically(results.root / "cnn" / "fff6666666" / "status.json",
                        R"({"status": "queued", "attempt": 1})");
  CHECK(side_mistake("cnn", results.root)
            .find("'cnn' has no result to compare: fff6666666 (queued): no result yet") == 0);
}

TEST_CASE("a JSON file is a result when it looks like one, else a document") {
  const Folder results;
  write_file_atomically(results.root / "copy.json", test::text_of({.id = "zzz"}));
  write_file_atomically(results.root / "speed.json", R"({"epoch_s": 2})");
  Sources sources;
  Diagnostics problems;
  CHECK(read_side((results.root / "copy.json").string(), results.root, sources, problems)->runs[0].id ==
        "zzz");
  CHECK(read_side((results.root / "speed.json").string(), results.root, sources, problems)->kind ==
        SideKind::document);
}

TEST_CASE("a YAML file is resolved as a config, and its mistakes are told") {
  const Folder results;
  const fs::path file = results.root / "tiny_net.yaml";
  write_file_atomically(
      file,
      "epochs: 1\ndataset: fashion_mnist\nbatch: 10\nlayers: [flatten, {linear: 10}]\nloss: cross_entropy\n"
      "optimizer: {sgd: {lr: 0.1}}\n");
  Sources sources;
  Diagnostics problems;
  const std::optional<DiffSide> side = read_side(file.string(), results.root, sources, problems);
  REQUIRE(side);
  CHECK(side->kind == SideKind::config);
  CHECK(side->name == "tiny-net");
  CHECK(side->config.at_path("optimizer.sgd.lr")->text == "0.1");
  write_file_atomically(file, "epochs: one\n");
  CHECK_FALSE(read_side(file.string(), results.root, sources, problems));
  CHECK(problems.has_errors());
}

}  // namespace
}  // namespace bunsen
