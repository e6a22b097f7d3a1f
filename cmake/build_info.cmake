# Makes <build>/generated/build_info.h, for the two main.cpp only: it changes with each commit, and they compile fast.
# Run as a script (cmake -P) it rewrites the header where its text has changed.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(BUNSEN_BUILD_INFO ${PROJECT_BINARY_DIR}/generated/build_info.h)
  set(make_build_info ${CMAKE_COMMAND}
      -DSOURCE=${PROJECT_SOURCE_DIR} -DOUTPUT=${BUNSEN_BUILD_INFO}
      -DVERSION=${PROJECT_VERSION} -DTORCH_VERSION=${LibTorch_VERSION}
      -P ${CMAKE_CURRENT_LIST_FILE})
  execute_process(COMMAND ${make_build_info} COMMAND_ERROR_IS_FATAL ANY)
  add_custom_target(bunsen_make_build_info COMMAND ${make_build_info} BYPRODUCTS ${BUNSEN_BUILD_INFO} COMMENT "Noting what is built" VERBATIM)
  add_library(bunsen_build_info INTERFACE)
  target_include_directories(bunsen_build_info INTERFACE ${PROJECT_BINARY_DIR}/generated)
  add_dependencies(bunsen_build_info bunsen_make_build_info)
  return()
endif()

execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE build_id ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT build_id)
  # No git, or no commit: the sources themselves say which build this is.
  file(GLOB_RECURSE sources LIST_DIRECTORIES FALSE ${SOURCE}/src/*)
  set(hashes)
  foreach(source IN LISTS sources)
    file(SHA256 ${source} hash)
    string(APPEND hashes ${hash})
  endforeach()
  string(SHA256 build_id "${hashes}")
  string(SUBSTRING ${build_id} 0 12 build_id)
  string(PREPEND build_id "source-")
endif()

set(text "// build_info.h - what this build was made of; written by cmake/build_info.cmake.
#pragma once

#include <string_view>

namespace bunsen::build_info {

inline constexpr std::string_view version = \"${VERSION}\";
inline constexpr std::string_view build_id = \"${build_id}\";
/// The LibTorch that the worker was built with; empty in a build without a worker.
inline constexpr std::string_view torch_version = \"${TORCH_VERSION}\";

}  // namespace bunsen::build_info
")
set(old)
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT text STREQUAL old)
  file(WRITE ${OUTPUT} "${text}")
endif()
