#!/bin/sh
# run.sh [SECONDS_EACH [TARGET...]] -- build the fuzz targets with clang and run each for that long (10 s unless
# told); all of them, or those named (records, txnlog, ...).
#
# Targets start from corpus/<target>/; what they find goes to the build directory, so the seeds stay small.
# A failing input is kept there as well and its path is printed.  ZK_FUZZ_BUILD names another build
# directory.  The last line is "N passed, N failed"; the exit code tells whether any failed.
set -u
seconds=${1:-10}
[ $# -gt 0 ] && shift
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${ZK_FUZZ_BUILD:-$root/build-fuzz}
passed=0
failed=0

if ! command -v clang >/dev/null 2>&1; then
    echo "skipped: the fuzz targets need clang"
    echo "0 passed, 0 failed"
    exit 0
fi
cmake -S "$root" -B "$build" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DZK_FUZZ=ON -DZK_TESTS=OFF -DZK_SANITIZE=address,undefined >"$build.log" 2>&1 || {
    tail -20 "$build.log"
    echo "0 passed, 1 failed"
    exit 1
}
if [ $# -eq 0 ]; then
    for source in "$here"/fuzz_*.c; do
        name=$(basename "$source" .c)
        set -- "$@" "${name#fuzz_}"
    done
fi
for name in "$@"; do
    target=fuzz_$name
    if ! cmake --build "$build" --target "$target" >>"$build.log" 2>&1; then
        failed=$((failed + 1))
        echo "FAILED  $target does not build, see $build.log"
        continue
    fi
    found="$build/found/$target"
    mkdir -p "$found"
    seeds=$here/corpus/$name
    [ -d "$seeds" ] || seeds=
    if "$build/bin/$target" -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=1024 -timeout=10 \
        -print_final_stats=1 -artifact_prefix="$build/found/$target-" "$found" ${seeds:+"$seeds"} \
        >"$build/$target.log" 2>&1; then
        passed=$((passed + 1))
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log")
        echo "ok      $target ($runs inputs)"
    else
        failed=$((failed + 1))
        echo "FAILED  $target, see $build/$target.log"
        grep -E 'ERROR|assert|Test unit written' "$build/$target.log" | head -5
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
