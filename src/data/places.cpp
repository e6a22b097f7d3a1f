#include "data/places.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace bunsen {
namespace {

std::filesystem::path from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
}

std::filesystem::path user_cache() {
  std::filesystem::path cache = from_environment("XDG_CACHE_HOME");
  if (cache.is_absolute()) return cache;
  std::filesystem::path home = from_environment("HOME");
  return home.empty() ? home : home / ".cache";
}

}  // namespace

DataPlaces default_data_places() {
  DataPlaces places;
  const std::filesystem::path named = from_environment("BUNSEN_DATA");
  if (!named.empty()) places.roots.push_back({named, true});
  places.roots.push_back({"data", false});
  const std::filesystem::path cache = user_cache();
  if (!cache.empty()) {
    places.roots.push_back({cache / "bunsen" / "data", false});
    places.memory = cache / "bunsen" / "checksums";
  }
  const char* called = std::getenv("BUNSEN_COMMAND");
  if (called != nullptr && *called != '\0') places.program = printable(called);
  places.roots.push_back({"/usr/share/datasets", false});
  places.roots.push_back({"/usr/share/bunsen/data", false});
  return places;
}

std::vector<std::filesystem::path> folders_for(const DataPlaces& places, std::string_view name) {
  const std::string written(name);
  std::string dashed = written;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  std::vector<std::filesystem::path> folders;
  for (const DataRoot& root : places.roots) {
    folders.push_back(root.folder / written);
    if (dashed != written) folders.push_back(root.folder / dashed);
    if (root.is_searched_itself) folders.push_back(root.folder);
  }
  return folders;
}

}  // namespace bunsen
