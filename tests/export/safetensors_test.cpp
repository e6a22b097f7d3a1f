#include "export/safetensors.h"

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "base/errors.h"
#include "base/files.h"

using namespace bunsen;

namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bunsen-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

TensorFile example() {
  TensorFile file;
  file.tensors = {{"0.weight", torch::arange(6, torch::kFloat).reshape({2, 3})},
                  {"0.bias", torch::tensor({-0.0f, std::nanf("")})},
                  {"1.num_batches_tracked", torch::tensor(7, torch::kLong)},
                  {"empty", torch::empty({0, 3}, torch::kDouble)}};
  file.metadata = {{"format", "pt"}, {"name", "a \"quoted\" name"}};
  return file;
}

/// A file with this header and so many bytes of data.
std::string with_header(const std::string& header, std::size_t data_bytes) {
  std::string text(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(text.data(), &length, 8);
  return text + header + std::string(data_bytes, '\0');
}

std::string refusal_of(const std::string& bytes) {
  const Folder folder;
  write_file_atomically(folder / "bad.safetensors", bytes);
  try {
    read_safetensors(folder / "bad.safetensors");
  } catch (const UserError& error) {
    return error.what();
  }
  return {};
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("tensors come back from a file with their names, sizes, types and bits") {
  const Folder folder;
  const TensorFile written = example();
  write_safetensors(folder / "a.safetensors", written);
  const TensorFile read = read_safetensors(folder / "a.safetensors");
  REQUIRE(read.tensors.size() == written.tensors.size());
  for (const NamedTensor& tensor : written.tensors) {
    const at::Tensor found = read.find(tensor.name);
    REQUIRE(found.defined());
    CHECK((found.scalar_type() == tensor.tensor.scalar_type()));
    CHECK((found.sizes() == tensor.tensor.sizes()));
    CHECK(std::memcmp(found.data_ptr(), tensor.tensor.data_ptr(), found.nbytes()) == 0);
  }
  CHECK((read.metadata == written.metadata));
  CHECK(read.metadata_value("name") == "a \"quoted\" name");
  CHECK_FALSE(read.find("absent").defined());
}

TEST_CASE("the same tensors give the same bytes, and a transposed one is stored as it reads") {
  const Folder folder;
  write_safetensors(folder / "a", example());
  write_safetensors(folder / "b", example());
  CHECK(read_file(folder / "a") == read_file(folder / "b"));
  write_safetensors(folder / "t", {{{"t", torch::arange(6, torch::kFloat).reshape({2, 3}).t()}}, {}});
  CHECK(torch::equal(read_safetensors(folder / "t").find("t"),
                     torch::tensor({{0.f, 3.f}, {1.f, 4.f}, {2.f, 5.f}})));
}

TEST_CASE("the data of a file begin at a multiple of 8 bytes") {
  const Folder folder;
  write_safetensors(folder / "a", example());
  std::uint64_t length = 0;
  std::memcpy(&length, read_file(folder / "a").data(), 8);
  CHECK(length % 8 == 0);
}

TEST_CASE("what is no safetensors file is refused with its path and the reason") {
  CHECK(mentions(refusal_of("abc"), "bad.safetensors: not a safetensors file: it has 3 bytes"));
  CHECK(mentions(refusal_of(std::string(8, '\xff')), "header would have 18446744073709551615 bytes"));
  CHECK(mentions(refusal_of(with_header("{", 0)), "its header"));
  CHECK(mentions(refusal_of(with_header("[]", 0)), "no JSON object"));
  CHECK(mentions(refusal_of(with_header(R"({"a": 1})", 0)), "'a' needs dtype"));
  CHECK(mentions(refusal_of(with_header(R"({"a": {"dtype": "F7", "shape": [], "data_offsets": [0, 4]}})", 4)),
                 "unknown dtype 'F7'"));
}

TEST_CASE("sizes and offsets that do not fit are refused before any memory is taken") {
  const auto entry = [](const std::string& shape, const std::string& offsets) {
    return R"({"a": {"dtype": "F32", "shape": )" + shape + R"(, "data_offsets": )" + offsets + "}}";
  };
  CHECK(mentions(refusal_of(with_header(entry("[2]", "[0, 4]"), 4)), "other offsets"));
  CHECK(mentions(refusal_of(with_header(entry("[1]", "[4, 8]"), 8)), "does not begin where"));
  CHECK(mentions(refusal_of(with_header(entry("[1]", "[0, 4]"), 9)), "need 4 bytes, there are 9"));
  CHECK(mentions(refusal_of(with_header(entry("[2]", "[0, 8]"), 4)), "need 8 bytes, there are 4"));
  CHECK(mentions(refusal_of(with_header(entry("[-1]", "[0, 4]"), 4)), "no whole number"));
  CHECK(mentions(refusal_of(with_header(entry("[4611686018427387904, 4]", "[0, 0]"), 0)),
                 "larger than any memory"));
  CHECK(mentions(refusal_of(with_header(entry("[0, 4611686018427387904, 8]", "[0, 0]"), 0)),
                 "larger than any memory"));
}
