#include "worker/data_store.h"

#include <malloc.h>

#include <utility>

#include "config/json.h"
#include "data/places.h"

namespace bunsen {

const LoadedData& DataStore::get(const Resolved& config) {
  const Node* written = config.document.find("dataset");
  const std::string key = written == nullptr ? std::string() : json_line(*written);
  for (const Entry& entry : sets_) {
    if (entry.key == key) return entry.data;
  }
  LoadedData data = load_data(config.spec.dataset, default_data_places());
  // The decoder's own copy is free by now, but allocators keep what is free, and children would inherit it.
  ::malloc_trim(0);
  return sets_.emplace_back(Entry{key, std::move(data)}).data;
}

std::size_t DataStore::ordinal_of(const LoadedData& data) const {
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    if (&sets_[i].data == &data) return i + 1;
  }
  return 0;
}

}  // namespace bunsen
