// diff_text.h - a difference as text for people, and as JSON.
#pragma once

#include <string>

#include "compare/diff.h"
#include "compare/table.h"
#include "config/node.h"

namespace bunsen {

/// Headings, config, data, model, environment, metrics, curves: what is equal in a line, what differs in
/// tables.
std::string to_text(const Difference& difference, const TextLook& look);

/// Everything that `Difference` holds but the documents themselves, with the numbers in full.
Node to_node(const Difference& difference);

/// Two numbers so that their difference shows: the same decimals for both, as many as the difference needs.
struct NumberTexts {
  std::string a, b, difference;
};
NumberTexts number_texts(double a, double b, double difference);

/// `+3.2%`; empty where `a` is zero or a number is not finite.
std::string relative_text(double a, double difference);

}  // namespace bunsen
