// part_hash.h - the checksum of a decoded part, the same whatever file it came from.
#pragma once

#include <string>

#include "data/dataset.h"
#include "spec/shape.h"

namespace bunsen {

/// SHA-256 of `bunsen data 1`, then of the features and of the labels, each as a line that names kind and
/// sizes and then the raw numbers, little-endian: `pixels [60000, 1, 28, 28]` (bytes) or `values [178, 13]`
/// (32-bit floats), then `classes [60000]` (64-bit integers) or `targets [178]` (32-bit floats). Lines end
/// with `\n`.
std::string hash_of_part(const Shape& sample, const DataPart& part);

}  // namespace bunsen
