#include "spec/path_choices.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "config/variables.h"
#include "config/yaml.h"
#include "spec/resolve.h"

namespace bunsen {
namespace {

std::vector<std::string> texts(const std::vector<PathChoice>& choices) {
  std::vector<std::string> out;
  for (const PathChoice& choice : choices) out.push_back(choice.text);
  return out;
}

bool offers(const std::vector<PathChoice>& choices, const std::string& text) {
  const std::vector<std::string> all = texts(choices);
  return std::find(all.begin(), all.end(), text) != all.end();
}

using Texts = std::vector<std::string>;

Node with_variables(Node root) {
  Diagnostics problems;
  const Node* vars = root.find("vars");
  const Node written = vars == nullptr ? Node::map() : *vars;
  Variables(written, problems).substitute(root, "");
  REQUIRE_FALSE(problems.has_errors());
  return root;
}

Node tree_of(const std::string& text) {
  Sources sources;
  Diagnostics problems;
  return with_variables(*read_yaml(sources.add("t.yaml", text), sources, problems));
}

const std::string config = R"(vars: {activation: tanh, o: {sgd: 0.1}}
layers:
  - linear: {out_features: 4, name: first}
  - $activation
  - repeat: {times: 2, layers: [{linear: {out_features: 8, name: inner}}, relu]}
  - linear: 2
optimizer: $o
batch: 10
init: {layers: {first: {bias: normal}}}
)";

/// Every argument that can be reached from `begun` by taking one choice after another.
void collect(const std::string& begun, const Node& root, int depth, std::set<std::string>& out) {
  for (const PathChoice& choice : path_choices(begun, &root)) {
    if (!choice.text.ends_with('.')) {
      out.insert(choice.text);
    } else if (depth > 0) {
      collect(choice.text, root, depth - 1, out);
    }
  }
}

}  // namespace

TEST_CASE("keys are offered one level at a time") {
  CHECK(texts(path_choices("opt", nullptr)) == Texts{"optimizer=", "optimizer."});
  CHECK(texts(path_choices("epo", nullptr)) == Texts{"epochs="});
  CHECK(texts(path_choices("optimizer.adamw.bet", nullptr)) == Texts{"optimizer.adamw.betas="});
  CHECK(offers(path_choices("optimizer.", nullptr), "optimizer.adam."));
  CHECK(offers(path_choices("batch.", nullptr), "batch.drop_last="));
  CHECK(path_choices("optimizer.adom.", nullptr).empty());
  CHECK(path_choices("epochs.", nullptr).empty());
  CHECK(path_choices("optimizer.adam.lr.", nullptr).empty());
}

TEST_CASE("a type is offered with its short form if it has one, and with its keys if it has any") {
  CHECK(texts(path_choices("layers.0.linear", nullptr)) == Texts{"layers.0.linear=", "layers.0.linear."});
  CHECK(texts(path_choices("layers.0.batch_norm2", nullptr)) == Texts{"layers.0.batch_norm2d."});
  CHECK(texts(path_choices("layers.0.linear.na", nullptr)) == Texts{"layers.0.linear.name="});
}

TEST_CASE("values are offered where they are words") {
  CHECK(offers(path_choices("loss=", nullptr), "loss=cross_entropy"));
  CHECK(texts(path_choices("optimizer=adam", nullptr)) == Texts{"optimizer=adam", "optimizer=adamw"});
  CHECK(texts(path_choices("batch.shuffle=", nullptr)) == Texts{"batch.shuffle=true", "batch.shuffle=false"});
  CHECK(texts(path_choices("runtime.device=c", nullptr)) ==
        Texts{"runtime.device=cpu", "runtime.device=cuda"});
  CHECK(texts(path_choices("validation=", nullptr)) == Texts{"validation=none"});
  CHECK(offers(path_choices("layers.+=", nullptr), "layers.+=relu"));
  CHECK(offers(path_choices("layers.2=", nullptr), "layers.2=relu"));
  CHECK(path_choices("epochs=", nullptr).empty());
  CHECK(path_choices("nothing=", nullptr).empty());
}

TEST_CASE("what the config says decides which items, names and types there are") {
  const Node root = tree_of(config);
  CHECK(texts(path_choices("optimizer.", &root)) == Texts{"optimizer.sgd=", "optimizer.sgd."});
  CHECK(texts(path_choices("layers.f", &root)) == Texts{"layers.first=", "layers.first."});
  CHECK(texts(path_choices("layers.first.", &root)) == Texts{"layers.first.linear=", "layers.first.linear."});
  CHECK(offers(path_choices("layers.", &root), "layers.3."));
  CHECK(offers(path_choices("layers.", &root), "layers.inner="));
  CHECK_FALSE(offers(path_choices("layers.", &root), "layers.4="));
  CHECK(texts(path_choices("layers.1.", &root)) == Texts{"layers.1.tanh."});
  CHECK(offers(path_choices("layers.2.repeat.layers.", &root), "layers.2.repeat.layers.1="));
  CHECK(texts(path_choices("init.layers.", &root)) == Texts{"init.layers.first=", "init.layers.first."});
  CHECK(texts(path_choices("va", &root)) == Texts{"validation=", "vars."});
  CHECK(texts(path_choices("vars.", &root)) == Texts{"vars.activation=", "vars.o="});
}

TEST_CASE("only what is there can be removed") {
  const Node root = tree_of(config);
  CHECK(texts(path_choices("~", &root)) ==
        Texts{"~batch", "~batch.", "~layers", "~layers.", "~init", "~init.", "~optimizer", "~optimizer."});
  CHECK(texts(path_choices("~layers.3", &root)) == Texts{"~layers.3", "~layers.3."});
  CHECK(texts(path_choices("~layers.f", &root)) == Texts{"~layers.first."});
  CHECK(texts(path_choices("~schem", nullptr)).empty());
}

TEST_CASE("every path that is offered is one that an override can take") {
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(BUNSEN_SOURCE_DIR) / "configs")) {
    CAPTURE(entry.path().string());
    Sources sources;
    Diagnostics problems;
    const std::optional<ConfigTree> tree = read_config_tree(entry.path(), sources, problems);
    REQUIRE(tree);
    const Node root = with_variables(tree->root);
    std::set<std::string> offered;
    collect("", root, 6, offered);
    const std::size_t settable = offered.size();
    collect("~", root, 6, offered);
    CHECK(settable > 60);
    CHECK(offered.size() > settable);
    for (const std::string& argument : offered) {
      CAPTURE(argument);
      const std::optional<Override> change = read_override(
          argument.starts_with('~') ? argument : argument + "relu", "--set #1", sources, problems);
      REQUIRE(change);
      Diagnostics told;
      resolve(*tree, {*change}, told);
      for (const Diagnostic& item : told.items()) CHECK(item.code != Code::override_path);
    }
  }
}

}  // namespace bunsen
