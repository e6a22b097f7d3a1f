// variables.h - `vars` and the `$name`, `${name}`, `$$` that stand for them.
#pragma once

#include <string>

#include "base/diagnostics.h"
#include "config/node.h"

namespace bunsen {

/// Variables with their final values.
class Variables {
 public:
  /// `vars` is the config's map of that name (or null). Variables may use variables; a circle is told with
  /// its loop.
  Variables(const Node& vars, Diagnostics& problems);

  /// Puts values in the place of every `$name`, in `node` and below; keys are never touched. A whole value
  /// `$name` or
  /// `${name}` becomes the variable's node (typed), `${name}` inside text its text, `$$` a dollar sign.
  void substitute(Node& node, const std::string& path);

  const Node& values() const { return values_; }
  /// Warns of variables that nothing used.
  void warn_unused(const Node& vars) const;

 private:
  enum class Colour : std::uint8_t { white, grey, black };
  /// `is_whole`: the value at `use` is the variable and nothing else.
  const Node* value_of(const std::string& name, const Place& use, const std::string& path, bool is_whole);
  void substitute_scalar(Node& node, const std::string& path);
  std::string text_with_values(const Node& node, const std::string& path);

  const Node& written_;
  Node values_ = Node::map();
  std::vector<Colour> colours_;
  std::vector<bool> used_;
  std::vector<std::string> chain_;
  std::size_t copied_ = 0;
  Diagnostics& problems_;
};

}  // namespace bunsen
