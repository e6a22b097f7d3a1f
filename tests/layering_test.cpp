// layering_test.cpp - does every #include in src/ keep to the table of floors?
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct ThirdParty {
  std::string prefix;
  std::vector<std::string> places;  // floors, files, or patterns such as data/*.cpp
};

struct Table {
  std::vector<std::string> floors;  // lowest first
  std::map<std::string, std::vector<std::string>> may_use;
  std::vector<ThirdParty> third_party;
};

struct Include {
  std::size_t line = 0;
  std::string name;
  bool is_quoted = false;
};

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) {
    out.push_back(word);
  }
  return out;
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Table read_table(std::istream& in) {
  Table table;
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    if (line.empty() || line[0] == '#' || colon == std::string::npos) {
      continue;
    }
    const std::vector<std::string> left = words(line.substr(0, colon));
    const std::vector<std::string> right = words(line.substr(colon + 1));
    REQUIRE_MESSAGE(left.size() == 2, "src/floors.txt: not an entry: ", line);
    if (left[0] == "floor") {
      table.floors.push_back(left[1]);
      table.may_use[left[1]] = right;
    } else {
      REQUIRE_MESSAGE(left[0] == "third-party", "src/floors.txt: not an entry: ", line);
      table.third_party.push_back({left[1], right});
    }
  }
  return table;
}

std::vector<Include> read_includes(std::istream& in) {
  std::vector<Include> out;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::size_t at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] != '#') {
      continue;
    }
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string::npos || line.compare(at, 7, "include") != 0) {
      continue;
    }
    const std::size_t begin = line.find_first_of("<\"", at);
    const std::size_t end = begin == std::string::npos ? begin : line.find_first_of(">\"", begin + 1);
    if (end != std::string::npos) {
      out.push_back({number, line.substr(begin + 1, end - begin - 1), line[begin] == '"'});
    }
  }
  return out;
}

bool ends_with(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

// Is `file` (data/csv.cpp) within `place`: a file, a floor, or a pattern with one star?
bool is_within(const std::string& file, const std::string& place) {
  const std::size_t star = place.find('*');
  if (star != std::string::npos) {
    return file.rfind(place.substr(0, star), 0) == 0 && ends_with(file, place.substr(star + 1));
  }
  return file == place || file.rfind(place + "/", 0) == 0;
}

/// What is wrong with one include of `file`, a path below src/; nothing if it is allowed.
std::optional<std::string> complaint(const Table& table, const std::string& file, const Include& include) {
  const std::string floor = file.substr(0, file.find('/'));
  if (include.is_quoted) {
    if (include.name == "build_info.h") {
      return file == "cli/main.cpp" || file == "worker/main.cpp"
                 ? std::nullopt
                 : std::optional<std::string>("changes at each commit; only the two main.cpp may include it");
    }
    const std::string other = include.name.substr(0, include.name.find('/'));
    if (table.may_use.count(other) == 0) {
      return "is no path from src/; write \"floor/file.h\", or <file.h> if it is not ours";
    }
    if (other != floor && !contains(table.may_use.at(floor), other)) {
      return "floor '" + floor + "' may not include '" + other + "'; see src/floors.txt";
    }
    return std::nullopt;
  }
  for (const ThirdParty& rule : table.third_party) {
    if (include.name.rfind(rule.prefix, 0) != 0) {
      continue;
    }
    const bool is_allowed = std::any_of(rule.places.begin(), rule.places.end(),
                                        [&](const std::string& place) { return is_within(file, place); });
    if (!is_allowed) {
      return "headers of '" + rule.prefix + "' are not allowed here; see src/floors.txt";
    }
  }
  if (table.may_use.count(include.name.substr(0, include.name.find('/'))) != 0 &&
      include.name.find('/') != std::string::npos) {
    return "is ours; write it with quotes";
  }
  return std::nullopt;
}

Table read_tree_table() {
  std::ifstream in(fs::path(BUNSEN_SOURCE_DIR) / "src" / "floors.txt");
  REQUIRE(in);
  return read_table(in);
}

}  // namespace

TEST_CASE("a floor may use only floors listed before it") {
  const Table table = read_tree_table();
  REQUIRE(table.floors.size() > 10);
  std::vector<std::string> before;
  for (const std::string& floor : table.floors) {
    for (const std::string& other : table.may_use.at(floor)) {
      CHECK_MESSAGE(contains(before, other), floor, " names ", other, ", which does not stand before it");
    }
    before.push_back(floor);
  }
}

TEST_CASE("every #include in src/ keeps to src/floors.txt") {
  const Table table = read_tree_table();
  const fs::path root = fs::path(BUNSEN_SOURCE_DIR) / "src";
  std::size_t files = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cpp") {
      continue;
    }
    const std::string file = entry.path().lexically_relative(root).generic_string();
    if (table.may_use.count(file.substr(0, file.find('/'))) == 0) {
      FAIL_CHECK("src/" << file << " is on no floor of src/floors.txt");
      continue;
    }
    ++files;
    std::ifstream in(entry.path());
    for (const Include& include : read_includes(in)) {
      const std::optional<std::string> wrong = complaint(table, file, include);
      if (wrong) {
        FAIL_CHECK("src/" << file << ":" << include.line << ": '" << include.name << "' " << *wrong);
      }
    }
  }
  CHECK(files > 20);
}

TEST_CASE("the rules of the floors say no where they should") {
  std::istringstream text(
      "floor base:\nfloor spec: base\nfloor cli: base spec\n# LibTorch begins here\nfloor nn: base spec\n"
      "third-party torch/: nn\nthird-party nlohmann/: *.cpp\nthird-party yaml-cpp/: spec/yaml.cpp\n");
  const Table table = read_table(text);
  const auto is_allowed = [&](const char* file, const char* line) {
    std::istringstream in(line);
    const std::vector<Include> includes = read_includes(in);
    REQUIRE(includes.size() == 1);
    return !complaint(table, file, includes[0]).has_value();
  };
  CHECK(is_allowed("spec/shape.cpp", "#include \"spec/shape.h\""));
  CHECK(is_allowed("spec/shape.cpp", "#  include \"base/place.h\"  // why"));
  CHECK_FALSE(is_allowed("base/place.h", "#include \"spec/shape.h\""));
  CHECK_FALSE(is_allowed("nn/dense.cpp", "#include \"cli/main.h\""));
  CHECK_FALSE(is_allowed("spec/shape.cpp", "#include \"shape.h\""));
  CHECK_FALSE(is_allowed("spec/shape.cpp", "#include <base/place.h>"));
  CHECK(is_allowed("nn/dense.h", "#include <torch/torch.h>"));
  CHECK_FALSE(is_allowed("spec/shape.cpp", "#include <torch/torch.h>"));
  CHECK(is_allowed("spec/json.cpp", "#include <nlohmann/json.hpp>"));
  CHECK_FALSE(is_allowed("spec/json.h", "#include <nlohmann/json.hpp>"));
  CHECK(is_allowed("spec/yaml.cpp", "#include <yaml-cpp/yaml.h>"));
  CHECK_FALSE(is_allowed("spec/other.cpp", "#include <yaml-cpp/yaml.h>"));
  CHECK(is_allowed("cli/main.cpp", "#include \"build_info.h\""));
  CHECK_FALSE(is_allowed("cli/run.cpp", "#include \"build_info.h\""));
}
