#include "data/csv_rows.h"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string_view>

#include "base/errors.h"
#include "data/byte_source.h"

namespace bunsen {
namespace {

constexpr std::size_t chunk_bytes = 1 << 16;
constexpr std::size_t most_cell_bytes = 1 << 20;
// What decompression may grow to: beyond this a file is a trap or does not belong into memory.
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 34;

std::int64_t line_ends_in(std::string_view text) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) ++count;
  }
  return count;
}

}  // namespace

std::int64_t CsvRow::line_of(std::size_t cell) const {
  std::int64_t at = line;
  for (std::size_t i = 0; i < cell && i < cells.size(); ++i) at += line_ends_in(cells[i]);
  return at;
}

struct CsvRows::State {
  State(const std::filesystem::path& path, char separator) : source(path) {
    ::csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
    ::csv_set_delim(&parser, static_cast<unsigned char>(separator));
    row.line = 1;
  }
  ~State() { ::csv_free(&parser); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void stop(const std::string& reason) {
    is_finished = true;
    mistake = fmt::format("{}:{}: {}", source.path().string(), row.line, reason);
  }

  void take_cell(const void* bytes, std::size_t size) {
    row.cells.emplace_back(static_cast<const char*>(bytes), size);
    last_end = 0;
  }

  void take_row_end(int end) {
    const bool is_second_half = end == '\n' && last_end == '\r' && row.cells.empty();
    last_end = end;
    if (is_second_half) return;
    std::int64_t next_line = row.line_of(row.cells.size()) + 1;
    if (!row.cells.empty()) rows.push_back(std::move(row));
    row.cells.clear();
    row.line = next_line;
  }

  void feed() {
    std::string chunk(chunk_bytes, '\0');
    chunk.resize(source.read(chunk.data(), chunk.size()));
    std::string_view text = chunk;
    if (total == 0 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    total += chunk.size();
    if (chunk.empty()) return finish();
    const std::size_t used =
        ::csv_parse(&parser, text.data(), text.size(), cell_callback, row_callback, this);
    if (used != text.size())
      return stop("a quote in the middle of a cell; write the whole cell in quotes and each \" in it twice");
    if (parser.entry_pos > most_cell_bytes)
      return stop("a cell of more than 1 MiB; is a quote never closed?");
    if (total > most_bytes) stop(fmt::format("the table is larger than {} GiB", most_bytes >> 30));
  }

  void finish() {
    is_finished = true;
    if (::csv_fini(&parser, cell_callback, row_callback, this) != 0)
      stop("a quote in this row is never closed");
  }

  static void cell_callback(void* bytes, std::size_t size, void* state) {
    static_cast<State*>(state)->take_cell(bytes, size);
  }
  static void row_callback(int end, void* state) { static_cast<State*>(state)->take_row_end(end); }

  ByteSource source;
  csv_parser parser{};
  CsvRow row;  ///< the one that is being read
  std::deque<CsvRow> rows;
  int last_end = 0;
  std::uint64_t total = 0;
  bool is_finished = false;
  std::string mistake;  ///< what ended the table early
};

CsvRows::CsvRows(const std::filesystem::path& path, char separator)
    : state_(std::make_unique<State>(path, separator)) {}
CsvRows::~CsvRows() = default;

bool CsvRows::next(CsvRow& row) {
  while (state_->rows.empty() && !state_->is_finished) state_->feed();
  // Rows before a mistake are good: whoever wants only the header never meets it.
  if (state_->rows.empty() && !state_->mistake.empty()) throw UserError(state_->mistake);
  if (state_->rows.empty()) return false;
  row = std::move(state_->rows.front());
  state_->rows.pop_front();
  return true;
}

}  // namespace bunsen
