#include "spec/resolve.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/files.h"
#include "config/json.h"
#include "spec/plan.h"

namespace bunsen {
namespace {

constexpr std::string_view mlp = R"(dataset: fashion_mnist
epochs: 2
batch: {size: 100}
layers: [flatten, {linear: {out_features: 32, name: hidden}}, relu, {linear: 10}]
loss: cross_entropy
optimizer: adam
)";

/// Files in a folder of their own, resolved.
class Project {
 public:
  Project()
      : folder_(std::filesystem::temp_directory_path() / ("bunsen-resolve-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Project() { std::filesystem::remove_all(folder_); }

  Project& file(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_file_atomically(folder_ / name, text);
    return *this;
  }
  std::optional<Resolved> resolved(const std::string& name, const std::vector<std::string>& sets = {}) {
    sources = Sources();
    problems = Diagnostics();
    std::vector<Override> overrides;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      auto one = read_override(sets[i], "--set #" + std::to_string(i + 1), sources, problems);
      if (one) overrides.push_back(*one);
    }
    const auto tree = read_config_tree(folder_ / name, sources, problems);
    auto out = tree ? resolve(*tree, overrides, problems) : std::nullopt;
    told = to_text(problems, sources, false);
    return out;
  }
  std::string value(const std::string& name, const std::string& path,
                    const std::vector<std::string>& sets = {}) {
    const auto out = resolved(name, sets);
    if (!out) return told;
    const Node* node = out->document.at_path(path);
    return node == nullptr ? "absent" : json_line(*node);
  }

  Sources sources;
  Diagnostics problems;
  std::string told;

 private:
  std::filesystem::path folder_;
};

std::string id_of(Project& project, const std::string& extra, const std::vector<std::string>& sets = {}) {
  project.file("id.yaml", std::string(mlp) + extra);
  const auto out = project.resolved("id.yaml", sets);
  return out ? out->id : project.told;
}

}  // namespace

TEST_CASE("the resolved config says every default and reads back with the same id") {
  Project project;
  const auto first = project.file("fashion_small.yaml", mlp).resolved("fashion_small.yaml");
  REQUIRE_MESSAGE(first, project.told);
  CHECK(first->spec.name == "fashion-small");
  CHECK(json_line(*first->document.at_path("optimizer.adam.betas")) == "[0.9, 0.999]");
  CHECK(json_line(*first->document.at_path("transform")) == "\"scale\"");
  CHECK(json_line(*first->document.at_path("validation")) == "\"none\"");
  const auto again = project.file("again.yaml", config_text(first->document)).resolved("again.yaml");
  REQUIRE_MESSAGE(again, project.told);
  CHECK(again->id == first->id);
  CHECK(json_line(again->document) == json_line(first->document));
  Diagnostics problems;
  const auto from_json = read_resolved(read_json(json_line(first->document), "t"), problems);
  REQUIRE(from_json);
  CHECK(from_json->id == first->id);
}

TEST_CASE("an id says what is trained, not how it is written or where it runs") {
  Project project;
  const std::string id = id_of(project, "");
  CHECK(id.size() == 10);
  CHECK(id_of(project, "seed: 0\ntransform: scale\nvalidation: none\nversion: 1\n") == id);
  CHECK(id_of(project, "name: other\ndescription: x\ntags: [a]\nruntime: {threads: 2}\n") == id);
  CHECK(id_of(project, "", {"optimizer={adam: {lr: 0.001}}"}) == id);
  CHECK(id_of(project, "test: {transform: scale}\n") == id);
  CHECK(id_of(project, "test: {transform: none}\n") != id);
  CHECK(id_of(project, "seed: 1\n") != id);
}

TEST_CASE("ids and groups of known configs never change") {
  Project project;
  const auto out = project.file("golden.yaml", mlp).resolved("golden.yaml");
  REQUIRE(out);
  CHECK(out->id == "a38102bfdc");
  const auto seeded = project.resolved("golden.yaml", {"seed=5"});
  REQUIRE(seeded);
  CHECK(seeded->id == "12ee0e8398");
  CHECK(seeded->group == out->group);
}

TEST_CASE("a base is laid under a file with the spec's knowledge of components") {
  Project project;
  project.file("base/base.yaml", mlp)
      .file("sgd.yaml", "extends: base/base.yaml\noptimizer: {sgd: {momentum: 0.9}}\n")
      .file("adam.yaml",
            "extends: base/base.yaml\noptimizer: {adam: {eps: 1e-6}}\nbatch: {drop_last: true}\n");
  project.file("more.yaml", "extends: [base/base.yaml, adam.yaml]\noptimizer: {adam: {lr: 0.1}}\n");
  CHECK(project.value("sgd.yaml", "optimizer.sgd.momentum") == "0.9");
  CHECK(project.value("sgd.yaml", "optimizer.adam") == "absent");
  CHECK(project.value("adam.yaml", "batch.size") == "100");
  CHECK(project.value("adam.yaml", "batch.drop_last") == "true");
  CHECK(project.value("more.yaml", "optimizer.adam.eps") == "1e-06");
  CHECK(project.value("more.yaml", "optimizer.adam.lr") == "0.1");
}

TEST_CASE("variables are typed as whole values and text inside text") {
  Project project;
  project.file(
      "v.yaml",
      "vars: {width: 48, half: $width, act: {leaky_relu: 0.2}}\ndescription: \"${width} wide, $$5\"\n" +
          std::string(mlp));
  CHECK(project.value("v.yaml", "layers.1.linear.out_features", {"layers.hidden.linear=$half"}) == "48");
  CHECK(project.value("v.yaml", "layers.1.linear.out_features",
                      {"vars.width=7", "layers.hidden.linear=$half"}) == "7");
  CHECK(project.value("v.yaml", "layers.2.leaky_relu.negative_slope", {"layers.2=$act"}) == "0.2");
  CHECK(project.value("v.yaml", "description") == "\"48 wide, $5\"");
  CHECK(project.value("v.yaml", "seed", {"vars.widht=7"}).find("no variable 'widht'") != std::string::npos);
}

TEST_CASE("overrides go by key, index, layer name, and into short forms") {
  Project project;
  project.file("o.yaml", mlp);
  CHECK(project.value("o.yaml", "optimizer.adam.lr", {"optimizer.adam.lr=3e-4"}) == "0.0003");
  CHECK(project.value("o.yaml", "layers.1.linear.out_features", {"layers.hidden.linear=64"}) == "64");
  CHECK(project.value("o.yaml", "layers.1.linear.name", {"layers.hidden.linear=64"}) == "\"hidden\"");
  CHECK(project.value("o.yaml", "layers.3.linear.bias", {"layers.-1.linear.bias=false"}) == "false");
  CHECK(project.value("o.yaml", "layers.2", {"layers.2=tanh"}) == "\"tanh\"");
  CHECK(project.value("o.yaml", "layers.4", {"layers.+=log_softmax"}) == "\"log_softmax\"");
  CHECK(project.value("o.yaml", "init.layers.hidden.weight.normal.std",
                      {"init.layers.hidden.weight.normal.std=0.5"}) == "0.5");
  CHECK(project.value("o.yaml", "optimizer.adam.betas.0",
                      {"optimizer.adam.betas=[0.8, 0.9]", "optimizer.adam.betas.0=0.7"}) == "0.7");
  CHECK(project.value("o.yaml", "batch.drop_last", {"batch=50", "batch.drop_last=true"}) == "true");
  CHECK(project.value("o.yaml", "validation", {"validation=0.1", "~validation"}) == "\"none\"");
}

TEST_CASE("repeat writes its layers out, with numbered names") {
  Project project;
  project.file("r.yaml", R"(vars: {depth: 2}
dataset: fashion_mnist
epochs: 1
batch: 10
layers: [flatten, {repeat: {times: $depth, layers: [{linear: {out_features: 8, name: hidden}}, relu]}}, {linear: 10}]
loss: cross_entropy
optimizer: sgd
)");
  CHECK(project.value("r.yaml", "layers.3.linear.name") == "\"hidden_2\"");
  CHECK(project.value("r.yaml", "layers.1.linear.out_features", {"layers.1.repeat.layers.0.linear=16"}) ==
        "16");
  CHECK(project.value("r.yaml", "layers.1.linear.out_features", {"vars.depth=0"}) == "10");
}

TEST_CASE("each value knows where it comes from") {
  Project project;
  project.file("w.yaml", "vars: {rate: 0.01}\n" + std::string(mlp));
  const auto out = project.resolved("w.yaml", {"optimizer.adam.lr=$rate", "seed=3"});
  REQUIRE_MESSAGE(out, project.told);
  const auto origin = [&](const std::string& path) {
    const auto found = out->origins.find(path);
    return found == out->origins.end()
               ? std::string("default")
               : project.sources.name(found->second.first.source)
                     .substr(project.sources.name(found->second.first.source).find_last_of('/') + 1);
  };
  CHECK(origin("optimizer.adam.lr") == "w.yaml");
  CHECK(project.sources.name(out->origins.at("optimizer.adam.lr").second.source) == "--set #1");
  CHECK(origin("seed") == "--set #2");
  CHECK(origin("layers.1.linear.out_features") == "w.yaml");
  CHECK(origin("optimizer.adam.eps") == "default");
}

}  // namespace bunsen
