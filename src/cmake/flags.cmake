# Compiler flags of every target of ours.  With ZK_STRICT, which every build of the tests has, warnings
# are errors: a warning is a question that the author can answer in a minute and the next reader
# cannot.  Who only builds a release with a compiler newer than ours shall not be asked it.
add_library(zk_flags INTERFACE)
target_compile_definitions(zk_flags INTERFACE PADDOCK_VERSION="${PROJECT_VERSION}")
if(NOT WIN32)
  target_compile_definitions(zk_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
endif()
if(MSVC) # and clang-cl; untried, so its warnings are none of the questions below
  target_compile_options(zk_flags INTERFACE /W3 /utf-8)
  target_compile_definitions(zk_flags INTERFACE _CRT_SECURE_NO_WARNINGS _CRT_NONSTDC_NO_WARNINGS)
  if(CMAKE_C_COMPILER_ID STREQUAL "MSVC") # <stdatomic.h>: Visual Studio 2022 17.5 and later
    target_compile_options(zk_flags INTERFACE /experimental:c11atomics)
  endif()
elseif(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  target_compile_options(zk_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow
    -Wstrict-prototypes -Wmissing-prototypes -Wvla -fno-strict-aliasing)
  if(ZK_STRICT)
    target_compile_options(zk_flags INTERFACE -Werror)
  endif()
  if(MINGW) # its isfinite() and isnan() warn of themselves
    target_compile_options(zk_flags INTERFACE -Wno-float-conversion)
  endif()
  if(ZK_SANITIZE)
    target_compile_options(zk_flags INTERFACE -fsanitize=${ZK_SANITIZE} -fno-omit-frame-pointer
      -fno-sanitize-recover=all)
    target_link_options(zk_flags INTERFACE -fsanitize=${ZK_SANITIZE})
  endif()
endif()
if(ZK_FUZZ)
  target_compile_options(zk_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_include_directories(zk_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
