#include "worker/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/errors.h"

namespace bunsen {
namespace {

constexpr std::size_t alignment = 64;  // c10::gAlignment, a cache line

/// The block's own address stands just below the tensor's.
void*& block_of(void* tensor) { return static_cast<void**>(tensor)[-1]; }

void free_tensor(void* tensor) {
  if (tensor != nullptr) std::free(block_of(tensor));
}

void* allocate_tensor(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const std::size_t room = bytes + alignment + sizeof(void*);
  void* block = room > bytes ? std::malloc(room) : nullptr;
  if (block == nullptr)
    throw UserError(fmt::format("out of memory: no room for a tensor of {} bytes", bytes));
  const auto first = reinterpret_cast<std::uintptr_t>(block) + sizeof(void*);
  void* tensor = reinterpret_cast<void*>((first + alignment - 1) / alignment * alignment);
  block_of(tensor) = block;
  return tensor;
}

/// Without `override`: LibTorch 1.13 declares the first allocate() and no copy_data(), 2.13 the second one.
class MallocAllocator : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) const { return make(bytes); }
  c10::DataPtr allocate(std::size_t bytes) { return make(bytes); }
  c10::DeleterFnPtr raw_deleter() const { return &free_tensor; }
  void copy_data(void* to, const void* from, std::size_t bytes) const { std::memcpy(to, from, bytes); }

 private:
  static c10::DataPtr make(std::size_t bytes) {
    void* tensor = allocate_tensor(bytes);
    return {tensor, tensor, &free_tensor, c10::Device(c10::DeviceType::CPU)};
  }
};

}  // namespace

void place_tensors_by_malloc() {
  static MallocAllocator allocator;  // LibTorch keeps the pointer until the process ends
  c10::SetCPUAllocator(&allocator, 1);
}

}  // namespace bunsen
