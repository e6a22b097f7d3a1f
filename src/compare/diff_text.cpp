#include "compare/diff_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number_text.h"
#include "base/text.h"
#include "compare/align.h"

namespace bunsen {
namespace {

constexpr std::size_t least_path = 20, least_value = 14;

std::string seed_text(const std::optional<std::int64_t>& seed) { return seed ? std::to_string(*seed) : "-"; }

std::string plain_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{:.6g}", value);
}

std::string with_sign(const std::string& text) {
  return text.empty() || text[0] == '-' || text == "NaN" ? text : '+' + text;
}

std::string count_text(std::size_t count, std::string_view noun) {
  return count_of(static_cast<std::int64_t>(count), noun);
}

// `1 other key is equal`
std::string others_text(std::size_t count, std::string_view noun) {
  return fmt::format("{} {} equal", count_text(count, fmt::format("other {}", noun)),
                     count == 1 ? "is" : "are");
}

// --- headings ---

std::string side_text(const DiffSide& side) {
  if (side.kind == SideKind::document) return "document";
  if (side.kind == SideKind::config) return side.name + ", config";
  if (side.runs.size() > 1) return fmt::format("{}, {}", side.name, count_text(side.runs.size(), "run"));
  const DiffRun& run = side.runs.front();
  const std::string seed = run.seed ? fmt::format(", seed {}", *run.seed) : std::string();
  return fmt::format("{} {}{}, {}", side.name, run.id, seed, run.status);
}

std::string heading(const Difference& difference, const TextLook& look) {
  Table table;
  table.columns = {Column{},
                   {.title = "", .least_width = least_path, .keeps_end = true},
                   {.title = "", .least_width = least_path}};
  table.rows = {{{"A", Paint::bold}, difference.a.argument, side_text(difference.a)},
                {{"B", Paint::bold}, difference.b.argument, side_text(difference.b)}};
  return to_text(table, look).text;
}

// --- leaves ---

std::string change_table(const LeafChanges& changes, const TextLook& look) {
  Table table;
  table.indent = 2;
  table.columns = {{.title = "", .least_width = least_path, .keeps_end = true},
                   {.title = "A", .least_width = least_value},
                   {.title = "B", .least_width = least_value}};
  for (const LeafChange& change : changes.items) {
    if (change.explained_by.empty())
      table.rows.push_back({change.path, value_text(change.a), value_text(change.b)});
  }
  return to_text(table, look).text;
}

std::string title_line(std::string_view title, const std::string& remark, const TextLook& look) {
  return painted(title, Paint::bold, look.color) + (remark.empty() ? "" : "  " + one_line(remark)) + '\n';
}

// `(2 keys behind vars.depth not shown)`
std::string hidden_text(const LeafChanges& changes) {
  std::vector<std::string> causes;
  for (const LeafChange& change : changes.items) {
    const bool is_new = std::find(causes.begin(), causes.end(), change.explained_by) == causes.end();
    if (!change.explained_by.empty() && is_new) causes.push_back(change.explained_by);
  }
  const std::size_t hidden = changes.items.size() - unexplained_count(changes);
  return fmt::format("({} behind {} not shown)", count_text(hidden, "key"), join(causes, ", "));
}

std::string leaf_section(std::string_view title, const LeafChanges& changes, const TextLook& look) {
  if (changes.items.empty()) {
    const std::string count = count_text(changes.equal_count, "key");
    return title_line(title, changes.equal_count == 0 ? "nothing recorded" : fmt::format("equal ({})", count),
                      look);
  }
  std::vector<std::string> remarks;
  if (changes.equal_count > 0)
    remarks.push_back(fmt::format("({})", others_text(changes.equal_count, "key")));
  if (unexplained_count(changes) < changes.items.size()) remarks.push_back(hidden_text(changes));
  return title_line(title, join(remarks, "  "), look) + change_table(changes, look);
}

// The heading says what was asked for; command lines in full are for the JSON form.
LeafChanges without_requests(LeafChanges provenance) {
  std::erase_if(provenance.items, [](const LeafChange& change) {
    return change.path == "source_file" || change.path == "command_line";
  });
  return provenance;
}

std::string data_line(const Difference& difference) {
  const Node* dataset = difference.a.config.find("dataset");
  const std::string name = dataset != nullptr ? item_type(*dataset) : std::string();
  return name.empty() ? "equal" : fmt::format("equal ({})", name);
}

// --- weights ---

std::string weights_text(const std::vector<RunPair>& pairs, std::optional<bool> RunPair::*is_same) {
  std::size_t known = 0, equal = 0;
  for (const RunPair& pair : pairs) {
    known += (pair.*is_same).has_value() ? 1U : 0U;
    equal += (pair.*is_same) == true ? 1U : 0U;
  }
  if (known == 0) return "not recorded";
  if (pairs.size() == 1) return equal == 1 ? "equal" : "differ";
  return equal == 0              ? "differ in every pair"
         : equal == pairs.size() ? "equal in every pair"
                                 : fmt::format("equal in {} of {} pairs", equal, pairs.size());
}

std::string status_lines(const Difference& difference) {
  std::vector<std::string> lines;
  for (const RunPair& pair : difference.pairs) {
    if (pair.status_a == "completed" && pair.status_b == "completed") continue;
    lines.push_back(
        fmt::format("note: A {} is {}, B {} is {}", pair.id_a, pair.status_a, pair.id_b, pair.status_b));
  }
  for (const std::string& reason : difference.left_out) lines.push_back("left out: " + reason);
  for (const std::string& reason : difference.a.superseded) lines.push_back("left out: A " + reason);
  for (const std::string& reason : difference.b.superseded) lines.push_back("left out: B " + reason);
  std::string out;
  for (const std::string& line : lines) out += one_line(line) + '\n';
  return out;
}

// --- metrics ---

std::vector<Cell> metric_row(const std::string& name, const std::string& which,
                             const std::optional<double>& a, const std::optional<double>& b,
                             const std::optional<double>& change, bool shows_which) {
  std::vector<Cell> row = {name};
  if (shows_which) row.emplace_back(which);
  if (a && b && change) {
    const NumberTexts texts = number_texts(*a, *b, *change);
    row.insert(row.end(),
               {Cell(texts.a), Cell(texts.b), Cell(texts.difference), Cell(relative_text(*a, *change))});
  } else {
    row.insert(row.end(), {Cell(a ? plain_number(*a) : "missing"), Cell(b ? plain_number(*b) : "missing")});
  }
  return row;
}

std::string metric_table(const Difference& difference, const TextLook& look) {
  const bool shows_seeds = difference.by_seed && !difference.pairs.empty();
  Table table;
  table.indent = 2;
  table.columns = {{.title = "metric"}};
  if (shows_seeds) table.columns.push_back({.title = "seed", .is_number = true});
  const std::string of = difference.by_seed && !shows_seeds ? "mean " : "";
  for (const std::string& title : {of + "A", of + "B", std::string("B - A"), std::string("relative")}) {
    table.columns.push_back({.title = title, .is_number = true, .rank = title == "relative" ? 1 : 0});
  }
  for (const MetricDifference& metric : difference.metrics) {
    if (!shows_seeds) {
      table.rows.push_back(
          metric_row(metric.name, "", metric.mean_a, metric.mean_b, metric.mean_difference, false));
      if (metric.pairs.size() == 1) {
        const ValuePair& pair = metric.pairs[0];
        const std::optional<double> change =
            pair.a && pair.b ? std::optional<double>(*pair.b - *pair.a) : std::nullopt;
        table.rows.back() = metric_row(metric.name, "", pair.a, pair.b, change, false);
      }
      continue;
    }
    table.rows.push_back(
        metric_row(metric.name, "mean", metric.mean_a, metric.mean_b, metric.mean_difference, true));
    for (const ValuePair& pair : metric.pairs) {
      const std::optional<double> change =
          pair.a && pair.b ? std::optional<double>(*pair.b - *pair.a) : std::nullopt;
      table.rows.push_back(metric_row("", seed_text(pair.seed), pair.a, pair.b, change, true));
    }
  }
  return to_text(table, look).text;
}

std::string pairing_text(const Difference& difference) {
  if (!difference.by_seed) return {};
  if (difference.pairs.empty()) return "no seed in common: means over each side's own runs";
  std::vector<std::string> seeds;
  for (const RunPair& pair : difference.pairs) seeds.push_back(seed_text(pair.seed));
  return fmt::format("{} paired by seed: {}", count_text(seeds.size(), "run"), join(seeds, " "));
}

std::string metric_section(const Difference& difference, const TextLook& look) {
  if (difference.metrics.empty()) return title_line("final metrics", "none recorded", look);
  return title_line("final metrics", pairing_text(difference), look) + metric_table(difference, look);
}

// --- curves ---

std::string curve_text(const CurveDifference& curve) {
  const std::int64_t shared = std::min(curve.epochs_a, curve.epochs_b);
  const std::string lengths =
      curve.epochs_a == curve.epochs_b
          ? std::string()
          : fmt::format("; A has {}, B {}", count_of(curve.epochs_a, "epoch"), curve.epochs_b);
  if (!curve.epoch && shared == 0) return "nothing to compare" + lengths;
  if (!curve.epoch) {
    const std::string_view which = curve.epochs_a == curve.epochs_b ? "" : "the first ";
    return fmt::format("equal in {}{}{}", which, count_of(shared, "epoch"), lengths);
  }
  const NumberTexts texts = number_texts(curve.a, curve.b, curve.b - curve.a);
  return fmt::format("differ from epoch {}: {} {} -> {} ({}){}", *curve.epoch, curve.metric, texts.a, texts.b,
                     texts.difference, lengths);
}

std::string curve_section(const Difference& difference, const TextLook& look) {
  if (difference.curves.size() == 1) return title_line("curves", curve_text(difference.curves[0]), look);
  std::string out = difference.curves.empty() ? std::string() : title_line("curves", "", look);
  for (const CurveDifference& curve : difference.curves) {
    out += fmt::format("  seed {}  {}\n", seed_text(curve.seed), one_line(curve_text(curve)));
  }
  return out;
}

// --- documents ---

std::string document_section(const Difference& difference, const TextLook& look) {
  const LeafChanges& changes = difference.document;
  if (changes.items.empty())
    return title_line("values", fmt::format("equal ({})", count_text(changes.equal_count, "value")), look);
  Table table;
  table.indent = 2;
  table.columns = {{.title = "", .least_width = least_path, .keeps_end = true},
                   {.title = "A", .is_number = true, .least_width = least_value},
                   {.title = "B", .is_number = true, .least_width = least_value},
                   {.title = "B - A", .is_number = true},
                   {.title = "relative", .is_number = true, .rank = 1}};
  for (const LeafChange& change : changes.items) {
    const std::optional<double> a = change.a ? change.a->as_number() : std::nullopt;
    const std::optional<double> b = change.b ? change.b->as_number() : std::nullopt;
    if (a && b) {
      table.rows.push_back(metric_row(change.path, "", a, b, *b - *a, false));
    } else {
      table.rows.push_back({change.path, value_text(change.a), value_text(change.b)});
    }
  }
  const std::string remark =
      changes.equal_count == 0 ? "" : fmt::format("({})", others_text(changes.equal_count, "value"));
  return title_line("values", remark, look) + to_text(table, look).text;
}

// --- JSON ---

Node optional_number(const std::optional<double>& value) { return value ? Node::number(*value) : Node(); }
Node optional_seed(const std::optional<std::int64_t>& value) { return value ? Node::number(*value) : Node(); }
Node optional_boolean(const std::optional<bool>& value) { return value ? Node::boolean(*value) : Node(); }

Node changes_node(const LeafChanges& changes) {
  Node list = Node::list();
  for (const LeafChange& change : changes.items) {
    Node item = Node::map();
    item.set("path", Node::string(change.path));
    item.set("a", change.a.value_or(Node()));
    item.set("b", change.b.value_or(Node()));
    if (!change.explained_by.empty()) item.set("explained_by", Node::string(change.explained_by));
    list.push(std::move(item));
  }
  return list;
}

Node side_node(const DiffSide& side) {
  Node out = Node::map();
  out.set("argument", Node::string(side.argument));
  const bool is_named = side.kind != SideKind::document;
  out.set("kind", Node::string(side.kind == SideKind::runs ? "runs" : is_named ? "config" : "document"));
  if (is_named) out.set("name", Node::string(side.name));
  if (side.kind != SideKind::runs) return out;
  Node runs = Node::list();
  for (const DiffRun& run : side.runs) {
    Node item = Node::map();
    item.set("id", Node::string(run.id));
    item.set("seed", optional_seed(run.seed));
    item.set("status", Node::string(run.status));
    item.set("folder", Node::string(run.folder));
    runs.push(std::move(item));
  }
  out.set("runs", std::move(runs));
  return out;
}

Node pairs_node(const std::vector<RunPair>& pairs) {
  Node list = Node::list();
  for (const RunPair& pair : pairs) {
    Node item = Node::map();
    item.set("seed", optional_seed(pair.seed));
    item.set("a", Node::string(pair.id_a));
    item.set("b", Node::string(pair.id_b));
    item.set("same_initial_weights", optional_boolean(pair.same_initial_weights));
    item.set("same_final_weights", optional_boolean(pair.same_final_weights));
    list.push(std::move(item));
  }
  return list;
}

std::optional<double> relative_change(const std::optional<double>& a, const std::optional<double>& change) {
  if (!a || !change || *a == 0 || !std::isfinite(*change) || !std::isfinite(*a)) return std::nullopt;
  return *change / std::abs(*a);
}

Node metrics_node(const std::vector<MetricDifference>& metrics) {
  Node list = Node::list();
  for (const MetricDifference& metric : metrics) {
    Node item = Node::map();
    item.set("metric", Node::string(metric.name));
    item.set("a", optional_number(metric.mean_a));
    item.set("b", optional_number(metric.mean_b));
    item.set("difference", optional_number(metric.mean_difference));
    item.set("relative", optional_number(relative_change(metric.mean_a, metric.mean_difference)));
    Node pairs = Node::list();
    for (const ValuePair& pair : metric.pairs) {
      Node values = Node::map();
      values.set("seed", optional_seed(pair.seed));
      values.set("a", optional_number(pair.a));
      values.set("b", optional_number(pair.b));
      pairs.push(std::move(values));
    }
    item.set("pairs", std::move(pairs));
    list.push(std::move(item));
  }
  return list;
}

Node curves_node(const std::vector<CurveDifference>& curves) {
  Node list = Node::list();
  for (const CurveDifference& curve : curves) {
    Node item = Node::map();
    item.set("seed", optional_seed(curve.seed));
    item.set("epochs_a", Node::number(curve.epochs_a));
    item.set("epochs_b", Node::number(curve.epochs_b));
    item.set("first_difference", optional_seed(curve.epoch));
    if (curve.epoch) {
      item.set("metric", Node::string(curve.metric));
      item.set("a", Node::number(curve.a));
      item.set("b", Node::number(curve.b));
    }
    list.push(std::move(item));
  }
  return list;
}

}  // namespace

