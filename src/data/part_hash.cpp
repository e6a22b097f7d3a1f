#include "data/part_hash.h"

#include <bit>

#include "base/sha256.h"

namespace bunsen {
namespace {

static_assert(std::endian::native == std::endian::little, "the hash is over little-endian numbers");

template <class T>
void add(Sha256& hash, std::string_view kind, const Shape& sizes, std::span<const T> numbers) {
  hash.update(std::string(kind) + ' ' + to_text(sizes) + '\n');
  hash.update(numbers.data(), numbers.size_bytes());
}

}  // namespace

std::string hash_of_part(const Shape& sample, const DataPart& part) {
  Shape features = sample;
  features.sizes.insert(features.sizes.begin(), part.samples);
  const Shape labels{{part.samples}};

  Sha256 hash;
  hash.update("bunsen data 1\n");
  if (!part.pixels.empty()) {
    add(hash, "pixels", features, part.pixels);
  } else {
    add(hash, "values", features, part.values);
  }
  if (!part.targets.empty()) {
    add(hash, "targets", labels, part.targets);
  } else {
    add(hash, "classes", labels, part.classes);
  }
  return hash.hex();
}

}  // namespace bunsen
