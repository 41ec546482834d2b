#!/bin/sh
# test.sh [BUILD_DIR [NAME...]] -- run the Windows tests under wine.
#
# Runs every BUILD_DIR/bin/test_*.exe; smoke.py, which uses the server as its users do, service.py, which runs
# it as services, installer.py; tests/terminal/editing.py, which types at zkcli; and those of tests/conformance
# against the Windows server with native clients (or only what is named: test_NAME.exe, "smoke", ...), each with a limit of
# TEST_SECONDS (default 600), in a wine prefix of its own inside BUILD_DIR: no display is needed and nothing
# outside is touched.  Prints the end of each failing run, and as the last line "N passed, N failed" in runs.
# Exits with 1 when any failed or none was found.  The scripts need python3-kazoo, and installer.py nsis, and
# are left out, with a word, where that is missing.  PADDOCK_NATIVE_BIN may name a folder with this system's programs,
# which then open what the Windows ones wrote.
set -u

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=${1:-$source/build-win64}
[ $# -gt 0 ] && shift
build=$(cd "$build" && pwd) || exit 1

WINEPREFIX=$build/wine
WINEDEBUG=-all
WINEDLLOVERRIDES='mscoree,mshtml=' # no offers to download runtimes
WINEARCH=win64
export WINEPREFIX WINEDEBUG WINEDLLOVERRIDES WINEARCH
unset DISPLAY

# wine maps names beyond ASCII by the locale.
export LC_ALL=C.UTF-8
wine=$(command -v wine64 || command -v wine) || {
    echo "test.sh: wine is missing" >&2
    exit 1
}
wineserver=$(command -v wineserver || echo /usr/lib/wine/wineserver)

# End the wine of this prefix, no other, and wait until its registry is written.
end_wine()
{
    "$wineserver" -k >/dev/null 2>&1
    timeout 60 "$wineserver" -w >/dev/null 2>&1
}

mkdir -p "$WINEPREFIX" "$build/wine-logs"
if [ ! -f "$WINEPREFIX/system.reg" ]; then
    timeout 300 "$wine" wineboot --init >"$build/wine-logs/wineboot.log" 2>&1
    # Making a prefix starts two service managers, which know nothing of each other's services.
    end_wine
fi

python=/usr/bin/python3 # the one that sees the distribution's modules
if [ $# -eq 0 ]; then
    set -- $(cd "$build/bin" && ls test_*.exe 2>/dev/null | sed 's/^test_//; s/\.exe$//')
    if [ ! -f "$build/bin/zkserver.exe" ]; then
        echo "no zkserver.exe: smoke, service and installer tests left out"
    elif ! $python -c 'import kazoo' 2>/dev/null; then
        echo "no python3-kazoo: smoke, service and installer tests left out"
    elif ! command -v makensis >/dev/null; then
        echo "no makensis (Debian package nsis): installer test left out"
        set -- "$@" smoke terminal service run crash robustness words golden handover differential
    else
        set -- "$@" smoke terminal service installer run crash robustness words golden handover differential
    fi
fi

run_one()
{
    case $1 in
    terminal)
        timeout "${TEST_SECONDS:-600}" $python "$source/tests/terminal/editing.py" --bin "$build/bin"
        ;;
    installer)
        "$source/installer/win/build.sh" "$build" &&
            timeout "${TEST_SECONDS:-600}" $python "$here/installer.py" "$build"
        ;;
    run | robustness | words | golden)
        timeout "${TEST_SECONDS:-600}" $python "$source/tests/conformance/$1.py" \
            --server "$build/bin/zkserver.exe"
        ;;
    handover)
        timeout "${TEST_SECONDS:-600}" $python "$source/tests/conformance/handover.py" \
            --server "$build/bin/zkserver.exe" --ops 500
        ;;
    differential)
        timeout "${TEST_SECONDS:-600}" $python "$source/tests/conformance/differential.py" \
            --server "$build/bin/zkserver.exe" --seeds 3 --ops 500
        ;;
    crash)
        timeout "${TEST_SECONDS:-600}" $python "$source/tests/conformance/crash.py" \
            --server "$build/bin/zkserver.exe" --cycles 10
        ;;
    smoke | service)
        timeout "${TEST_SECONDS:-600}" $python "$here/$1.py" "$build" \
            ${PADDOCK_NATIVE_BIN:+"$PADDOCK_NATIVE_BIN"}
        ;;
    *)
        timeout "${TEST_SECONDS:-600}" "$wine" "$build/bin/test_$1.exe"
        ;;
    esac
}
passed=0
failed=0
for name in "$@"; do
    log=$build/wine-logs/$name.log
    run_one "$name" >"$log" 2>&1 </dev/null
    code=$?
    if [ $code -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok      $name: $(tr -d '\r' <"$log" |
            sed -n 's/^ *tests *\([0-9]*\) .*/\1 tests/p; s/^\([0-9]*\) passed, 0 failed.*/\1 checks/p')"
    elif [ $code -eq 77 ]; then # something it needs is not installed
        echo "skipped $name: $(tail -n 1 "$log")"
    else
        failed=$((failed + 1))
        echo "FAILED  $name (exit code $code), end of $log:"
        tr -d '\r' <"$log" | grep -v 'passed$' | tail -n 40
    fi
done
end_wine

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
