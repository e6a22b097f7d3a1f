#include "export/safetensors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <set>
#include <stdexcept>

#include "base/errors.h"
#include "base/files.h"
#include "config/json.h"

namespace bunsen {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t most_header_bytes = 100'000'000;  // the reference implementation's limit

struct ElementType {
  std::string_view name;
  at::ScalarType type;
};
constexpr std::array<ElementType, 10> element_types{{{"BOOL", at::kBool},
                                                     {"U8", at::kByte},
                                                     {"I8", at::kChar},
                                                     {"I16", at::kShort},
                                                     {"I32", at::kInt},
                                                     {"I64", at::kLong},
                                                     {"F16", at::kHalf},
                                                     {"BF16", at::kBFloat16},
                                                     {"F32", at::kFloat},
                                                     {"F64", at::kDouble}}};

std::string_view name_of(at::ScalarType type) {
  for (const ElementType& known : element_types) {
    if (known.type == type) return known.name;
  }
  throw std::logic_error("no safetensors type for this tensor's elements");
}

Node describe_tensor(const at::Tensor& tensor, std::int64_t begin, std::int64_t end) {
  Node entry = Node::map();
  entry.set("dtype", Node::string(std::string(name_of(tensor.scalar_type()))));
  Node shape = Node::list();
  for (const std::int64_t size : tensor.sizes()) shape.push(Node::number(size));
  entry.set("shape", std::move(shape));
  entry.set("data_offsets", Node::list({Node::number(begin), Node::number(end)}));
  return entry;
}

std::string header_text(const TensorFile& file) {
  Node header = Node::map();
  if (!file.metadata.empty()) {
    Node metadata = Node::map();
    for (const auto& [key, value] : file.metadata) metadata.set(key, Node::string(value));
    header.set("__metadata__", std::move(metadata));
  }
  std::int64_t offset = 0;
  std::set<std::string> names{"__metadata__"};
  for (const NamedTensor& named : file.tensors) {
    if (!names.insert(named.name).second) throw std::logic_error("two tensors are called " + named.name);
    const std::int64_t end = offset + static_cast<std::int64_t>(named.tensor.nbytes());
    header.set(named.name, describe_tensor(named.tensor, offset, end));
    offset = end;
  }
  std::string text = json_line(header);
  text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');
  return text;
}

/// Refuses a file, naming it.
class Refusal {
 public:
  explicit Refusal(const std::filesystem::path& path) : path_(path) {}
  [[noreturn]] void operator()(const std::string& reason) const {
    throw UserError(path_.string() + ": not a safetensors file: " + reason);
  }

 private:
  const std::filesystem::path& path_;
};

struct Entry {
  std::string name;
  at::ScalarType type = at::kFloat;
  std::vector<std::int64_t> sizes;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

std::uint64_t as_size(const Node& node, const std::string& what, const Refusal& refuse) {
  const std::optional<std::int64_t> value = node.as_integer();
  if (!value || *value < 0) refuse(what + " is no whole number from 0");
  return static_cast<std::uint64_t>(*value);
}

Entry read_entry(const std::string& name, const Node& node, const Refusal& refuse) {
  const Node* type = node.find("dtype");
  const Node* shape = node.find("shape");
  const Node* offsets = node.find("data_offsets");
  if (type == nullptr || shape == nullptr || offsets == nullptr || !shape->is_list() || !offsets->is_list() ||
      offsets->items.size() != 2) {
    refuse("tensor '" + name + "' needs dtype, shape and data_offsets");
  }
  Entry entry;
  entry.name = name;
  const auto known = std::find_if(
      element_types.begin(), element_types.end(),
      [&](const ElementType& candidate) { return candidate.name == type->as_string().value_or(""); });
  if (known == element_types.end()) {
    refuse("tensor '" + name + "' has the unknown dtype '" + type->as_string().value_or("") + "'");
  }
  entry.type = known->type;
  std::uint64_t bytes = c10::elementSize(known->type);
  std::uint64_t span = bytes;
  for (const Node& item : shape->items) {
    const std::uint64_t size = as_size(item, "a size of tensor '" + name + "'", refuse);
    // An empty tensor's other sizes must not overflow either, since LibTorch multiplies them for the strides.
    if (__builtin_mul_overflow(span, std::max<std::uint64_t>(size, 1), &span) || span > INT64_MAX) {
      refuse("tensor '" + name + "' is larger than any memory");
    }
    bytes *= size;
    entry.sizes.push_back(static_cast<std::int64_t>(size));
  }
  entry.begin = as_size(offsets->items[0], "an offset of tensor '" + name + "'", refuse);
  entry.end = as_size(offsets->items[1], "an offset of tensor '" + name + "'", refuse);
  if (entry.end < entry.begin || entry.end - entry.begin != bytes) {
    refuse("tensor '" + name + "' has a shape of " + std::to_string(bytes) + " bytes and other offsets");
  }
  return entry;
}

/// The entries in the order of their bytes, which must follow one another without gap up to `data_bytes`.
std::vector<Entry> in_order(std::vector<Entry> entries, std::uint64_t data_bytes, const Refusal& refuse) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != at) refuse("tensor '" + entry.name + "' does not begin where the one before it ends");
    at = entry.end;
  }
  if (at != data_bytes) {
    refuse("its tensors need " + std::to_string(at) + " bytes, there are " + std::to_string(data_bytes));
  }
  return entries;
}

