#!/bin/sh
# build-deps.sh [DEST] -- the libraries a Windows build of Paddock needs, made on Debian 12.
#
# Fills DEST (default: $PADDOCK_WIN64_DEPS, else the user's cache folder) with static APR, zlib and
# CUnit for x86_64-w64-mingw32, in the usual include, lib and lib/pkgconfig.  Does nothing when DEST
# is already complete, so a build server may keep it between runs; it takes some two minutes.
#
# Sources come from the distribution by "apt-get source", with lists of its own below DEST's work
# folder: neither the system's source lists nor its package state are touched, and root is not needed.
#
# Needs: mingw-w64 libz-mingw-w64-dev dpkg-dev cmake ninja-build gcc
set -eu

host=x86_64-w64-mingw32
dest=${1:-${PADDOCK_WIN64_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/paddock/win64-deps}}
recipe=3 # raise it when a change here must rebuild what caches hold
here=$(cd "$(dirname "$0")" && pwd)

if [ "$(cat "$dest/complete" 2>/dev/null || true)" = "$recipe" ]; then
    echo "build-deps: $dest is complete"
    exit 0
fi

for tool in $host-gcc $host-ar gcc cmake ninja apt-get dpkg-source; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "build-deps: '$tool' is missing; see the list of packages in $0" >&2
        exit 1
    fi
done
if [ ! -f /usr/$host/lib/libz.a ]; then
    echo "build-deps: libz-mingw-w64-dev is missing" >&2
    exit 1
fi

mkdir -p "$dest/work" "$dest/include" "$dest/lib/pkgconfig"
dest=$(cd "$dest" && pwd)
work=$dest/work
rm -f "$dest/complete"

# --- sources ---------------------------------------------------------------------------------
# The source entries mirror the binary ones the system already uses.
fetch_sources()
{
    rm -rf "$work/apt" "$work/src"
    mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/src"
    for origin in Debian Ubuntu; do
        keyring=/usr/share/keyrings/$(echo $origin | tr '[:upper:]' '[:lower:]')-archive-keyring.gpg
        signed=
        if [ -f "$keyring" ]; then
            signed="[signed-by=$keyring] "
        fi
        apt-get indextargets --format "deb-src $signed\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" \
            'Created-By: Packages' "Origin: $origin"
    done | sort -u >"$work/apt/sources.list"
    if [ ! -s "$work/apt/sources.list" ]; then
        echo "build-deps: no package lists on this system; run 'apt-get update' first" >&2
        exit 1
    fi
    cat >"$work/apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$work/apt/lists";
Dir::Cache "$work/apt";
Acquire::Retries "3";
APT::Sandbox::User "$(id -un)";
CONF
    (
        APT_CONFIG=$work/apt/apt.conf
        export APT_CONFIG
        cd "$work/src"
        apt-get -q update
        apt-get -q source apr cunit
    )
}

