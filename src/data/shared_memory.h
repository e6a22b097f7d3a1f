// shared_memory.h - one sealed, read-only mapping that forked processes share.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace bunsen {

/// Makes a memory file of `size` bytes, lets `fill` write it, seals it and maps it read-only and shared. The
/// mapping begins at a page; it goes when the last copy of the pointer does. Throws UserError if there is no
/// memory for it.
std::shared_ptr<void> make_shared_memory(std::size_t size,
                                         const std::function<void(std::span<std::byte>)>& fill);

}  // namespace bunsen
