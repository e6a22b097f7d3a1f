#include "cli/data_show.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "base/errors.h"
#include "base/number_text.h"
#include "base/spelling.h"
#include "base/text.h"
#include "cli/run_setting.h"
#include "cli/terminal.h"
#include "cli/text_picture.h"
#include "config/json.h"
#include "data/byte_source.h"
#include "data/idx.h"
#include "data/known_sets.h"
#include "data/pixel_statistics.h"
#include "data/table.h"
#include "data/table_survey.h"
#include "spec/resolve.h"

namespace bunsen {
namespace {

namespace fs = std::filesystem;

// --- a data set

std::vector<std::int64_t> class_counts(const DataPart& part, std::size_t classes) {
  std::vector<std::int64_t> counts(classes, 0);
  for (const std::int64_t label : part.classes) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

std::vector<MeanAndSd> statistics_of_pixels(const LoadedData& data) {
  if (!data.is_image) return {};
  std::vector<std::int64_t> all(static_cast<std::size_t>(data.train.samples));
  std::iota(all.begin(), all.end(), 0);
  return pixel_statistics(data, all);
}

Node part_node(const DataPart& part) {
  Node node = Node::map();
  node.set("samples", Node::number(part.samples));
  node.set("sha256", Node::string(part.sha256));
  return node;
}

Node set_node(const LoadedData& data) {
  Node out = Node::map();
  out.set("name", Node::string(data.name));
  Node& sample = out.set("sample", Node::list());
  for (const std::int64_t size : data.sample.sizes) sample.push(Node::number(size));
  out.set("train", part_node(data.train));
  if (data.test) out.set("test", part_node(*data.test));
  const std::size_t classes = data.class_names.size();
  const std::vector<std::int64_t> train = class_counts(data.train, classes);
  const std::vector<std::int64_t> test =
      data.test ? class_counts(*data.test, classes) : std::vector<std::int64_t>();
  Node& list = out.set("classes", Node::list());
  for (std::size_t i = 0; i < classes; ++i) {
    Node& row = list.push(Node::map());
    row.set("name", Node::string(data.class_names[i]));
    row.set("train", Node::number(train[i]));
    if (data.test) row.set("test", Node::number(test[i]));
  }
  const std::vector<MeanAndSd> pixels = statistics_of_pixels(data);
  if (pixels.empty()) return out;
  Node& statistics = out.set("pixels", Node::map());
  for (const MeanAndSd& channel : pixels) {
    (statistics.find("mean") != nullptr ? *statistics.find("mean") : statistics.set("mean", Node::list()))
        .push(Node::number(channel.mean));
    (statistics.find("sd") != nullptr ? *statistics.find("sd") : statistics.set("sd", Node::list()))
        .push(Node::number(channel.sd));
  }
  return out;
}

std::string headline(const LoadedData& data) {
  std::string out = fmt::format("{}: {} training", data.name, with_thousands(data.train.samples));
  if (data.test) out += fmt::format(" and {} test", with_thousands(data.test->samples));
  out += fmt::format(" {} {}", data.is_image ? "images" : "samples", to_text(data.sample));
  if (!data.is_regression) out += fmt::format(", {} classes", data.class_count());
  return out + '\n';
}

std::string class_table(const LoadedData& data) {
  constexpr std::size_t most_rows = 100;
  const std::size_t classes = data.class_names.size();
  if (classes == 0) return "";
  Table table;
  table.columns = {{"class", "", false, 0, 8}, {"training", "", true}};
  if (data.test) table.columns.push_back({"test", "", true});
  const std::vector<std::int64_t> train = class_counts(data.train, classes);
  const std::vector<std::int64_t> test =
      data.test ? class_counts(*data.test, classes) : std::vector<std::int64_t>();
  for (std::size_t i = 0; i < std::min(classes, most_rows); ++i) {
    table.rows.push_back({data.class_names[i], with_thousands(train[i])});
    if (data.test) table.rows.back().push_back(with_thousands(test[i]));
  }
  std::string text = "\n" + to_text(table, look_of_stdout()).text;
  if (classes > most_rows) text += fmt::format("... and {} more\n", classes - most_rows);
  return text;
}

std::string statistics_text(const std::vector<MeanAndSd>& channels, std::string_view whose) {
  if (channels.empty()) return "";
  std::vector<std::string> means, sds;
  for (const MeanAndSd& channel : channels) {
    means.push_back(fmt::format("{:.4f}", channel.mean));
    sds.push_back(fmt::format("{:.4f}", channel.sd));
  }
  return fmt::format(
      "\npixels{}, 0..1: mean {}, sd {}\n"
      "transform: {{normalize: {{mean: [{}], std: [{}]}}}}\n",
      whose, join(means, ", "), join(sds, ", "), join(means, ", "), join(sds, ", "));
}

/// Pictures side by side, each under its title, as many as there is room for.
std::string gallery(const std::vector<std::vector<std::string>>& pictures,
                    const std::vector<std::string>& titles) {
  constexpr std::size_t between = 3;
  if (pictures.empty() || pictures[0].empty()) return "";
  const std::size_t width = pictures[0][0].size() + between;
  const std::size_t room = look_of_stdout().width.value_or(80);
  const std::size_t count = std::min(pictures.size(), std::max<std::size_t>(1, (room + between) / width));
  const auto row = [&](const auto& text_of) {
    std::string line;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string text = text_of(i);
      line += text + std::string(i + 1 < count && text.size() < width ? width - text.size() : 0, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    return line + '\n';
  };
  std::vector<std::string> lines;
  for (std::size_t y = 0; y < pictures[0].size(); ++y)
    lines.push_back(row([&](std::size_t i) { return pictures[i][y]; }));
  const auto is_drawn = [](const std::string& line) { return line != "\n"; };
  const auto first = std::ranges::find_if(lines, is_drawn);
  const auto last = std::find_if(lines.rbegin(), lines.rend(), is_drawn).base();
  std::string out = "\n" + row([&](std::size_t i) { return shortened(titles[i], width - between, false); });
  for (auto line = first; line < last; ++line) out += *line;
  return out;
}

constexpr std::int64_t most_pictures = 4;

std::string first_pictures(const LoadedData& data) {
  if (!data.is_image) return "";
  std::vector<std::vector<std::string>> pictures;
  std::vector<std::string> titles;
  const auto size = static_cast<std::size_t>(data.sample.elements());
  for (std::int64_t i = 0; i < std::min(most_pictures, data.train.samples); ++i) {
    const auto at = static_cast<std::size_t>(i);
    pictures.push_back(text_picture(data.train.pixels.subspan(at * size, size), data.sample));
    titles.push_back(
        fmt::format("{}: {}", i, data.class_names[static_cast<std::size_t>(data.train.classes[at])]));
  }
  return gallery(pictures, titles);
}

void show_set(const LoadedData& data, const std::string& where, bool as_json) {
  if (as_json) {
    Node node = set_node(data);
    if (!where.empty()) node.set("folder", Node::string(where));
    fmt::print("{}", json_document(node));
    return;
  }
  fmt::print("{}{}{}{}{}", headline(data), where.empty() ? "" : fmt::format("in {}\n", shown(where)),
             class_table(data), statistics_text(statistics_of_pixels(data), " of the training part"),
             first_pictures(data));
}

void show_known_set(const KnownSet& set, bool as_json) {
  LoadedData data;
  std::string where;
  const std::vector<std::string> notes =
      use_first_whole(set, default_data_places(), [&](const KnownFiles& files) {
        data = decode_known_set(set, files);
        where = files[0].parent_path().string();
      });
  for (const std::string& note : notes) fmt::print(stderr, "note: {}\n", one_line(note));
  show_set(data, where, as_json);
}

// --- a table

constexpr std::array<std::string_view, 3> kind_words{"number", "words", "empty"};

std::string kind_text(const ColumnSurvey& column) {
  if (column.kind() != ColumnKind::number)
    return std::string(kind_words[static_cast<std::size_t>(column.kind())]);
  std::string text = column.integers == column.numbers ? "integer" : "number";
  if (column.words > 0) text += fmt::format(", {} no number", with_thousands(column.words));
  return text;
}

std::string distinct_text(const ColumnSurvey& column) {
  return column.has_many_distinct ? fmt::format("> {}", with_thousands(most_distinct))
                                  : with_thousands(static_cast<std::int64_t>(column.distinct.size()));
}

/// Four significant digits are what a table has room for.
std::string figure(double value) { return number_text(round_significant(value, 4)); }

std::string few_of(const std::vector<std::string>& words) {
  constexpr std::size_t most = 8;
  if (words.size() <= most) return join(words, ", ");
  return fmt::format("{} and {} more", join({words.begin(), words.begin() + most}, ", "),
                     words.size() - most);
}

Table survey_text(const TableSurvey& survey) {
  Table table;
  table.columns = {{"column", "", false, 0, 8}, {"type", "", false, 1}, {"distinct", "", true, 3},
                   {"missing", "", true, 2},    {"min", "", true, 4},   {"mean", "", true, 4},
                   {"max", "", true, 4},        {"sd", "", true, 5},    {"words", "", false, 1, 12}};
  for (const ColumnSurvey& column : survey.columns) {
    const bool is_number = column.kind() == ColumnKind::number;
    std::string words;
    if (column.kind() == ColumnKind::word && !column.has_many_distinct) words = few_of(column.distinct);
    table.rows.push_back({column.name, kind_text(column), distinct_text(column),
                          column.missing > 0 ? Cell(with_thousands(column.missing), Paint::bold) : Cell(),
                          is_number ? figure(column.least) : "", is_number ? figure(column.mean) : "",
                          is_number ? figure(column.most) : "", is_number ? figure(column.sd) : "", words});
  }
  return table;
}

Node column_node(const ColumnSurvey& column) {
  Node node = Node::map();
  node.set("name", Node::string(column.name));
  node.set("type", Node::string(std::string(kind_words[static_cast<std::size_t>(column.kind())])));
  node.set("missing", Node::number(column.missing));
  node.set("numbers", Node::number(column.numbers));
  node.set("integers", Node::number(column.integers));
  node.set("words", Node::number(column.words));
  node.set("distinct", column.has_many_distinct
                           ? Node()
                           : Node::number(static_cast<std::int64_t>(column.distinct.size())));
  if (column.kind() == ColumnKind::number) {
    node.set("min", Node::number(column.least));
    node.set("mean", Node::number(column.mean));
    node.set("max", Node::number(column.most));
    node.set("sd", Node::number(column.sd));
  } else if (!column.has_many_distinct) {
    Node& values = node.set("values", Node::list());
    for (const std::string& value : column.distinct) values.push(Node::string(value));
  }
  return node;
}

/// What to put into a config: the table, and `standardize`, without which large numbers drown small ones.
Node proposed_config(const Csv& proposed) {
  Node dataset = Node::map();
  dataset.set(std::string(Csv::name), write_spec(proposed, WriteMode::minimal));
  Node document = Node::map();
  document.set("dataset", std::move(dataset));
  document.set("transform", Node::scalar(std::string(Standardize::name)));
  return document;
}

/// Why the proposal is what it is, as comments above it.
std::string remarks_on(const Csv& proposed, const TableSurvey& survey, bool label_is_guessed) {
  std::string out;
  if (label_is_guessed) out += fmt::format("# the label is a guess: `--label NAME` names another column\n");
  if (!proposed.ignore.empty())
    out += fmt::format(
        "# ignored: numbers of rows, columns without a name or a value, more than {} different words\n",
        most_words);
  if (proposed.missing == Missing::drop) out += "# rows that lack a value are dropped\n";
  if (proposed.missing == Missing::mean)
    out +=
        "# missing numbers become the training part's mean; `missing: drop` leaves such rows out instead\n";
  if (survey.ragged_rows > 0)
    out +=
        fmt::format("# {} not as many cells as the header: correct the file first\n",
                    survey.ragged_rows == 1 ? "1 row has" : fmt::format("{} rows have", survey.ragged_rows));
  return out;
}

void need_column(const TableSurvey& survey, const std::string& label, const fs::path& file) {
  std::vector<std::string> names;
  for (const ColumnSurvey& column : survey.columns) names.push_back(column.name);
  if (std::ranges::find(names, label) != names.end()) return;
  const std::optional<std::string> meant = closest(label, names);
  throw UserError(fmt::format("{} has no column '{}'; {}", file.string(), label,
                              meant ? fmt::format("did you mean '{}'?", *meant) : known_words(names)));
}

void show_table(const fs::path& file, Separator separator, const DataShowOptions& options) {
  const TableSurvey survey = survey_table(file, separator);
  if (options.label) need_column(survey, *options.label, file);
  const Csv proposed = propose_table(file, survey, separator, options.label.value_or(""));
  if (options.json) {
    Node node = Node::map();
    node.set("file", Node::string(file.string()));
    node.set("separator",
             Node::string(std::string(names_of(separator)[static_cast<std::size_t>(separator)])));
    node.set("rows", Node::number(survey.rows));
    node.set("ragged_rows", Node::number(survey.ragged_rows));
    Node& columns = node.set("columns", Node::list());
    for (const ColumnSurvey& column : survey.columns) columns.push(column_node(column));
    node.set("config", proposed_config(proposed));
    fmt::print("{}", json_document(node));
    return;
  }
  const TableText text = to_text(survey_text(survey), look_of_stdout());
  fmt::print("{}: {}, {}\n\n{}", shown(file), count_of(survey.rows, "row"),
             count_of(static_cast<std::int64_t>(survey.columns.size()), "column"), text.text);
  if (!text.left_out.empty()) fmt::print("no room for {}\n", join(text.left_out, ", "));
  fmt::print("\n{}{}", remarks_on(proposed, survey, !options.label), config_text(proposed_config(proposed)));
}

// --- an IDX file

/// `train-images-idx3-ubyte.gz` -> `train-labels-idx1-ubyte.gz`, if that is there.
std::optional<fs::path> counterpart(const fs::path& file,
                                    const std::vector<std::pair<std::string, std::string>>& words) {
  std::string name = file.filename().string();
  bool has_changed = false;
  for (const auto& [from, to] : words) {
    const std::size_t at = name.find(from);
    if (at == std::string::npos) continue;
    name.replace(at, from.size(), to);
    has_changed = true;
  }
  const fs::path other = file.parent_path() / name;
  std::error_code error;
  return has_changed && fs::exists(other, error) ? std::optional<fs::path>(other) : std::nullopt;
}

Idx proposed_idx(const fs::path& images) {
  Idx out;
  out.images = images.string();
  const std::vector<std::pair<std::string, std::string>> to_labels = {
      {"images", "labels"}, {"idx3", "idx1"}, {"idx4", "idx1"}};
  out.labels = counterpart(images, to_labels).value_or("LABELS").string();
  for (const std::string other : {"t10k", "test"}) {
    const std::optional<fs::path> test = counterpart(images, {{"train", other}});
    const std::optional<fs::path> labels = test ? counterpart(*test, to_labels) : std::nullopt;
    if (!labels) continue;
    out.test_images = test->string();
    out.test_labels = labels->string();
    break;
  }
  return out;
}

Node config_for(const Idx& proposed) {
  Node dataset = Node::map();
  dataset.set(std::string(Idx::name), write_spec(proposed, WriteMode::minimal));
  Node document = Node::map();
  document.set("dataset", std::move(dataset));
  return document;
}

void show_labels(const fs::path& file, const std::vector<std::uint8_t>& bytes, bool as_json) {
  std::array<std::int64_t, 256> counts{};
  for (const std::uint8_t label : bytes) ++counts[label];
  Node node = Node::map();
  Table table;
  table.columns = {{"label", "", true}, {"samples", "", true}};
  for (std::size_t label = 0; label < counts.size(); ++label) {
    if (counts[label] == 0) continue;
    node.set(std::to_string(label), Node::number(counts[label]));
    table.rows.push_back({std::to_string(label), with_thousands(counts[label])});
  }
  if (as_json) {
    Node document = Node::map();
    document.set("file", Node::string(file.string()));
    document.set("sizes", Node::list({Node::number(static_cast<std::int64_t>(bytes.size()))}));
    document.set("labels", std::move(node));
    fmt::print("{}", json_document(document));
    return;
  }
  fmt::print("{}: {}\n\n{}", shown(file), with_thousands(static_cast<std::int64_t>(bytes.size())) + " labels",
             to_text(table, look_of_stdout()).text);
}

/// The file as the training part of a set that has nothing else.
LoadedData as_images(const std::vector<std::int64_t>& sizes, const std::vector<std::uint8_t>& bytes) {
  LoadedData data;
  data.is_image = true;
  data.sample.sizes.assign(sizes.begin() + 1, sizes.end());
  if (sizes.size() == 3) data.sample.sizes.insert(data.sample.sizes.begin(), 1);
  data.train.samples = sizes[0];
  data.train.pixels = bytes;
  return data;
}

void show_images(const fs::path& file, const LoadedData& data, bool as_json) {
  const std::vector<MeanAndSd> statistics = statistics_of_pixels(data);
  const Idx proposed = proposed_idx(file);
  if (as_json) {
    Node node = set_node(data);
    node.remove("name");
    node.remove("train");
    node.remove("classes");
    node.set("samples", Node::number(data.train.samples));
    node.set("file", Node::string(file.string()));
    node.set("config", config_for(proposed));
    fmt::print("{}", json_document(node));
    return;
  }
  std::vector<std::vector<std::string>> pictures;
  std::vector<std::string> titles;
  const auto size = static_cast<std::size_t>(data.sample.elements());
  for (std::int64_t i = 0; i < std::min(most_pictures, data.train.samples); ++i) {
    pictures.push_back(
        text_picture(data.train.pixels.subspan(static_cast<std::size_t>(i) * size, size), data.sample));
    titles.push_back(std::to_string(i));
  }
  fmt::print("{}: {} {}\n{}{}\n{}{}", shown(file), with_thousands(data.train.samples) + " images",
             to_text(data.sample), statistics_text(statistics, ""), gallery(pictures, titles),
             proposed.labels == "LABELS" ? "# LABELS: the file with a byte an image\n" : "",
             config_text(config_for(proposed)));
}

void show_idx(const fs::path& file, bool as_json) {
  const std::vector<std::int64_t> sizes = read_idx_sizes(file);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(Shape{sizes}.elements()));
  read_idx(file, sizes, bytes);
  if (sizes.size() == 1) return show_labels(file, bytes, as_json);
  if (bytes.empty())
    throw UserError(fmt::format("{} holds {}: no image", file.string(), to_text(Shape{sizes})));
  show_images(file, as_images(sizes, bytes), as_json);
}

// --- a config

int show_config(const fs::path& file, const DataShowOptions& options) {
  Sources sources;
  Diagnostics problems;
  const std::optional<ConfigTree> tree = read_config_tree(file, sources, problems);
  const std::optional<Resolved> resolved = tree ? resolve(*tree, {}, problems) : std::nullopt;
  std::optional<DataHeader> header;
  if (resolved) {
    const SpecReader reader{problems, resolved->written};
    header = read_data_header(resolved->spec.dataset, default_data_places(), true, reader, problems);
  }
  tell_problems(problems, sources);
  if (!header || problems.has_errors()) return static_cast<int>(ExitCode::bad_usage);
  const Dataset& dataset = resolved->spec.dataset;
  if (std::holds_alternative<Mnist>(dataset)) return show_known_set(known_set(Mnist::name), options.json), 0;
  if (std::holds_alternative<FashionMnist>(dataset))
    return show_known_set(known_set(FashionMnist::name), options.json), 0;
  const LoadedData data = load_data(dataset, default_data_places());
  show_set(data, "", options.json);
  const Csv* table = std::get_if<Csv>(&dataset);
  if (table != nullptr && !options.json)
    fmt::print(
        "\n{}:\n{}", shown(train_file(*table)),
        to_text(survey_text(survey_table(train_file(*table), table->separator)), look_of_stdout()).text);
  return 0;
}

// --- which of them it is

bool begins_as_idx(const fs::path& file) {
  ByteSource source(file);
  std::array<std::uint8_t, 2> bytes{1, 1};
  return source.read(bytes.data(), bytes.size()) == bytes.size() && bytes[0] == 0 && bytes[1] == 0;
}

[[noreturn]] void fail_unknown(const std::string& what) {
  const std::vector<std::string> names = known_set_names();
  const std::optional<std::string> meant = closest(what, names);
  throw UserError(fmt::format("there is no file and no known data set '{}'; {}", what,
                              meant ? fmt::format("did you mean '{}'?", *meant) : known_words(names)));
}

}  // namespace

int data_show_command(const DataShowOptions& options) {
  const std::vector<std::string> names = known_set_names();
  if (std::ranges::find(names, options.what) != names.end())
    return show_known_set(known_set(options.what), options.json), 0;
  const fs::path file = options.what;
  std::error_code error;
  if (!fs::exists(file, error)) fail_unknown(options.what);
  if (file.extension() == ".yaml" || file.extension() == ".yml") return show_config(file, options);
  if (begins_as_idx(file)) return show_idx(file, options.json), 0;
  show_table(file, guess_separator(file), options);
  return 0;
}

}  // namespace bunsen