NumberTexts number_texts(double a, double b, double difference) {
  const bool is_finite = std::isfinite(a) && std::isfinite(b);
  if (!is_finite) return {plain_number(a), plain_number(b), plain_number(difference)};
  constexpr int least_decimals = 4, most_decimals = 12;
  const double size = std::max(std::abs(a), std::abs(b));
  // Two digits of the difference have to show.
  const int needed =
      difference == 0
          ? least_decimals
          : 1 - static_cast<int>(std::floor(std::log10(std::abs(round_significant(difference, 2)))));
  const int decimals = std::max(least_decimals, needed);
  if (size >= 1e7 || decimals > most_decimals || (size > 0 && size < 1e-3)) {
    const std::string short_a = plain_number(a), short_b = plain_number(b);
    if (short_a != short_b || a == b) return {short_a, short_b, with_sign(fmt::format("{:.3g}", difference))};
    return {fmt::format("{:.17g}", a), fmt::format("{:.17g}", b),
            with_sign(fmt::format("{:.3g}", difference))};
  }
  return {fmt::format("{:.{}f}", a, decimals), fmt::format("{:.{}f}", b, decimals),
          difference == 0 ? "0" : with_sign(fmt::format("{:.{}f}", difference, decimals))};
}

std::string relative_text(double a, double difference) {
  const std::optional<double> relative = relative_change(a, difference);
  if (!relative) return {};
  if (*relative == 0) return "0%";
  const double percent = 100 * *relative;
  return std::abs(percent) >= 0.01 && std::abs(percent) < 1e4 ? fmt::format("{:+.2f}%", percent)
                                                              : fmt::format("{:+.1e}%", percent);
}

