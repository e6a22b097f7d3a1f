// config_fuzz.cpp - libFuzzer's entry: the first byte chooses YAML or JSON, the rest is read.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "laws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string broken = text.starts_with('\t') ? bunsen::fuzz::broken_by_json(text.substr(1))
                                                    : bunsen::fuzz::broken_by_config(text);
  if (!broken.empty()) {
    std::fprintf(stderr, "%s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
