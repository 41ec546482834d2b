# mingw64.cmake -- toolchain file: build for 64-bit Windows on Linux with mingw-w64.
#
#   cmake -S . -B build-win64 -G Ninja -DCMAKE_TOOLCHAIN_FILE=win/cross/mingw64.cmake
#
# The libraries come from the folder that build-deps.sh fills.  Name another one with
# -DPADDOCK_WIN64_DEPS=DIR or the environment variable of the same name.
#
# Everything is linked statically (libgcc and the thread library too), so that each executable
# stands alone: an administrator copies one file.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)

if(NOT PADDOCK_WIN64_DEPS)
  if(DEFINED ENV{PADDOCK_WIN64_DEPS})
    set(PADDOCK_WIN64_DEPS "$ENV{PADDOCK_WIN64_DEPS}")
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(PADDOCK_WIN64_DEPS "$ENV{XDG_CACHE_HOME}/paddock/win64-deps")
  else()
    set(PADDOCK_WIN64_DEPS "$ENV{HOME}/.cache/paddock/win64-deps")
  endif()
endif()
set(PADDOCK_WIN64_DEPS "${PADDOCK_WIN64_DEPS}" CACHE PATH "libraries built by build-deps.sh")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PADDOCK_WIN64_DEPS)

set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

# Windows 7 is the oldest system we run on; anything newer is looked up at run time.
# WIN32 is what apr.h asks for, and a strict -std=c11 takes it away.
# The C99 printf family, because msvcrt's own knows neither %zu nor %lld.
set(CMAKE_C_FLAGS_INIT
    "-DWIN32 -D_WIN32_WINNT=0x0601 -D__USE_MINGW_ANSI_STDIO=1 -DAPR_DECLARE_STATIC")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-static-libgcc")

set(CMAKE_FIND_ROOT_PATH "${PADDOCK_WIN64_DEPS}" /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# pkg-config must not find the build machine's libraries.
set(ENV{PKG_CONFIG_LIBDIR} "${PADDOCK_WIN64_DEPS}/lib/pkgconfig")
set(ENV{PKG_CONFIG_PATH} "")