std::string to_text(const Difference& difference, const TextLook& look) {
  std::string out = heading(difference, look) + status_lines(difference) + '\n';
  if (difference.a.kind == SideKind::document) return out + document_section(difference, look);
  out += leaf_section("config", difference.config, look);
  if (!difference.compares_runs) return out;
  out += difference.data.items.empty() ? title_line("data", data_line(difference), look)
                                       : leaf_section("data", difference.data, look);
  if (!difference.model.items.empty()) out += leaf_section("model", difference.model, look);
  out += leaf_section("environment", difference.environment, look);
  const LeafChanges machine = without_requests(difference.provenance);
  if (!machine.items.empty()) out += leaf_section("provenance", machine, look);
  if (!difference.pairs.empty()) {
    out += title_line(
        "weights",
        fmt::format("initial {}, final {}", weights_text(difference.pairs, &RunPair::same_initial_weights),
                    weights_text(difference.pairs, &RunPair::same_final_weights)),
        look);
  }
  return out + '\n' + metric_section(difference, look) + curve_section(difference, look);
}

Node to_node(const Difference& difference) {
  Node out = Node::map();
  out.set("a", side_node(difference.a));
  out.set("b", side_node(difference.b));
  out.set("differs", Node::boolean(differs(difference)));
  if (difference.a.kind == SideKind::document) {
    out.set("values", changes_node(difference.document));
    return out;
  }
  out.set("config", changes_node(difference.config));
  if (!difference.compares_runs) return out;
  out.set("data", changes_node(difference.data));
  out.set("model", changes_node(difference.model));
  out.set("environment", changes_node(difference.environment));
  out.set("provenance", changes_node(difference.provenance));
  out.set("pairs", pairs_node(difference.pairs));
  Node left_out = Node::list();
  for (const std::string& reason : difference.left_out) left_out.push(Node::string(reason));
  out.set("left_out", std::move(left_out));
  out.set("metrics", metrics_node(difference.metrics));
  out.set("curves", curves_node(difference.curves));
  return out;
}

}  // namespace bunsen
