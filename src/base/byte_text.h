// byte_text.h - amounts of memory as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace bunsen {

/// Three digits: `0 B`, `512 B`, `3.06 KiB`, `47.9 MiB`, `412 GiB`, `1023 GiB`, `8.00 EiB`.
std::string byte_text(std::int64_t bytes);

}  // namespace bunsen
