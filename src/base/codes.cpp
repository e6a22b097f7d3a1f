#include "base/codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/number_text.h"

namespace bunsen {
namespace {

constexpr std::array<CodeMeaning, 26> meanings{{
    {Code::unreadable,
     "The file can't be read: it is not there, is a folder, or may not be opened. The reason stands in the "
     "message."},
    {Code::syntax,
     "The text is not YAML at this place. The parser stops at its first slip, so there is one such error a "
     "file; the line above may be its cause (a missing quote, bracket or space behind ':')."},
    {Code::bad_text,
     "The file is no plain UTF-8 text: another encoding, control bytes, spaces that only look like spaces, "
     "more than 1 MiB, or nested deeper than 64 levels."},
    {Code::duplicate_key,
     "A key stands twice in one map. YAML parsers keep one of them in silence; which one was meant can't be "
     "known."},
    {Code::unsupported_yaml,
     "YAML that configs do without: tags (!!int), merge keys (<<), directives (%YAML), several documents, "
     "keys that are not one word. `extends` and `vars` do what merge keys do."},
    {Code::bad_alias,
     "An alias (*name) inside the value it stands for, or aliases that copy more than 100,000 values."},
    {Code::extends,
     "A base config that can't be read, or bases that extend one another in a circle. Paths are relative to "
     "the file that says `extends`."},
    {Code::variable,
     "A `$name` that `vars` does not declare, variables in a circle, or a '$' that begins no variable; `$$` "
     "writes a dollar sign."},
    {Code::override_path,
     "A `--set` (or an axis) whose path leads nowhere. A path is keys, list indices and layer names with "
     "dots between them; on the way it names the component that is there: optimizer.adam.lr."},
    {Code::wrong_kind,
     "A list where a map was wanted, nothing where a value was, text where true or false was."},
    {Code::bad_number,
     "No number, or not as YAML 1.2 writes one: 1000 (not 1_000 or 1,000), 0.5, 1e-3, .inf; an integer key "
     "takes no 1e3 and no quotes."},
    {Code::unknown_key,
     "A key that does not exist here. It may be misspelled, or belong one level higher or lower."},
    {Code::unknown_name,
     "No layer, optimizer, data set, loss ... of this name. `bunsen explain layers` lists those that there "
     "are."},
    {Code::missing_key, "A key without a default is not there."},
    {Code::out_of_range, "A number outside of what the key allows; `bunsen explain KEY` says the range."},
    {Code::contradiction,
     "Two values that can't stand together, such as nesterov without momentum, or an objective on a "
     "validation part that does not exist."},
    {Code::bad_name,
     "A layer's name that is no name ([a-z_][a-z0-9_]*), that is a type's name, or that two layers have."},
    {Code::shape,
     "A layer can't take what the layer before it gives. `bunsen plan FILE` shows the shapes; `flatten` "
     "makes [C, H, W] flat."},
    {Code::loss_mismatch,
     "The loss does not fit the last layer or the data: cross_entropy and nll need one output a class, mse a "
     "number as label and one output, bce_with_logits two classes and one output."},
    {Code::data_missing,
     "The data set was not found. The searched folders stand in the message; $BUNSEN_DATA is searched "
     "first."},
    {Code::data_mismatch,
     "A data file that is not what the config says: a label that is no column, another format, another data "
     "set's files."},
    {Code::init_unmatched,
     "`init.layers` names no layer that has weights. Layers are called by their name, else by their index in "
     "the written-out list."},
    {Code::group_unmatched,
     "The optimizer's `groups` names no layer and no parameter. A pattern means the parameters of a layer "
     "(`head`, `conv*`), or parameters by their whole name (`head.bias`, `*.bias`)."},
    {Code::memory,
     "The training needs more memory than this machine has, or than its control group allows. `run` and "
     "`sweep` refuse it before any data is read; `check` and `plan` warn, since it may be meant for another "
     "machine. `bunsen plan FILE` tells what takes how much."},
    {Code::experiment,
     "An experiment that can't be: an axis without values or on a path that does not exist, seeds that are "
     "none, a config given to `sweep` or an experiment to `run`."},
    {Code::suspicious, "Legal, but surely not meant: a warning, which stops nothing."},
}};

}  // namespace

std::vector<CodeMeaning> code_meanings() { return {meanings.begin(), meanings.end()}; }

std::optional<std::string> code_explanation(const std::string& code) {
  std::string upper;
  for (const char c : code) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!upper.starts_with("BUN")) return std::nullopt;
  const std::size_t first_digit = std::min(upper.find_first_not_of('0', 3), upper.size());
  const IntegerText number = parse_integer(upper.substr(first_digit));
  for (const CodeMeaning& meaning : meanings) {
    if (number.error != NumberError::none || static_cast<int>(meaning.code) != number.value) continue;
    return fmt::format("{}\n  {}\n", code_text(meaning.code), meaning.text);
  }
  return std::nullopt;
}

}  // namespace bunsen
