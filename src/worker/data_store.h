// data_store.h - decoded data sets, each read once and inherited by the children forked after that.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "data/dataset.h"
#include "spec/resolve.h"

namespace bunsen {

class DataStore {
 public:
  /// Decodes the config's data set unless it has been decoded before. Throws as load_data() does.
  const LoadedData& get(const Resolved& config);
  /// How many had been decoded when this one was, itself counted: a process forked when size() was at least
  /// that has it.
  std::size_t ordinal_of(const LoadedData& data) const;
  std::size_t size() const { return sets_.size(); }

 private:
  struct Entry {
    std::string key;
    LoadedData data;
  };
  std::deque<Entry> sets_;  // a deque, since others hold references to its items
};

}  // namespace bunsen
