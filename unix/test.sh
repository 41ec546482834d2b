#!/bin/bash
# Run every test of Paddock: the one command that decides whether a change is good.
#
#   unix/test.sh            everything (about a quarter of an hour on two cores)
#   unix/test.sh STEP...    only these steps: tidy unit address thread clang golden faults conformance
#                           differential crash handover client cli sanitized sim ensemble partition fuzz
#                           windows scripts packages
#
# Installs what tests need first (unix/setup-debian.sh).  Each step builds in a folder of its own
# below build-test/, prints its own report, and is counted once in the closing line.
set -u

here=$(cd "$(dirname "$0")/.." && pwd)
out=$here/build-test
jobs=$(nproc)
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
# Some tests use names beyond ASCII, which wine and Python take from the locale.
export LC_ALL=C.UTF-8
python=/usr/bin/python3

build() { # NAME cmake-options...
    local name=$1
    shift
    cmake -S "$here" -B "$out/$name" -DZK_STRICT=ON "$@" >"$out/$name.configure.log" 2>&1 || {
        tail -n 20 "$out/$name.configure.log"
        return 1
    }
    cmake --build "$out/$name" -j "$jobs" >"$out/$name.build.log" 2>&1 || {
        grep -E 'error|warning|Error' "$out/$name.build.log" | head -n 20
        return 1
    }
}

unit_in() { # NAME
    ctest --test-dir "$out/$1" -R '^unit[.]' --output-on-failure --timeout 900
}

server() {
    build unit -DCMAKE_BUILD_TYPE=RelWithDebInfo
}