Node read_header(const std::filesystem::path& path, std::string_view text, const Refusal& refuse) {
  Node header;
  try {
    header = read_json(text, path.string());
  } catch (const UserError& error) {
    refuse(std::string("its header: ") + error.what());
  }
  if (!header.is_map()) refuse("its header is no JSON object");
  return header;
}

}  // namespace

at::Tensor TensorFile::find(const std::string& name) const {
  for (const NamedTensor& named : tensors) {
    if (named.name == name) return named.tensor;
  }
  return {};
}

std::string TensorFile::metadata_value(const std::string& key) const {
  for (const auto& [name, value] : metadata) {
    if (name == key) return value;
  }
  return {};
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  const std::string header = header_text(file);
  const std::uint64_t length = header.size();
  std::vector<std::string_view> parts{{reinterpret_cast<const char*>(&length), length_bytes}, header};
  std::vector<at::Tensor> stored;  // Where they are already as the file has them, no copies.
  for (const NamedTensor& named : file.tensors) {
    stored.push_back(named.tensor.detach().to(at::kCPU).contiguous());
    parts.emplace_back(static_cast<const char*>(stored.back().data_ptr()), stored.back().nbytes());
  }
  write_file_atomically(path, parts);
}

TensorFile read_safetensors(const std::filesystem::path& path) {
  const Refusal refuse(path);
  const std::string bytes = read_file(path);
  if (bytes.size() < length_bytes) refuse("it has " + std::to_string(bytes.size()) + " bytes");
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), length_bytes);
  if (header_bytes > most_header_bytes || header_bytes > bytes.size() - length_bytes) {
    refuse("its header would have " + std::to_string(header_bytes) + " bytes, the file has " +
           std::to_string(bytes.size()));
  }
  const Node header = read_header(path, std::string_view(bytes).substr(length_bytes, header_bytes), refuse);

  TensorFile file;
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < header.keys.size(); ++i) {
    const std::string& name = header.keys[i].text;
    if (name != "__metadata__") {
      entries.push_back(read_entry(name, header.items[i], refuse));
      continue;
    }
    for (std::size_t j = 0; j < header.items[i].keys.size(); ++j) {
      file.metadata.emplace_back(header.items[i].keys[j].text,
                                 header.items[i].items[j].as_string().value_or(""));
    }
  }
  const char* data = bytes.data() + length_bytes + header_bytes;
  for (Entry& entry : in_order(std::move(entries), bytes.size() - length_bytes - header_bytes, refuse)) {
    at::Tensor tensor = at::empty(entry.sizes, at::TensorOptions().dtype(entry.type));
    if (entry.end > entry.begin) std::memcpy(tensor.data_ptr(), data + entry.begin, entry.end - entry.begin);
    file.tensors.push_back({std::move(entry.name), std::move(tensor)});
  }
  return file;
}

}  // namespace bunsen
