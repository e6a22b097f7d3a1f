// environment.h - with what a training runs: LibTorch's libraries, the machine, the number of threads.
#pragma once

#include <string>
#include <vector>

#include "results/run_record.h"
#include "spec/training.h"

namespace bunsen {

/// Fills in what can be found out here: device, BLAS, CPU (model and the capability that LibTorch uses), GPU,
/// threads, host, operating system. Versions, git and command line are the caller's.
EnvironmentRecord present_environment(Device device);

/// `AVX2`, `AVX512`, `DEFAULT`: which of its kernels LibTorch uses on this machine.
std::string cpu_capability();
/// What LibTorch says of its build, several lines.
std::string torch_configuration();
/// `cpu`, and `cuda` if this LibTorch sees such a device.
std::vector<std::string> devices();

}  // namespace bunsen
