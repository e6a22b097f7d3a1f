#include "spec/reference.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "base/codes.h"
#include "base/files.h"
#include "sweep/document_schema.h"
#include "sweep/experiment.h"

namespace bunsen {
namespace {

/// Rewritten from the declarations under BUNSEN_UPDATE_GOLDEN; else what stands in docs/ must be it.
void check_fresh(const std::string& name, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(BUNSEN_SOURCE_DIR) / "docs" / name;
  if (std::getenv("BUNSEN_UPDATE_GOLDEN") != nullptr) write_file_atomically(file, text);
  CHECK_MESSAGE(read_file(file) == text,
                "docs/" << name << " is old; run this test with BUNSEN_UPDATE_GOLDEN=1");
}

std::optional<std::string> explained(const std::string& key) { return explanation_of(key, all_documents()); }

}  // namespace

TEST_CASE("the reference page and the schema in docs are those of the declarations") {
  check_fresh("config_reference.md", reference_page(all_documents()));
  check_fresh("bunsen.schema.json", document_schema_text());
}

TEST_CASE("a key is explained by its path or by its name alone") {
  CHECK(explained("optimizer.adam.lr")->find("Learning rate.") != std::string::npos);
  CHECK(explained("adam")->find("Kingma and Ba 2015") != std::string::npos);
  CHECK(explained("layers.linear")->find("out_features (main)") != std::string::npos);
  CHECK(explained("loss")->find("cross_entropy") != std::string::npos);
  CHECK(explained("batch.size")->find("at least 1; required") != std::string::npos);
  CHECK_FALSE(explained("optimizer.adam.lrr").has_value());
  CHECK_FALSE(explained("").has_value());
}

TEST_CASE("an experiment's keys are explained too") {
  CHECK(explained("axes")->find("What varies") != std::string::npos);
  CHECK(explained("experiment")->find("bunsen sweep") != std::string::npos);
  CHECK(explained("experiment.objective")->find("says which point is best") != std::string::npos);
  CHECK(explained("objective")->find("Which epoch is the best") != std::string::npos);
  CHECK(explained("steps")->find("both ends included") != std::string::npos);
}

TEST_CASE("every key can be explained") {
  for (const std::string& key : explained_keys(all_documents())) {
    CAPTURE(key);
    CHECK(explained(key).has_value());
  }
}

TEST_CASE("every code is explained") {
  for (int number = 1; number < 60; ++number) {
    // The enumerators are those that diagnostics.h lists: 1 to 17, 31 to 37, 41 and 51.
    const bool exists = number <= 17 || (number >= 31 && number <= 37) || number == 41 || number == 51;
    CAPTURE(number);
    CHECK(code_explanation(code_text(static_cast<Code>(number))).has_value() == exists);
  }
  CHECK(code_explanation("bun12") == code_explanation("BUN012"));
  CHECK_FALSE(code_explanation("BUN").has_value());
}

}  // namespace bunsen
