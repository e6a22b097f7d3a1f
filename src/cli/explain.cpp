#include "cli/explain.h"

#include <fmt/format.h>

#include <iostream>
#include <optional>

#include "base/codes.h"
#include "base/errors.h"
#include "base/spelling.h"
#include "spec/fields.h"
#include "spec/reference.h"
#include "spec/training.h"
#include "sweep/document_schema.h"
#include "sweep/experiment.h"

namespace bunsen {
namespace {

void list_top_level() {
  const auto list = [](std::string_view heading, const FieldTable& table) {
    std::cout << heading << '\n';
    for (const Field& field : table.fields)
      std::cout << fmt::format("  {:<12} {}\n", field.name, field.documentation);
  };
  list("a config's keys", field_table<TrainingSpec>());
  list("\nan experiment's keys", field_table<ExperimentSpec>());
}

}  // namespace

int explain_command(const ExplainOptions& options) {
  if (options.page) {
    std::cout << reference_page(all_documents());
    return static_cast<int>(ExitCode::done);
  }
  if (options.key.empty()) {
    list_top_level();
    return static_cast<int>(ExitCode::done);
  }
  std::optional<std::string> text = code_explanation(options.key);
  if (!text) text = explanation_of(options.key, all_documents());
  if (!text) {
    const std::optional<std::string> meant = closest(options.key, explained_keys(all_documents()));
    throw UserError(fmt::format("nothing is called '{}'{}", options.key,
                                meant ? fmt::format("; did you mean '{}'?", *meant)
                                      : "; without a key, all of the top level are listed"));
  }
  std::cout << *text;
  return static_cast<int>(ExitCode::done);
}

int schema_command() {
  std::cout << document_schema_text();
  return static_cast<int>(ExitCode::done);
}

}  // namespace bunsen