# --- APR -------------------------------------------------------------------------------------
# Its own CMakeLists expects Microsoft's compiler on a Windows machine.  Four things need help:
# headers spelled with capitals, a windows.h kept so lean that later headers lack types, a generator
# that must run here, and a header that takes gcc for a system without 64-bit atomics.
build_apr()
{
    source=$1
    build=$work/apr
    rm -rf "$build"
    mkdir -p "$build" "$work/shim"

    for header in ShellAPI AclAPI Iphlpapi; do
        lower=$(echo "$header" | tr '[:upper:]' '[:lower:]')
        echo "#include <$lower.h>" >"$work/shim/$header.h"
    done
    cat >"$work/shim/apr_windows_first.h" <<'HEADER'
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#include <objbase.h>
#include <iphlpapi.h>
HEADER

    cmake -S "$source" -B "$build" -G Ninja \
        -DCMAKE_TOOLCHAIN_FILE="$here/mingw64.cmake" -DPADDOCK_WIN64_DEPS="$dest" \
        -DCMAKE_BUILD_TYPE=Release -DMIN_WINDOWS_VER=0x0601 -DAPR_BUILD_TESTAPR=OFF \
        -DCMAKE_C_FLAGS="-DWIN32 -I$work/shim -include apr_windows_first.h -w \
            -DHAVE_ATOMIC_BUILTINS=1 -DHAVE_ATOMIC_BUILTINS64=1" \
        -Wno-dev >/dev/null
    ninja -C "$build" gen_test_char
    gcc -O1 -DCROSS_COMPILE -o "$build/gen_test_char.exe" "$source/tools/gen_test_char.c"
    ninja -C "$build" apr-1

    mkdir -p "$dest/include/apr-1"
    cp "$source"/include/apr*.h "$build/apr.h" "$dest/include/apr-1/"
    cp "$build/libapr-1.a" "$dest/lib/"
    cat >"$dest/lib/pkgconfig/apr-1.pc" <<PC
prefix=\${pcfiledir}/../..
Name: APR
Description: Apache Portable Runtime, static, for $host
Version: $(sed -n 's/^#define APR_\(MAJOR\|MINOR\|PATCH\)_VERSION *\([0-9]*\).*/\2/p' \
        "$source/include/apr_version.h" | paste -sd.)
Cflags: -I\${prefix}/include/apr-1 -DWIN32 -DAPR_DECLARE_STATIC
Libs: -L\${prefix}/lib -lapr-1 -lws2_32 -lmswsock -liphlpapi -lrpcrt4 -ladvapi32 -lshell32 -lole32
PC
}

# --- zlib ------------------------------------------------------------------------------------
# Copied, so that only the static library can be found.
copy_zlib()
{
    cp /usr/$host/include/zlib.h /usr/$host/include/zconf.h "$dest/include/"
    cp /usr/$host/lib/libz.a "$dest/lib/"
    cat >"$dest/lib/pkgconfig/zlib.pc" <<PC
prefix=\${pcfiledir}/../..
Name: zlib
Description: zlib, static, for $host
Version: $(sed -n 's/^#define ZLIB_VERSION "\([0-9.]*\).*/\1/p' /usr/$host/include/zlib.h)
Cflags: -I\${prefix}/include
Libs: -L\${prefix}/lib -lz
PC
}

# --- CUnit -----------------------------------------------------------------------------------
# Six portable files; its configure script adds nothing that a cross build needs.
build_cunit()
{
    source=$1
    build=$work/cunit
    rm -rf "$build"
    mkdir -p "$build" "$dest/include/CUnit"
    cp "$source"/CUnit/Headers/*.h "$dest/include/CUnit/"
    sed 's/@VERSION@-@RELEASE@/2.1-3/' "$source/CUnit/Headers/CUnit.h.in" >"$dest/include/CUnit/CUnit.h"
    for file in Framework/CUError Framework/MyMem Framework/TestDB Framework/TestRun \
        Framework/Util Basic/Basic Automated/Automated; do
        $host-gcc -O2 -w -DVERSION='"2.1-3"' -I"$dest/include/CUnit" -I"$dest/include" \
            -c "$source/CUnit/Sources/$file.c" -o "$build/$(basename $file).o"
    done
    rm -f "$dest/lib/libcunit.a"
    $host-ar rcs "$dest/lib/libcunit.a" "$build"/*.o
    cat >"$dest/lib/pkgconfig/cunit.pc" <<PC
prefix=\${pcfiledir}/../..
Name: CUnit
Description: CUnit, static, for $host
Version: 2.1.3
Cflags: -I\${prefix}/include
Libs: -L\${prefix}/lib -lcunit
PC
}

fetch_sources
build_apr "$(ls -d "$work"/src/apr-*/ | head -n 1)"
copy_zlib
build_cunit "$(ls -d "$work"/src/cunit-*/ | head -n 1)"
rm -rf "$work"
echo "$recipe" >"$dest/complete"
echo "build-deps: $dest is complete"
