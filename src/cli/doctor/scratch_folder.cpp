#include "cli/doctor/scratch_folder.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>

#include "base/errors.h"
#include "base/files.h"

namespace bunsen {

ScratchFolder::ScratchFolder(const std::filesystem::path& parent) {
  std::string name = (parent / ".bunsen-doctor-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw UserError(fmt::format("can't write in {}: {}", parent.string(), system_reason(errno)));
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace bunsen
