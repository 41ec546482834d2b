#!/bin/sh
# Install what Paddock needs on Debian 12 or Ubuntu 22.04 and newer.
#
#   unix/setup-debian.sh build    compiler and libraries to build and run the server
#   unix/setup-debian.sh test     all that the tests need too: sanitizers, real clients, the Java
#                                 server to compare with, the cross compiler and wine
#
# Installs only what is missing, so it needs neither root nor a network when nothing is.  The one list
# of packages; README, unix/quickstart.sh, unix/test.sh and CI all come through here.
set -eu

build="gcc make cmake pkg-config libc6-dev libapr1-dev zlib1g-dev libssl-dev libedit-dev"
test="$build libcunit1-dev clang libclang-rt-dev python3 python3-kazoo netcat-openbsd
    zookeeper zookeeper-bin python3-zookeeper libzookeeper-java libzookeeper-mt-dev default-jdk-headless
    golang-go golang-github-samuel-go-zookeeper-dev
    mingw-w64 libz-mingw-w64-dev wine wine64 nsis ninja-build dpkg-dev xz-utils ca-certificates git procps
    lintian debootstrap iproute2 nftables faketime man-db"

case "${1:-}" in
build) wanted=$build ;;
test) wanted=$test ;;
*)
    echo "usage: $0 build|test" >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null 2>&1; then
    echo "$0: this is not Debian or Ubuntu (no apt-get); install the equivalents of:" $wanted >&2
    exit 1
fi

installed() {
    dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -q '^installed$'
}

missing=
for package in $wanted; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "$0: run as root, or install by hand:$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# A service that a package brings must not start here and take the ports that tests or users want.
$as_root apt-get update -q
$as_root apt-get install -q -y --no-install-recommends $missing
