#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "base/text.h"

namespace bunsen {
namespace {

double number_at(const Node& node, std::string_view path) {
  const Node* value = node.at_path(path);
  return value == nullptr ? 0 : value->as_number().value_or(0);
}

std::int64_t integer_at(const Node& node, std::string_view path) {
  return static_cast<std::int64_t>(number_at(node, path));
}

std::string metric_text(std::string_view name, double value) {
  return name.ends_with("accuracy") ? fmt::format("{:.4f}", value) : fmt::format("{:.9f}", value);
}

/// `  test.accuracy 0.7901`, or nothing when the part is not measured.
std::string part_text(const Node& record, const std::string& part) {
  for (const std::string what : {"accuracy", "loss"}) {
    const Node* value = record.at_path(part + "." + what);
    if (value != nullptr)
      return fmt::format("  {}.{} {}", part, what,
                         metric_text(what, value->as_number().value_or(std::nan(""))));
  }
  return "";
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string epoch_line(const Node& record, std::int64_t epochs) {
  const Node* loss = record.at_path("train.loss");
  const double value = loss == nullptr ? std::nan("") : loss->as_number().value_or(std::nan(""));
  return fmt::format("epoch {}/{}  loss {:.9f}", integer_at(record, "epoch"), epochs, value) +
         part_text(record, "validation") + part_text(record, "test");
}

std::string figures_text(const Node& final_figures, const Node* best) {
  std::string text;
  for (const std::string part : {"train", "validation", "test"}) {
    const Node* figures = final_figures.find(part);
    if (figures == nullptr || figures->keys.empty()) continue;
    text += fmt::format("{:<10}", part);
    for (const std::string what : {"loss", "accuracy"}) {
      const Node* value = figures->find(what);
      if (value != nullptr)
        text += fmt::format("  {} {}", what, metric_text(what, value->as_number().value_or(std::nan(""))));
    }
    text += "\n";
  }
  if (best == nullptr || best->find("metric") == nullptr) return text;
  const std::string metric = best->find("metric")->text;
  return text + fmt::format("{:<10}  {} {} in epoch {}\n", "best", metric,
                            metric_text(metric, number_at(*best, "value")), integer_at(*best, "epoch"));
}

std::string duration_text(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  const std::int64_t hours = total / 3600;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, total / 60 % 60, total % 60);
  return fmt::format("{}:{:02}", total / 60, total % 60);
}

std::string bar_text(double share, std::size_t width) {
  const double whole = std::min(1.0, std::max(0.0, share)) * static_cast<double>(width);
  const auto filled = static_cast<std::size_t>(whole);
  std::string bar(filled, '=');
  if (filled < width) bar += '>';
  bar.resize(width, ' ');
  return "[" + bar + "]";
}

Talk::Talk(bool is_quiet) : is_quiet_(is_quiet), is_terminal_(isatty(STDERR_FILENO) == 1) {}

void Talk::say(const std::string& line) {
  if (!is_quiet_) warn(line);
}

void Talk::warn(const std::string& line) {
  clear();
  std::fputs((line + "\n").c_str(), stderr);
}

void Talk::draw(const std::string& line) {
  if (is_quiet_ || !is_terminal_) return;
  clear();
  const std::size_t room = terminal_width() - 1;
  std::fputs(line.substr(0, room).c_str(), stderr);
  std::fflush(stderr);
  has_drawn_ = true;
}

void Talk::clear() {
  if (has_drawn_) std::fputs("\r\033[K", stderr);
  has_drawn_ = false;
}

void TrainingProgress::tell(const Node& event) {
  const Node* name = event.find("event");
  if (name == nullptr) return;
  if (name->text == "started") {
    epochs_ = integer_at(event, "epochs");
    steps_per_epoch_ = integer_at(event, "steps_per_epoch");
    started_at_ = std::chrono::steady_clock::now();
    draw(0);
  } else if (name->text == "progress") {
    draw(integer_at(event, "step"));
  } else if (const Node* record = event.find("record")) {
    epochs_done_ = integer_at(*record, "epoch");
    talk_.say(epoch_line(*record, epochs_));
    draw(0);
  }
}

void TrainingProgress::draw(std::int64_t step_of_epoch) {
  const std::int64_t all = epochs_ * steps_per_epoch_;
  if (all <= 0 || !talk_.is_terminal() || epochs_done_ >= epochs_) return;
  const std::int64_t done = epochs_done_ * steps_per_epoch_ + step_of_epoch;
  const double share = static_cast<double>(done) / static_cast<double>(all);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_at_;
  const std::string left = done == 0 ? "" : "  ETA " + duration_text(elapsed.count() * (1 - share) / share);
  talk_.draw(fmt::format("{} epoch {}/{}  step {}/{}{}", bar_text(share, 24), epochs_done_ + 1, epochs_,
                         step_of_epoch, steps_per_epoch_, left));
}

}  // namespace bunsen
