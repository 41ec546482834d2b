#!/bin/sh
# Build the Debian packages: installer/deb/build.sh [BUILD_DIRECTORY]
#
# With Debian's own compiler flags, without the tests.  Prints the paths of the packages.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$here/build-deb}

for program in cmake cpack dpkg-buildflags dpkg-shlibdeps gzip; do
    command -v "$program" >/dev/null || {
        echo "$0: no $program; unix/setup-debian.sh test installs what is missing" >&2
        exit 1
    }
done
# No paths of this machine in what is built, and no debug information: it would be stripped.
flags="$(dpkg-buildflags --get CFLAGS | sed 's/-g //; s/-ffile-prefix-map=[^ ]*//') $(dpkg-buildflags --get CPPFLAGS)"
mkdir -p "$out"
cmake -S "$here" -B "$out" -DCMAKE_BUILD_TYPE=None -DZK_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr \
    -DCMAKE_INSTALL_LIBDIR="lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)" \
    -DCMAKE_C_FLAGS="$flags -ffile-prefix-map=$here=." \
    -DCMAKE_EXE_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now -pie" \
    -DCMAKE_SHARED_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now" \
    >"$out/configure.log" 2>&1 || { tail -n 20 "$out/configure.log" >&2; exit 1; }
cmake --build "$out" -j "$(nproc)" >"$out/build.log" 2>&1 || {
    grep -E 'error|warning' "$out/build.log" | head -n 20 >&2
    exit 1
}
rm -f "$out"/*.deb
(cd "$out" && umask 022 && cpack -G DEB) >"$out/package.log" 2>&1 || {
    tail -n 20 "$out/package.log" >&2
    exit 1
}
ls "$out"/*.deb
