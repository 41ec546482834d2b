#!/usr/bin/python3
"""bench.py -- Paddock beside the Java server on the same machine in the same run, as ratios.

    tests/bench/bench.py --server build/bin/zkserver [--seconds 5] [--rounds 3] [--quick]

Never part of the test run: figures depend on the machine, ratios much less.  Builds the load generator
(zkload.c here), starts each server itself on a free port with a data directory on the same disk, and prints the
machine, the build, then one line per figure: ours, Java's, the ratio, and for reads the share of the ceiling that
sockets allow (zkload --limit).  Rounds alternate between the servers, so that a slow minute hits both; the median
counts.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))
import servers  # noqa: E402

LOADS = [
    ("reads", ["--mix", "get=1"]),
    ("writes", ["--mix", "set=1"]),
    ("creates", ["--mix", "churn=1"]),
    ("mix 90/10", ["--mix", "get=9,set=1"]),
    ("reads, one by one", ["--mix", "get=1", "--conns", "1", "--window", "1"]),
    ("writes, one by one", ["--mix", "set=1", "--conns", "1", "--window", "1"]),
]


def build_zkload(folder):
    program = os.path.join(folder, "zkload")
    subprocess.run(["cc", "-O2", "-pthread", "-o", program, str(HERE / "zkload.c")], check=True)
    return program


def zkload(program, port, options, seconds):
    command = [program, "--servers", "127.0.0.1:%d" % port, "--seconds", str(seconds), "--warmup", "2",
               "--json"] + options
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120)
    if not done.stdout.strip():
        raise RuntimeError("zkload failed: " + done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def resident_kb(pid):
    for line in Path("/proc/%d/status" % pid).read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


class Limit:
    """zkload --limit, as a server with the few methods used here."""

    def __init__(self, program):
        self.port = servers.free_port()
        self.proc = subprocess.Popen([program, "--limit", str(self.port)])
        time.sleep(0.3)

    def close(self):
        self.proc.kill()
        self.proc.wait()


def new_server(kind):
    # The data directory lies on the disk of the checkout, not in memory: a write that costs no sync is no write.
    home = tempfile.mkdtemp(prefix="zkbench-", dir=os.environ.get("ZK_BENCH_DIR"))
    cfg = {"preAllocSize": None, "maxClientCnxns": "0", "autopurge.purgeInterval": "0",
           "globalOutstandingLimit": "1000"}
    server = servers.Server(kind, home=home, cfg=cfg)
    server.own_home = True
    return server


def throughput(kinds, program, seconds, rounds):
    rows = {}
    limits = {}
    for name, options in LOADS:
        samples = {kind: [] for kind in kinds}
        for _ in range(rounds):
            for kind in kinds:
                server = new_server(kind).start()
                try:
                    samples[kind].append(zkload(program, server.port, options, seconds))
                finally:
                    server.close()
        rows[name] = samples
        if "set" not in " ".join(options) and "churn" not in " ".join(options):
            limit = Limit(program)
            try:
                limits[name] = zkload(program, limit.port, options, seconds)
            finally:
                limit.close()
    return rows, limits


def show_throughput(kinds, rows, limits):
    ours, java = kinds
    print("\n%-20s %12s %12s %7s %9s   %s" % ("load", "ours/s", "java/s", "ratio", "of limit",
                                              "p50/p99/p99.9 us ours | java"))
    for name, samples in rows.items():
        mid = {k: statistics.median(s["ops_per_s"] for s in samples[k]) for k in kinds}
        last = {k: sorted(samples[k], key=lambda s: s["ops_per_s"])[len(samples[k]) // 2] for k in kinds}
        share = "%8.0f%%" % (100 * mid[ours] / limits[name]["ops_per_s"]) if name in limits else "        -"
        quant = " | ".join("%d/%d/%d" % (last[k]["p50_us"], last[k]["p99_us"], last[k]["p999_us"])
                           for k in kinds)
        errors = sum(s["errors"] for k in kinds for s in samples[k])
        print("%-20s %12.0f %12.0f %6.1fx %s   %s%s" % (
            name, mid[ours], mid[java], mid[ours] / max(mid[java], 1), share, quant,
            "" if errors == 0 else "  ERRORS %d" % errors))
    for name, limit in limits.items():
        print("limit, %-13s %12.0f   p50 %d us" % (name, limit["ops_per_s"], limit["p50_us"]))


def memory_and_start(kind, program, znodes, sessions):
    """Resident kB empty, bytes per znode beyond name and data, bytes per idle session, start times in ms."""
    server = new_server(kind).start()
    result = {}
    try:
        result["empty_kb"] = resident_kb(server.proc.pid)
        filled = subprocess.run([program, "--servers", "127.0.0.1:%d" % server.port, "--fill", str(znodes),
                                 "--window", "512"], capture_output=True, text=True, timeout=1200)
        result["fill"] = filled.stdout.strip()
        full = resident_kb(server.proc.pid)
        # 8 bytes of name and 128 of data per leaf.
        result["per_znode"] = (full - result["empty_kb"]) * 1024 / znodes - 136
        holder = subprocess.Popen([program, "--idle", str(sessions), "--servers",
                                   "127.0.0.1:%d" % server.port, "--seconds", "4"])
        time.sleep(3)
        result["per_session"] = (resident_kb(server.proc.pid) - full) * 1024 / sessions
        holder.wait(60)
        server.stop()
        began = time.monotonic()
        server.start(seconds=300)
        result["start_full_ms"] = (time.monotonic() - began) * 1000
        result["full_restarted_kb"] = resident_kb(server.proc.pid)
    finally:
        server.close()
    server = new_server(kind)
    try:
        began = time.monotonic()
        server.start()
        result["start_empty_ms"] = (time.monotonic() - began) * 1000
    finally:
        server.close()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--znodes", type=int, default=1000000)
    parser.add_argument("--sessions", type=int, default=5000)
    parser.add_argument("--quick", action="store_true", help="2 s, 1 round, 100,000 znodes")
    parser.add_argument("--skip-memory", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds, options.znodes = 2, 1, 100000
    kinds = [os.path.abspath(options.server), "java"]
    print("machine: %s, %d cores, %s" % (platform.platform(), os.cpu_count(), time.strftime("%Y-%m-%d")))
    print("build: %s (%d bytes)" % (Path(options.server).name, os.path.getsize(options.server)))
    with tempfile.TemporaryDirectory(prefix="zkbench-") as folder:
        program = build_zkload(folder)
        rows, limits = throughput(kinds, program, options.seconds, options.rounds)
        show_throughput(kinds, rows, limits)
        if options.skip_memory:
            return 0
        print("\nmemory and start, %d znodes of 128 bytes, %d idle sessions" % (options.znodes, options.sessions))
        results = {kind: memory_and_start(kind, program, options.znodes, options.sessions) for kind in kinds}
        for key, unit in (("empty_kb", "kB resident, empty"), ("per_znode", "bytes per znode + name + data"),
                          ("per_session", "bytes per idle session"), ("start_empty_ms", "ms to serve, empty"),
                          ("start_full_ms", "ms to serve, full")):
            ours, java = results[kinds[0]][key], results[kinds[1]][key]
            print("%-32s %12.0f %12.0f" % (unit, ours, java))
        for kind in kinds:
            print(Path(kind).name, results[kind]["fill"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
