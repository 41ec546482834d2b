#!/usr/bin/python3
"""ensemble.py -- three servers of ours beside three Java servers on one machine, in one run.

    tests/bench/ensemble.py --server build/bin/zkserver [--seconds 5] [--rounds 3] [--kills 50]
                            [--znodes 0 1000000] [--only writes|failover]

Never part of the test run. Two figures: writes per second through all three servers, and the time from
kill -9 of the leader to the next acknowledged write, with an empty tree and with many znodes. Rounds
alternate between ours and Java's; medians and worst cases are printed.
"""
import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "ensemble"))
sys.path.insert(0, str(HERE.parent / "conformance"))
sys.path.insert(0, str(HERE))
import bench  # noqa: E402
import members  # noqa: E402
import servers  # noqa: E402
import wire as w  # noqa: E402

LOADS = [
    ("writes", ["--mix", "set=1"]),
    ("mix 90/10", ["--mix", "get=9,set=1"]),
    ("reads", ["--mix", "get=1"]),
    ("writes, one by one", ["--mix", "set=1", "--conns", "1", "--window", "1"]),
]
CFG = {"preAllocSize": None, "tickTime": "2000", "initLimit": "30", "syncLimit": "5",
       "globalOutstandingLimit": "1000", "minSessionTimeout": None}


def new_ensemble(kind):
    ensemble = members.Ensemble({1: kind, 2: kind, 3: kind}, cfg=CFG)
    ensemble.start()
    return ensemble


def measure_load(program, kinds, rounds, seconds):
    results = {}
    for _ in range(rounds):
        for name, kind in kinds:
            ensemble = new_ensemble(kind)
            try:
                for load, options in LOADS:
                    got = zkload(program, ensemble, options, seconds)
                    results.setdefault((load, name), []).append(got)
            finally:
                ensemble.close()
    print("%-22s %12s %12s %8s" % ("three servers", "ours/s", "Java/s", "ratio"))
    for load, _ in LOADS:
        mine = statistics.median(results[(load, "ours")])
        java = statistics.median(results.get((load, "java"), [0]))
        print("%-22s %12.0f %12.0f %8s" % (load, mine, java, "%.1fx" % (mine / java) if java else "-"))
    sys.stdout.flush()


def zkload(program, ensemble, options, seconds):
    hosts = ensemble.hosts()
    command = [program, "--servers", hosts, "--seconds", str(seconds), "--warmup", "2", "--json"] + options
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120)
    if not done.stdout.strip():
        raise RuntimeError("zkload failed: " + done.stderr)
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["ops_per_s"]


# ---- failover --------------------------------------------------------------------------------

def fill(ensemble, count):
    """COUNT znodes of 128 bytes, a thousand to a parent, pipelined."""
    conn = w.Conn(ensemble.leader().port, timeout=300)
    conn.handshake(timeout=40000)
    data = b"v" * 128
    sent = answered = 0
    xid = 0
    total = count + (count + 999) // 1000
    while answered < total:
        while sent < total and sent - answered < 500:
            parent, child = divmod(sent, 1001)
            path = "/p%06d" % parent if child == 0 else "/p%06d/c%03d" % (parent, child)
            xid += 1
            conn.send(w.request(xid, w.CREATE, w.create(path, data)))
            sent += 1
        if conn.frame() is None:
            raise RuntimeError("the connection of the filling session was closed")
        answered += 1
    conn.call(xid + 1, w.CLOSE_SESSION)
    conn.close()


def first_write(ports, deadline):
    """Tries one server after the other until a write is acknowledged; returns when."""
    while time.monotonic() < deadline:
        for port in ports:
            try:
                conn = w.Conn(port, timeout=3.0)
                answer = conn.handshake(timeout=20000)
                if isinstance(answer, w.Connected) and answer.session:
                    reply = conn.call(1, w.SET_DATA, w.set_data("/probe", b"x"))
                    if isinstance(reply, w.Reply) and reply.err == 0:
                        now = time.monotonic()
                        conn.call(2, w.CLOSE_SESSION)
                        conn.close()
                        return now
                conn.close()
            except (OSError, socket.timeout):
                pass
        time.sleep(0.002)
    raise RuntimeError("no write was acknowledged in time")


def measure_failover(kinds, kills, znodes):
    for name, kind in kinds:
        ensemble = new_ensemble(kind)
        try:
            conn = w.Conn(ensemble.leader().port, timeout=30)
            conn.handshake(timeout=20000)
            conn.call(1, w.CREATE, w.create("/probe"))
            conn.close()
            if znodes:
                fill(ensemble, znodes)
            times = []
            for _ in range(kills):
                time.sleep(0.5)
                leader = ensemble.leader()
                ports = [m.port for m in ensemble.up() if m is not leader]
                began = time.monotonic()
                leader.kill()
                times.append((first_write(ports, began + 120) - began) * 1000)
                leader.launch()
                ensemble.settle(seconds=180)
            times.sort()
            print("failover, %8d znodes, %-5s median %6.0f ms, worst of %d %6.0f ms" % (
                znodes, name, statistics.median(times), kills, times[-1]), flush=True)
        finally:
            ensemble.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default=servers.default_server())
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--znodes", type=int, nargs="*", default=[0, 1000000])
    parser.add_argument("--only", choices=("writes", "failover"))
    parser.add_argument("--no-java", action="store_true")
    args = parser.parse_args()
    kinds = [("ours", args.server)] + ([] if args.no_java else [("java", "java")])
    for _, kind in kinds:
        servers.check_available(kind)
    with tempfile.TemporaryDirectory() as folder:
        if args.only != "failover":
            measure_load(bench.build_zkload(folder), kinds, args.rounds, args.seconds)
    for znodes in args.znodes if args.only != "writes" else []:
        measure_failover(kinds, args.kills, znodes)
    return 0


if __name__ == "__main__":
    servers.skip_main(main)
