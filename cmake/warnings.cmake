# The warnings that our own targets are held to.
function(bunsen_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(BUNSEN_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
