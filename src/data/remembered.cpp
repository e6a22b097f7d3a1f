#include "data/remembered.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <ctime>

#include "base/errors.h"
#include "base/files.h"
#include "base/sha256.h"
#include "config/json.h"

namespace bunsen {
namespace {

std::filesystem::path file_for(const std::filesystem::path& memory, const std::string& key) {
  return memory / (sha256_hex(key).substr(0, 32) + ".json");
}

std::optional<DataIdentity> identity_from(const Node& node) {
  const auto text = [&](const char* path) {
    return node.at_path(path) ? node.at_path(path)->as_string() : std::nullopt;
  };
  const auto count = [&](const char* path) {
    return node.at_path(path) ? node.at_path(path)->as_integer() : std::nullopt;
  };
  const auto name = text("name");
  const auto samples = count("train.samples");
  const auto sha256 = text("train.sha256");
  if (!name || !samples || !sha256 || sha256->size() != 64) return std::nullopt;
  const auto test_sha256 = text("test.sha256");
  if (test_sha256.has_value() != count("test.samples").has_value()) return std::nullopt;
  return DataIdentity{*name, *samples, *sha256, count("test.samples"), test_sha256};
}

}  // namespace

DataIdentity recall_or(const std::filesystem::path& memory, const std::string& question,
                       const std::vector<std::filesystem::path>& files,
                       const std::function<DataIdentity()>& ask) {
  const std::optional<std::string> key = memory_key(question, files);
  if (key) {
    if (const std::optional<DataIdentity> known = recall(memory, *key)) return *known;
  }
  DataIdentity identity = ask();
  if (key) remember(memory, *key, identity);
  return identity;
}

std::optional<std::string> memory_key(const std::string& question,
                                      const std::vector<std::filesystem::path>& files) {
  constexpr std::int64_t settling_seconds = 2;
  // The version grows when the same files would give other checksums.
  std::string key = "decoded content 1 " + question + '\n';
  for (const std::filesystem::path& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return std::nullopt;
    if (status.st_mtim.tv_sec + settling_seconds > std::time(nullptr)) return std::nullopt;
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(file, error);
    key += fmt::format("{} {} {}.{} {}:{}\n", absolute.lexically_normal().string(), status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_dev, status.st_ino);
  }
  return key;
}

std::optional<DataIdentity> recall(const std::filesystem::path& memory, const std::string& key) {
  if (memory.empty()) return std::nullopt;
  try {
    const std::filesystem::path file = file_for(memory, key);
    const std::optional<std::string> text = read_file_if_there(file);
    if (!text) return std::nullopt;
    const Node document = read_json(*text, file.string());
    const Node* written_key = document.find("key");
    const Node* dataset = document.find("dataset");
    if (written_key == nullptr || dataset == nullptr || written_key->as_string() != key) return std::nullopt;
    return identity_from(*dataset);
  } catch (const UserError&) {
    return std::nullopt;  // a memory that can't be read is none
  }
}

void remember(const std::filesystem::path& memory, const std::string& key, const DataIdentity& identity) {
  if (memory.empty()) return;
  Node dataset = Node::map();
  dataset.set("name", Node::string(identity.name));
  Node& train = dataset.set("train", Node::map());
  train.set("samples", Node::number(identity.train_samples));
  train.set("sha256", Node::string(identity.train_sha256));
  if (identity.test_samples && identity.test_sha256) {
    Node& test = dataset.set("test", Node::map());
    test.set("samples", Node::number(*identity.test_samples));
    test.set("sha256", Node::string(*identity.test_sha256));
  }
  Node document = Node::map();
  document.set("key", Node::string(key));
  document.set("dataset", std::move(dataset));
  try {
    make_folder(memory);
    write_file_atomically(file_for(memory, key), json_document(document));
  } catch (const UserError&) {
    return;  // it only saves time
  }
}

}  // namespace bunsen
