// decisions.h - what a sweep decided while it ran, and on what grounds: the file decisions.jsonl.
#pragma once

#include <filesystem>
#include <vector>

#include "config/node.h"
#include "sweep/pruning_watch.h"

namespace bunsen {

/// `{"decision": "prune", "point": {...}, "epoch": 2, "score": ..., "bar": ..., "compared": ..., "seeds":
/// ...}`; "go on" for a point that passed.
Node to_node(const Judgement& judgement, const Point& point);

/// Appends a line. Throws UserError.
void append_decision(const std::filesystem::path& sweep_folder, const Node& decision);

/// In order, lines that were cut off left out; none if there is no file.
std::vector<Node> read_decisions(const std::filesystem::path& sweep_folder);

}  // namespace bunsen
