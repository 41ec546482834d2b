#!/bin/sh
# build.sh [BUILD_DIR [OUT_DIR]] -- the installer for Windows and the archive to unpack, from a Windows build.
#
# BUILD_DIR is what win/cross/build.sh made (build-win64 beside the sources unless given).  OUT_DIR, BUILD_DIR
# unless given, gets paddock-VERSION-win64-setup.exe and paddock-VERSION-win64.zip.
#
# Needs: nsis cmake python3, and the strip of mingw-w64.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=$(cd "${1:-$source/build-win64}" && pwd)
out=${2:-$build}
version=$(sed -n 's/^project(paddock VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
name=paddock-$version-win64
stage=$build/stage/$name

if ! command -v makensis >/dev/null 2>&1; then
    echo "build.sh: makensis is missing; on Debian: apt-get install nsis" >&2
    exit 1
fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -rf "$build/stage"
cmake --install "$build" --component programs --strip --prefix "$stage" >/dev/null
mv "$stage/conf" "$stage/conf.unix"
mkdir "$stage/conf"
for file in "$stage"/conf.unix/*.cfg; do
    sed 's/\r*$/\r/' "$file" >"$stage/conf/$(basename "$file")"
done
rm -r "$stage/conf.unix"
sed 's/\r*$/\r/' "$source/LICENSE" >"$stage/LICENSE.txt"
sed 's/\r*$/\r/' "$here/README.txt" >"$stage/README.txt"

(cd "$build/stage" && python3 -m zipfile -c "$out/$name.zip" "$name")
makensis -V2 -DVERSION="$version" -DSTAGE="$stage" -DOUTPUT="$out/$name-setup.exe" "$here/paddock.nsi"
echo "$out/$name-setup.exe"
echo "$out/$name.zip"
