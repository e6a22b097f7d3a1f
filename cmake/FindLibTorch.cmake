# Finds LibTorch by its headers and libraries alone. The TorchConfig.cmake that comes with it is not used: it stops where a
# CUDA build meets no CUDA toolkit, and bunsen compiles no CUDA code.
#
# Reads BUNSEN_TORCH_ROOT: an unpacked archive, the torch folder of a Python wheel, or a prefix such as /usr.
# Makes LibTorch::LibTorch, LibTorch_VERSION (2.13.0+cpu), LibTorch_RPATH.
set(roots ${BUNSEN_TORCH_ROOT})
if(NOT roots)
  # What tools/setup fetched comes first.
  file(GLOB fetched ${PROJECT_SOURCE_DIR}/.deps/torch-*/torch)
  set(roots ${fetched} ${CMAKE_PREFIX_PATH} /usr)
endif()

# Another root than last time: nothing found there counts.
if(NOT "${roots}" STREQUAL "${LibTorch_ROOTS_SEEN}")
  unset(LibTorch_INCLUDE_FOLDER CACHE)
  foreach(name torch torch_cpu c10 torch_cuda c10_cuda)
    unset(LibTorch_${name}_LIBRARY CACHE)
  endforeach()
  set(LibTorch_ROOTS_SEEN "${roots}" CACHE INTERNAL "")
endif()

# The C++ API's headers lie beside torch/csrc in every package.
find_path(LibTorch_INCLUDE_FOLDER torch/csrc/api/include/torch/torch.h
          PATHS ${roots} PATH_SUFFIXES include NO_DEFAULT_PATH)
foreach(name torch torch_cpu c10 torch_cuda c10_cuda)
  find_library(LibTorch_${name}_LIBRARY ${name}
               PATHS ${roots} PATH_SUFFIXES lib lib/${CMAKE_LIBRARY_ARCHITECTURE} lib64 NO_DEFAULT_PATH)
  mark_as_advanced(LibTorch_${name}_LIBRARY)
endforeach()
mark_as_advanced(LibTorch_INCLUDE_FOLDER)

if(LibTorch_INCLUDE_FOLDER AND LibTorch_c10_LIBRARY)
  get_filename_component(LibTorch_LIBRARY_FOLDER ${LibTorch_c10_LIBRARY} DIRECTORY)
  get_filename_component(root ${LibTorch_INCLUDE_FOLDER} DIRECTORY)

  # A wheel and an archive write their full version (2.13.0+cpu) down; the header knows 2.13.0 only.
  if(EXISTS ${root}/version.py)
    file(STRINGS ${root}/version.py line REGEX "^__version__")
    string(REGEX REPLACE "^.*['\"](.*)['\"].*$" "\\1" LibTorch_VERSION "${line}")
  elseif(EXISTS ${root}/build-version)
    file(STRINGS ${root}/build-version LibTorch_VERSION LIMIT_COUNT 1)
  else()
    foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
      if(EXISTS ${LibTorch_INCLUDE_FOLDER}/${header} AND NOT LibTorch_VERSION)
        file(READ ${LibTorch_INCLUDE_FOLDER}/${header} text)
        foreach(part MAJOR MINOR PATCH)
          if(text MATCHES "TORCH_VERSION_${part} ([0-9]+)")
            list(APPEND LibTorch_VERSION ${CMAKE_MATCH_1})
          endif()
        endforeach()
        list(JOIN LibTorch_VERSION "." LibTorch_VERSION)
      endif()
    endforeach()
  endif()

  # Archives older than 2.7 come with either string ABI, and only the library's own symbols say which.
  file(STRINGS ${LibTorch_c10_LIBRARY} new_abi REGEX "_ZN3c105Error.*cxx11" LIMIT_COUNT 1)
  if(new_abi)
    set(LibTorch_CXX11_ABI 1)
  else()
    set(LibTorch_CXX11_ABI 0)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_torch_cpu_LIBRARY LibTorch_torch_LIBRARY LibTorch_c10_LIBRARY LibTorch_INCLUDE_FOLDER
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run tools/setup, which gets one, or name one with -DBUNSEN_TORCH_ROOT=PREFIX")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  if(LibTorch_CXX11_ABI EQUAL 0)
    if(BUNSEN_FRONT)
      message(FATAL_ERROR "this LibTorch (${LibTorch_LIBRARY_FOLDER}) has the old string ABI, yaml-cpp the new one; take "
                          "the archive with 'cxx11-abi' in its name, or build the worker alone with -DBUNSEN_FRONT=OFF")
    endif()
    # fmt's own library has the new ABI as well; its headers have whichever is asked for.
    set(BUNSEN_LINKS_base ${BUNSEN_LINKS_base} fmt::fmt-header-only)
    list(REMOVE_ITEM BUNSEN_LINKS_base fmt::fmt)
  endif()

  # Wheels bring an fmt of their own among the headers, which would be taken in the place of the one that we link.
  set(own_headers ${PROJECT_BINARY_DIR}/before_torch)
  file(MAKE_DIRECTORY ${own_headers})
  find_path(BUNSEN_FMT_FOLDER fmt/format.h)
  mark_as_advanced(BUNSEN_FMT_FOLDER)
  file(CREATE_LINK ${BUNSEN_FMT_FOLDER}/fmt ${own_headers}/fmt SYMBOLIC)

  add_library(LibTorch::LibTorch INTERFACE IMPORTED GLOBAL)
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
    ${own_headers} ${LibTorch_INCLUDE_FOLDER} ${LibTorch_INCLUDE_FOLDER}/torch/csrc/api/include)
  set(libraries)
  foreach(name torch torch_cpu c10 torch_cuda c10_cuda)
    if(LibTorch_${name}_LIBRARY)
      list(APPEND libraries ${LibTorch_${name}_LIBRARY})
    endif()
  endforeach()
  # The CUDA library registers itself when it is loaded and is called by nobody, so the linker must not drop it; what
  # LibTorch's own libraries need is theirs to find.
  target_link_libraries(LibTorch::LibTorch INTERFACE ${libraries})
  # Debian's headers log through glog.
  set(use_glog)
  if(EXISTS ${LibTorch_INCLUDE_FOLDER}/c10/macros/cmake_macros.h)
    file(STRINGS ${LibTorch_INCLUDE_FOLDER}/c10/macros/cmake_macros.h use_glog REGEX "^#define C10_USE_GLOG")
  endif()
  if(use_glog)
    target_link_libraries(LibTorch::LibTorch INTERFACE glog)
  endif()
  # Debian's LibTorch takes whichever BLAS the system's alternatives name: the reference one is slow, OpenBLAS with pthreads
  # fights with LibTorch's own OpenMP threads. Linked by its path, the right one is loaded first and stays.
  set(LibTorch_RPATH ${LibTorch_LIBRARY_FOLDER})
  set(openblas ${LibTorch_LIBRARY_FOLDER}/openblas-openmp)
  if(EXISTS ${openblas}/libblas.so.3)
    target_link_libraries(LibTorch::LibTorch INTERFACE
      ${openblas}/libblas.so.3 ${openblas}/liblapack.so.3 ${openblas}/libopenblas.so.0)
    list(APPEND LibTorch_RPATH ${openblas})
  endif()
  target_link_options(LibTorch::LibTorch INTERFACE LINKER:--no-as-needed LINKER:--unresolved-symbols=ignore-in-shared-libs)
  message(STATUS "LibTorch ${LibTorch_VERSION} in ${LibTorch_LIBRARY_FOLDER}")
endif()
