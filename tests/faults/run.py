#!/usr/bin/python3
"""run.py -- what the server does when its disk fails, one fault at a time.

    tests/faults/run.py --server build/bin/zkserver

Each case starts an unmodified server under the shim of this folder, lets it acknowledge writes, breaks the
disk, goes on writing, and then demands:

 1. no write is acknowledged after the fault struck it; the server ends by itself with the code that upstream
    uses (1 for the log, 10 for a snapshot), and its last lines name the file and the reason;
 2. started again on a whole disk, the server has every acknowledged write, and of the others each is there
    whole or not at all.

The closing line counts the cases.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))
import servers  # noqa: E402
import wire  # noqa: E402

CREATE, GET_DATA = 1, 4
#       name                              kind     part         after  exit code
CASES = [
    ("failed write of the log",           "write", "/log.",     1, 1),
    ("failed write of the log, later",    "write", "/log.",     5, 1),
    ("short write of the log",            "short", "/log.",     2, 1),
    ("full disk under the log",           "full",  "/log.",     2, 1),
    ("failed sync of the log",            "sync",  "/log.",     1, 1),
    ("failed sync of the log, later",     "sync",  "/log.",     7, 1),
    ("new log file cannot be created",    "open",  "/log.",     1, 1),
    ("failed write of a snapshot",        "write", "snapshot.", 1, 10),
    ("full disk under a snapshot",        "full",  "snapshot.", 1, 10),
    ("failed sync of a snapshot",         "sync",  "snapshot.", 1, 10),
    ("snapshot cannot get its name",      "rename", "snapshot.", 1, 10),
]
WRITES_BEFORE, WRITES_AFTER = 40, 400


def build_shim(folder):
    library = os.path.join(folder, "shim.so")
    subprocess.run(["cc", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
                    "-o", library, str(HERE / "shim.c"), "-ldl"], check=True)
    return library


class Faulty(servers.Server):
    """A server of ours started under the shim."""

    def __init__(self, kind, shim, fault_file, **kwargs):
        super().__init__(kind, **kwargs)
        self.shim, self.fault_file, self.armed = shim, fault_file, True

    def _command(self, config):
        command, env = super()._command(config)
        if self.armed:
            env["LD_PRELOAD"], env["ZK_FAULT_FILE"] = self.shim, self.fault_file
        return command, env


def write_until_end(conn, first, count):
    """Create /w<n> one after the other; the numbers acknowledged."""
    acknowledged = []
    for number in range(first, first + count):
        try:
            reply = conn.call(number, CREATE, wire.create("/w%06d" % number, b"v%06d" % number * 20))
        except OSError:
            break
        if reply is None:
            break
        if reply.err == 0:
            acknowledged.append(number)
    return acknowledged


def wait_end(server, seconds=30):
    end = time.monotonic() + seconds
    while server.alive() and time.monotonic() < end:
        time.sleep(0.02)
    return None if server.alive() else server.proc.returncode


def check_contents(server, acknowledged, last):
    conn = wire.Conn(server.port)
    if conn.handshake(timeout=10000) is None:
        return "no session after the restart"
    there = set(acknowledged)
    for number in range(1, last + 1):
        reply = conn.call(number, GET_DATA, wire.path_watch("/w%06d" % number))
        if reply is None:
            return "connection lost while reading back"
        if reply.err != 0:
            if number in there:
                return "acknowledged write %d is lost (err %d)" % (number, reply.err)
        elif b"v%06d" % number * 20 not in repr_bytes(reply):
            return "write %d is there with other data" % number
    conn.close()
    return None


def repr_bytes(reply):
    """All bytes of a decoded getData reply, wherever the decoder put them."""
    found = b""
    stack = [reply.body]
    while stack:
        item = stack.pop()
        if isinstance(item, bytes):
            found += item
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, (tuple, list)):
            stack.extend(item)
    return found


def run_case(server_path, shim, case):
    name, kind, part, after, code = case
    with tempfile.TemporaryDirectory(prefix="zkfault-") as home:
        fault = os.path.join(home, "fault")
        # A roll or a snapshot must come up within the run: snapCount is small.
        server = Faulty(server_path, shim, fault, home=home,
                        cfg={"snapCount": "60", "autopurge.purgeInterval": "0"})
        try:
            server.start()
            conn = wire.Conn(server.port)
            if conn.handshake(timeout=10000) is None:
                return "no session"
            acknowledged = write_until_end(conn, 1, WRITES_BEFORE)
            if len(acknowledged) != WRITES_BEFORE:
                return "only %d of %d writes before the fault" % (len(acknowledged), WRITES_BEFORE)
            Path(fault).write_text("%s %s %d\n" % (kind, part, after))
            acknowledged += write_until_end(conn, WRITES_BEFORE + 1, WRITES_AFTER)
            ended = wait_end(server)
            if ended is None:
                return "the server goes on after the fault"
            tail = server.log_tail()
            if ended != code:
                return "exit code %s, expected %d; log ends:\n%s" % (ended, code, tail)
            if part.strip("/") not in tail:
                return "the log's end does not name the file:\n%s" % tail
            server.kill()
            server.armed = False
            server.start()
            return check_contents(server, acknowledged, WRITES_BEFORE + WRITES_AFTER)
        finally:
            server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--only", help="cases whose name contains this")
    options = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="zkshim-") as folder:
        shim = build_shim(folder)
        for case in CASES:
            if options.only and options.only not in case[0]:
                continue
            problem = run_case(os.path.abspath(options.server), shim, case)
            print("%-34s %s" % (case[0], "ok" if problem is None else "FAILED: " + problem), flush=True)
            passed, failed = passed + (problem is None), failed + (problem is not None)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
