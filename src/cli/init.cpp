#include "cli/init.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <optional>

#include "base/errors.h"
#include "base/files.h"
#include "base/spelling.h"
#include "base/text.h"
#include "cli/run_setting.h"
#include "config/json.h"
#include "config/yaml.h"
#include "data/dataset.h"
#include "data/table_survey.h"
#include "spec/plan.h"
#include "spec/resolve.h"
#include "spec/starter.h"
#include "sweep/document_schema.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view schema_name = "bunsen.schema.json";

// --- what the config says

Node read_example(const std::string& text) {
  Sources sources;
  Diagnostics problems;
  std::optional<Node> node = read_yaml(sources.add("example", text), sources, problems);
  if (!node) throw std::logic_error("an example that can't be read: " + text);
  return std::move(*node);
}

/// A data set as a config names it, and what is known of it without looking at files.
struct FirstData {
  std::string name;
  Node node;
  bool is_image = false;
  bool is_regression = false;
  std::int64_t classes = 2;
  bool is_example = false;  ///< it names files that the user has to put in place
};

bool names_a_table(const std::string& name) {
  return name.ends_with(".csv") || name.ends_with(".csv.gz") || name.ends_with(".tsv");
}

/// Reads the whole table: which columns are numbers and words, which is the label, how many classes it has.
FirstData own_table(const fs::path& table, const fs::path& config_folder) {
  const Separator separator = guess_separator(table);
  const TableSurvey survey = survey_table(table, separator);
  Csv spec = propose_table(table, survey, separator);
  spec.file = fs::absolute(table).lexically_normal().lexically_relative(config_folder).string();
  FirstData out;
  out.name = Csv::name;
  out.node.set(std::string(Csv::name), write_spec(spec, WriteMode::minimal));
  out.is_regression = spec.task == Task::regression;
  for (const ColumnSurvey& column : survey.columns) {
    if (column.name == spec.label && column.distinct.size() > 1)
      out.classes = static_cast<std::int64_t>(column.distinct.size());
  }
  return out;
}

FirstData known_data(const std::string& name) {
  const Alternative* type = family<Dataset>().find(name);
  if (type == nullptr) {
    const std::vector<std::string> names = family<Dataset>().names();
    const std::optional<std::string> meant = closest(name, names);
    throw UserError(fmt::format("unknown data set '{}'; {}", name,
                                meant ? fmt::format("did you mean '{}'?", *meant) : known_words(names)));
  }
  FirstData out;
  out.name = name;
  for (const Field& field : type->table().fields) out.is_example |= field.is_required;
  const bool is_synthetic = name == Synthetic::name;
  out.node = is_synthetic     ? read_example("synthetic: {pattern: spirals}")
             : out.is_example ? read_example(std::string(type->example))
                              : Node::scalar(name);
  Dataset dataset;
  Diagnostics problems;
  SpecReader reader{problems};
  read_component(reader, family<Dataset>(), out.node, "dataset", &dataset);
  const Transform usual = default_transform(dataset);
  out.is_image = std::holds_alternative<Scale>(usual);
  const std::optional<DataHeader> header = read_data_header(dataset, {}, false, reader, problems);
  out.classes = header ? header->classes.value_or(2) : out.is_image ? 10 : 2;
  return out;
}

std::string layers_for(const FirstData& data) {
  const std::int64_t outputs = data.is_regression ? 1 : data.classes;
  return data.is_image ? fmt::format("[flatten, {{linear: 128}}, relu, {{linear: {}}}]", outputs)
                       : fmt::format("[{{linear: 32}}, relu, {{linear: 32}}, relu, {{linear: {}}}]", outputs);
}

/// Settings that learn something on a first try.
Node first_config(const FirstData& data) {
  Node config = Node::map();
  config.set("seed", Node::number(std::int64_t{1}));
  config.set("epochs", Node::number(std::int64_t{data.is_image ? 10 : 30}));
  config.set("dataset", data.node);
  if (data.name == Csv::name) config.set("transform", Node::scalar("standardize"));
  config.set("batch", read_example(data.is_image ? "{size: 100}" : "{size: 20}"));
  config.set("validation", Node::scalar("0.1"));
  config.set("layers", read_example(layers_for(data)));
  config.set("loss", Node::scalar(data.is_regression ? "mse" : "cross_entropy"));
  config.set("optimizer", read_example(data.is_image ? "adam: {lr: 1e-3}" : "adam: {lr: 1e-2}"));
  return config;
}