step_tidy() { "$python" "$here/tests/tidy/tidy.py" "$here"; }
step_unit() { build unit -DCMAKE_BUILD_TYPE=RelWithDebInfo && unit_in unit; }
step_clang() { build clang -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release; }
build_address() { build address -DCMAKE_BUILD_TYPE=Debug -DZK_SANITIZE=address,undefined; }
build_thread() { build thread -DCMAKE_BUILD_TYPE=Debug -DZK_SANITIZE=thread; }
step_address() { build_address && unit_in address; }
step_thread() { build_thread && unit_in thread; }
step_faults() {
    server && "$python" "$here/tests/faults/run.py" --server "$out/unit/bin/zkserver"
}
step_conformance() {
    server && "$python" "$here/tests/conformance/run.py" --server "$out/unit/bin/zkserver" &&
        "$python" "$here/tests/conformance/robustness.py" --server "$out/unit/bin/zkserver" &&
        "$python" "$here/tests/conformance/words.py" --server "$out/unit/bin/zkserver"
}
step_differential() {
    server && "$python" "$here/tests/conformance/differential.py" \
        --server "$out/unit/bin/zkserver" --seeds "${ZK_TEST_SEEDS:-10}" --ops 2000
}
step_golden() {
    server && "$python" "$here/tests/conformance/golden.py" --server "$out/unit/bin/zkserver"
}
step_crash() {
    server && "$python" "$here/tests/conformance/crash.py" \
        --server "$out/unit/bin/zkserver" --cycles "${ZK_TEST_CRASHES:-40}"
}
step_handover() {
    server && "$python" "$here/tests/conformance/handover.py" --server "$out/unit/bin/zkserver"
}
# The client library in the place of upstream's, and under torture with the sanitizers.
step_client() {
    local kind
    server && "$python" "$here/tests/conformance/clib/run.py" --libs "$out/unit/lib" \
        --server "$out/unit/bin/zkserver" || return 1
    for kind in address thread; do
        "build_$kind" && "$python" "$here/tests/torture/client.py" \
            --client "$out/$kind/bin/torture_client" --server "$out/unit/bin/zkserver" \
            --rounds "${ZK_TEST_KILLS:-20}" || return 1
    done
    "$python" "$here/tests/torture/client.py" --ensemble --client "$out/thread/bin/torture_client" \
        --server "$out/unit/bin/zkserver" --rounds "${ZK_TEST_KILLS:-20}"
}
# The command line as people type it, and beside Java's.
step_cli() {
    server && "$python" "$here/tests/tutorials/run.py" --server "$out/unit/bin/zkserver" \
        --cli "$out/unit/bin/zkcli" &&
        "$python" "$here/tests/conformance/cli.py" --server "$out/unit/bin/zkserver" \
            --cli "$out/unit/bin/zkcli" &&
        "$python" "$here/tests/conformance/cli_extras.py" --server "$out/unit/bin/zkserver" \
            --cli "$out/unit/bin/zkcli" &&
        "$python" "$here/tests/terminal/editing.py" --bin "$out/unit/bin"
}
step_scripts() {
    server && "$python" "$here/tests/scripts/run.py" --bin "$out/unit/bin" --windows "$out/win64/bin"
}
# The server itself under the sanitizers, with real clients and hostile bytes.
step_sanitized() {
    local kind
    for kind in address thread; do
        "build_$kind" &&
            "$python" "$here/tests/conformance/robustness.py" --server "$out/$kind/bin/zkserver" &&
            "$python" "$here/tests/conformance/differential.py" --server "$out/$kind/bin/zkserver" \
                --seeds 3 --ops 2000 &&
            "$python" "$here/tests/conformance/crash.py" --server "$out/$kind/bin/zkserver" \
                --cycles 10 || return 1
    done
}
# A thousand simulated lives of ensembles, old faults played on purpose, and the proof that checkers notice.
step_sim() {
    local bin=$out/unit/bin
    server && cmake --build "$out/unit" -j "$jobs" --target sim sim_mutants >"$out/sim.build.log" 2>&1 || {
        grep -E 'error|warning' "$out/sim.build.log" | head -n 20
        return 1
    }
    "$bin/sim" --twice 7 && "$bin/sim" --scenarios && "$bin/sim_mutants" --prove &&
        "$bin/sim" --seeds "${ZK_TEST_SIM_SEEDS:-1..1000}" --jobs "$jobs"
}
# A check that says that something it needs is not here (exit code 77) has not failed.
or_skipped() {
    "$@" || [ $? -eq 77 ]
}
# Ensembles of processes, Java servers among them; ZK_TEST_ENSEMBLE=all runs every scenario but the million.
step_ensemble() {
    local at=$here/tests/ensemble bin=$out/unit/bin
    local mixed=(--only ours-leads-two-java --only java-leads-two-ours --only takeover-and-back)
    local features=(--only watches-and-ephemerals --only session-move --only local-sessions --only read-only
        --only quorum-loss)
    local migration=(--only literal-order --only split)
    [ "${ZK_TEST_ENSEMBLE:-}" != all ] || mixed=() features=() migration=()
    server && "$python" "$at/test_history.py" 2>&1 &&
        or_skipped "$python" "$at/mixed.py" --server "$bin/zkserver" "${mixed[@]}" &&
        or_skipped "$python" "$at/features.py" --server "$bin/zkserver" "${features[@]}" &&
        "$python" "$at/migration.py" --server "$bin/zkserver" "${migration[@]}" &&
        "$python" "$here/tests/tutorials/run.py" --ensemble --server "$bin/zkserver" --cli "$bin/zkcli"
}
# Partitions, pauses, kills and clock steps; needs root for namespaces.
step_partition() {
    server && or_skipped "$python" "$here/tests/ensemble/partition.py" --server "$out/unit/bin/zkserver" \
        --rounds "${ZK_TEST_ROUNDS:-12}"
}
step_fuzz() { "$here/tests/fuzz/run.sh" "${ZK_TEST_FUZZ_SECONDS:-10}"; }
# The Debian packages and a server without libraries: looked at, installed, run under a systemd.
step_packages() {
    local log=$out/static.build.log
    "$here/installer/deb/build.sh" "$out/packages" || return 1
    cmake -S "$here" -B "$out/static" -DCMAKE_BUILD_TYPE=Release -DZK_STATIC=ON -DZK_STRICT=ON \
        -DZK_TESTS=OFF >"$log" 2>&1 &&
        cmake --build "$out/static" --target zkserver -j "$jobs" >>"$log" 2>&1 || {
        tail -n 20 "$log"
        return 1
    }
    "$python" "$here/tests/packages/run.py" --debs "$out/packages" --work "$out/packages" \
        --static "$out/static/bin/zkserver"
}
step_windows() {
    server && STRICT=ON "$here/win/cross/build.sh" "$out/win64" &&
        PADDOCK_NATIVE_BIN="$out/unit/bin" "$here/win/cross/test.sh" "$out/win64"
}

steps=("$@")
[ "${#steps[@]}" -gt 0 ] || steps=(tidy unit clang address thread golden faults conformance differential
    crash handover client cli sanitized sim ensemble partition fuzz windows scripts packages)

"$here/unix/setup-debian.sh" test || exit 1
mkdir -p "$out"
passed=0
failed=()
for step in "${steps[@]}"; do
    if ! declare -F "step_$step" >/dev/null; then
        echo "no step '$step'; see the head of $0" >&2
        exit 2
    fi
    began=$(date +%s)
    printf '\n==== %s\n' "$step"
    if "step_$step"; then
        passed=$((passed + 1))
        result=passed
    else
        failed+=("$step")
        result=FAILED
    fi
    printf '==== %s %s in %s s\n' "$step" "$result" "$(($(date +%s) - began))"
done

[ "${#failed[@]}" -eq 0 ] || printf '\nfailed steps: %s\n' "${failed[*]}"
printf '\n%d passed, %d failed\n' "$passed" "${#failed[@]}"
[ "${#failed[@]}" -eq 0 ]
