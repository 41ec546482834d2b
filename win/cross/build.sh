#!/bin/sh
# build.sh [BUILD_DIR [TARGET...]] -- build everything for 64-bit Windows on Linux.
#
# BUILD_DIR is build-win64 beside the sources unless given; the executables land in BUILD_DIR/bin.
# Without TARGET, all of them.  STRICT=ON makes warnings errors.  JOBS (default 2) limits the compilers that run at once.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=${1:-$source/build-win64}
[ $# -gt 0 ] && shift

"$here/build-deps.sh"
cmake -S "$source" -B "$build" -G Ninja \
    -DCMAKE_TOOLCHAIN_FILE="$here/mingw64.cmake" \
    -DZK_STRICT="${STRICT:-OFF}" \
    -DCMAKE_BUILD_TYPE="${BUILD_TYPE:-RelWithDebInfo}"
if [ $# -eq 0 ]; then
    set -- all
fi
exec cmake --build "$build" -j "${JOBS:-2}" --target "$@"
