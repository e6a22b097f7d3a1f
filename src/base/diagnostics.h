// diagnostics.h - the user's mistakes, collected as data and printed all at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"

namespace bunsen {

enum class Severity : std::uint8_t { error, warning };

/// What kind of mistake it is; printed as `BUN012`. A number is never used again for something else.
enum class Code : int {
  unreadable = 1,  ///< the file can't be read
  syntax = 2,      ///< not YAML
  bad_text = 3,    ///< not UTF-8, control bytes, too large, too deep
  duplicate_key = 4,
  unsupported_yaml = 5,  ///< tags, `<<`, directives, several documents, keys that are not one word
  bad_alias = 6,
  extends = 7,        ///< a base that is missing, or a circle of bases
  variable = 8,       ///< unknown variable, circle, misuse of `$`
  override_path = 9,  ///< `--set` that leads nowhere
  wrong_kind = 10,    ///< a map where a number was wanted, and so on
  bad_number = 11,
  unknown_key = 12,
  unknown_name = 13,  ///< no such layer, optimizer, data set, word
  missing_key = 14,
  out_of_range = 15,
  contradiction = 16,  ///< two values that can't stand together
  bad_name = 17,
  shape = 31,          ///< a layer can't take what the one before it gives
  loss_mismatch = 32,  ///< the loss does not fit the last layer or the data
  data_missing = 33,
  data_mismatch = 34,    ///< a data file that is not what the config says
  init_unmatched = 35,   ///< `init.layers` names no layer with weights
  group_unmatched = 36,  ///< the optimizer's `groups` names no layer and no parameter
  memory = 37,           ///< more memory than the machine has
  experiment = 41,       ///< an axis, point or objective that can't be
  suspicious = 51,       ///< legal, but surely not meant
};

/// `BUN012`.
std::string code_text(Code code);

struct Diagnostic {
  Severity severity = Severity::error;
  Code code = Code::syntax;
  Place place;
  std::string path;     ///< `layers.1.linear`; may be empty
  std::string message;  ///< lower case, no full stop: what was found and what was wanted
  std::string hint;     ///< one way out, printed behind the caret; may be empty
  Place used_at;        ///< where a variable or alias brought the value in, if it did
  std::string
      replacement;  ///< what to write in place of the text at `place`, where the hint names it; else empty
};

/// Collects mistakes; keeps at most `limit` of them and counts the rest.
class Diagnostics {
 public:
  static constexpr std::size_t limit = 100;

  void error(Code code, const Place& place, std::string path, std::string message, std::string hint = {},
             const Place& used_at = {}, std::string replacement = {});
  void warning(Code code, const Place& place, std::string path, std::string message, std::string hint = {},
               const Place& used_at = {}, std::string replacement = {});
  /// Takes over a mistake that was told elsewhere.
  void add(Diagnostic item);

  bool has_errors() const { return errors_ > 0; }
  std::size_t error_count() const { return errors_; }
  std::size_t warning_count() const { return warnings_; }
  std::size_t dropped_count() const { return dropped_; }
  const std::vector<Diagnostic>& items() const { return items_; }

 private:
  std::vector<Diagnostic> items_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
  std::size_t dropped_ = 0;
};

/// The whole list as people read it: `file:line:col: error[BUN012]: path: message`, the line, a caret and the
/// hint; in the order of files and places. Ends with a newline unless there is nothing to say.
std::string to_text(const Diagnostics& problems, const Sources& sources, bool color);

}  // namespace bunsen
