#include "train/environment.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <sys/utsname.h>
#include <torch/torch.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/text.h"

namespace bunsen {
namespace {

/// Behind the first `key` in `text`, up to the line's end.
std::string line_after(const std::string& text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return {};
  const std::size_t from = at + key.size();
  return std::string(trim(std::string_view(text).substr(from, text.find('\n', from) - from)));
}

std::string file_line(const std::filesystem::path& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos) return std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return {};
}

/// OpenBLAS tells its version itself; of MKL LibTorch's build says it.
std::string blas_name() {
  using Config = char* (*)();
  if (const auto config = reinterpret_cast<Config>(dlsym(RTLD_DEFAULT, "openblas_get_config")))
    return config();
  const std::string text = torch_configuration();
  constexpr std::string_view mkl = "Math Kernel Library";
  if (text.find(mkl) != std::string::npos) {
    const std::string rest = line_after(text, mkl);
    return "MKL " + rest.substr(0, rest.find(" for "));
  }
  const std::string name = line_after(text, "BLAS_INFO=");
  return name.substr(0, name.find(','));
}

std::string gpu_name() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/driver/nvidia/gpus", ignored)) {
    return file_line(entry.path() / "information", "Model");
  }
  return {};
}

}  // namespace

std::string cpu_capability() { return line_after(torch_configuration(), "CPU capability usage: "); }

std::string torch_configuration() { return at::show_config(); }

std::vector<std::string> devices() {
  std::vector<std::string> found{"cpu"};
  if (torch::cuda::is_available()) found.emplace_back("cuda");
  return found;
}

EnvironmentRecord present_environment(Device device) {
  EnvironmentRecord environment;
  environment.device = names_of(device).at(static_cast<std::size_t>(device));
  environment.blas = blas_name();
  environment.cpu = file_line("/proc/cpuinfo", "model name");
  const std::string capability = cpu_capability();
  if (!capability.empty()) environment.cpu += (environment.cpu.empty() ? "" : ", ") + capability;
  if (device == Device::cuda) environment.gpu = gpu_name();
  environment.threads = at::get_num_threads();
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) environment.host = host.data();
  utsname system{};
  if (::uname(&system) == 0) environment.os = std::string(system.sysname) + " " + system.release;
  return environment;
}

}  // namespace bunsen
