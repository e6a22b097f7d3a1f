// judge.h - facts of a machine -> what is well, what is doubtful, what will not do, and the way out of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor/facts.h"

namespace bunsen {

enum class Verdict : std::uint8_t {
  ok,
  warn,  ///< it works, but slower, or with other bits, than it could
  bad,   ///< a run would fail here
};

std::string_view word_of(Verdict verdict);

struct Finding {
  Verdict verdict = Verdict::ok;
  std::string topic;    ///< `BLAS`
  std::string text;     ///< lower case, no full stop
  std::string way_out;  ///< empty where nothing is wrong
};

/// Looks at nothing but `facts`. In a fixed order: programs, machine, environment, data, folders.
std::vector<Finding> judge(const DoctorFacts& facts);

/// The worst of them.
Verdict verdict_of(const std::vector<Finding>& findings);

/// Environment variables that judge() knows something about: those whose presence is a fact worth having.
std::vector<std::string_view> known_variables();

}  // namespace bunsen
