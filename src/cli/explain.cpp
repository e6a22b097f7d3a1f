#include "cli/explain.h"

#include <fmt/format.h>

#include <iostream>
#include <optional>

#include "base/codes.h"
#include "base/errors.h"
#include "base/spelling.h"
#include "config/json.h"
#include "spec/fields.h"
#include "spec/reference.h"
#include "spec/schema.h"
#include "spec/training.h"

namespace bunsen {
namespace {

void list_top_level() {
  for (const Field& field : field_table<TrainingSpec>().fields)
    std::cout << fmt::format("  {:<12} {}\n", field.name, field.documentation);
}

}  // namespace

int explain_command(const ExplainOptions& options) {
  if (options.page) {
    std::cout << reference_page();
    return static_cast<int>(ExitCode::done);
  }
  if (options.key.empty()) {
    list_top_level();
    return static_cast<int>(ExitCode::done);
  }
  std::optional<std::string> text = code_explanation(options.key);
  if (!text) text = explanation_of(options.key);
  if (!text) {
    const std::optional<std::string> meant = closest(options.key, explained_keys());
    throw UserError(fmt::format("nothing is called '{}'{}", options.key,
                                meant ? fmt::format("; did you mean '{}'?", *meant)
                                      : "; without a key, all of the top level are listed"));
  }
  std::cout << *text;
  return static_cast<int>(ExitCode::done);
}

int schema_command() {
  std::cout << json_document(config_schema());
  return static_cast<int>(ExitCode::done);
}

}  // namespace bunsen