/// `[1, 28, 28] -> [784]` beside each layer, if the shapes are known.
std::vector<std::string> layer_remarks(const Resolved& resolved, Diagnostics& problems) {
  const SpecReader reader{problems, resolved.written};
  const auto header = read_data_header(resolved.spec.dataset, default_data_places(), false, reader, problems);
  const std::optional<Plan> plan =
      header ? make_plan(resolved.spec, *header, reader, problems) : std::nullopt;
  std::vector<std::string> remarks;
  for (const LayerPlan& layer : plan ? plan->layers : std::vector<LayerPlan>())
    remarks.push_back(fmt::format("{} -> {}", to_text(layer.in), to_text(layer.out)));
  return remarks;
}

std::string config_text_of(const InitOptions& options, const FirstData& data) {
  const fs::path file = options.file == "-" ? fs::path("config.yaml") : fs::path(options.file);
  ConfigTree tree{first_config(data), file.stem().string(), fs::absolute(file).parent_path()};
  Diagnostics problems;
  const std::optional<Resolved> resolved = resolve(tree, {}, problems);
  if (!resolved) throw std::logic_error("the first config is wrong: " + problems.items().at(0).message);
  Starter starter{tree.root, resolved->document, layer_remarks(*resolved, problems)};
  const std::string shown_file = options.file == "-" ? "FILE" : shown(file);
  return fmt::format(
      "# A first config, with the data set {0}: change what you like.\n"
      "#   {1} check {2}\n#   {1} run {2}\n"
      "#   {1} explain optimizer.adam     # what a key means, and which there are\n"
      "# What is commented out shows the default: take the `#` away to change it.\n\n{3}",
      data.name, own_command(), shown_file, starter_text(starter));
}

// --- the files

enum class SchemaFile : std::uint8_t { written, kept, replaced, foreign };

/// Writes the schema unless it is there; a file of that name that is not bunsen's is left alone.
SchemaFile write_schema(const fs::path& file) {
  const std::string text = document_schema_text();
  const std::optional<std::string> present = read_file_if_there(file);
  if (present == text) return SchemaFile::kept;
  if (present) {
    try {
      if (!is_document_schema(read_json(*present, file.string()))) return SchemaFile::foreign;
    } catch (const UserError&) {
      return SchemaFile::foreign;
    }
  }
  write_file_atomically(file, text);
  return present ? SchemaFile::replaced : SchemaFile::written;
}

void tell_schema(SchemaFile outcome, const fs::path& file) {
  const std::string name = shown(file);
  switch (outcome) {
    case SchemaFile::written:
      return fmt::print(stderr, "wrote {}, by which editors check and complete what you type\n", name);
    case SchemaFile::replaced:
      return fmt::print(stderr, "replaced {}, which was of another version of bunsen\n", name);
    case SchemaFile::kept:
      return fmt::print(stderr, "kept {}, which is up to date\n", name);
    case SchemaFile::foreign:
      return fmt::print(stderr, "left {} alone, which is not bunsen's: editors do without\n", name);
  }
}

}  // namespace

int init_command(const InitOptions& options) {
  const fs::path folder = options.file == "-" ? fs::current_path() : fs::absolute(options.file).parent_path();
  const FirstData data = names_a_table(options.dataset)
                             ? own_table(options.dataset, folder.lexically_normal())
                             : known_data(options.dataset);
  const std::string text = config_text_of(options, data);
  if (options.file == "-") {
    std::cout << text;
    return static_cast<int>(ExitCode::done);
  }
  const fs::path file(options.file);
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(file, ignored)))
    throw UserError(
        fmt::format("'{}' is there already; name another file: `{} init FILE`", shown(file), own_command()));
  const fs::path schema = file.parent_path() / schema_name;
  const SchemaFile outcome = write_schema(schema);
  const std::string modeline = fmt::format("# yaml-language-server: $schema={}\n", schema_name);
  if (!create_file_exclusively(file, (outcome == SchemaFile::foreign ? "" : modeline) + text))
    throw UserError(fmt::format("'{}' is there already", shown(file)));
  fmt::print(stderr, "wrote {}\n", shown(file));
  tell_schema(outcome, schema);
  if (data.is_example) fmt::print(stderr, "first name your own files in it, under `dataset`\n");
  fmt::print(stderr, "next:\n  {0} check {1}\n  {0} run {1}\n", own_command(), shown(file));
  return static_cast<int>(ExitCode::done);
}

}  // namespace bunsen
