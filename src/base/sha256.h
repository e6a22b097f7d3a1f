// sha256.h - SHA-256 by libcrypto.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace bunsen {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(const void* bytes, std::size_t size);
  void update(std::string_view text) { update(text.data(), text.size()); }
  /// 64 lower-case hex digits; call once.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view text);

}  // namespace bunsen
