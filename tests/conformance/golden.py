#!/usr/bin/python3
"""golden.py -- every directory in tests/golden, opened by our server and read over the wire.

    tests/conformance/golden.py --server build/bin/zkserver [--only NAME]

An archive that Java opens must show what its expected.json says: every znode with data, ACL and stat, the zxid
after loading, the tree's digest, and every session, which is proved by attaching to it with its password.  The
archive with a flipped bit must be refused with a message that names file, offset and zxid and a zktool command;
cut by that command, it must open with the contents named `ifCutAtDamage`.

Tolerated, and nothing else: /zookeeper/config of an ensemble's directory is rewritten at each start; a 3.4
directory lacks it.
"""
import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import servers  # noqa: E402
import wire  # noqa: E402

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
AUTH, GET_DATA, GET_ACL, GET_CHILDREN2 = 100, 4, 6, 12
CONFIG = "/zookeeper/config"
STAT_FIELDS = ("czxid", "mzxid", "ctime", "mtime", "version", "cversion", "aversion", "ephemeralOwner",
               "dataLength", "numChildren", "pzxid")


class Wrong(Exception):
    """What the server shows differs from what it must."""


def unpack(archive, home):
    with tarfile.open(archive) as tar:
        tar.extractall(home)


def make_server(path, home):
    cfg = {"znode.container.checkIntervalMs": "3600000", "autopurge.purgeInterval": "0"}
    if os.path.isdir(os.path.join(home, "datalog")):
        cfg["dataLogDir"] = home + "/datalog"
    return servers.Server(path, home=home, cfg=cfg)


def super_session(server):
    conn = wire.Conn(server.port)
    if conn.handshake(timeout=10000) is None:
        raise Wrong("no session")
    if conn.call(-4, AUTH, wire.auth("digest", servers.SUPER_AUTH)).err != 0:
        raise Wrong("the super user is refused")
    return conn


def read_tree(conn):
    """{path: {data, acl, stat}} in the form of expected.json."""
    found, waiting, xid = {}, ["/"], 1
    while waiting:
        path = waiting.pop()
        data, stat = conn.call(xid, GET_DATA, wire.path_watch(path)).body
        acl, _ = conn.call(xid + 1, GET_ACL, wire.ustr(path)).body
        children, _ = conn.call(xid + 2, GET_CHILDREN2, wire.path_watch(path)).body
        xid += 3
        found[path] = {"data": None if data is None else base64.b64encode(data).decode(),
                       "acl": acl, "stat": stat}
        waiting += [path.rstrip("/") + "/" + name for name in children]
    return found


def acl_of(entry):
    return [(e["perms"], e["scheme"], e["id"]) for e in entry]


def plain(value):
    """Tuples all the way down, whatever the decoder made."""
    if hasattr(value, "_asdict"):
        value = tuple(value)
    if isinstance(value, (list, tuple)):
        return tuple(plain(v) for v in value)
    return value.decode() if isinstance(value, bytes) else value


def flat_acl(acl):
    """[(perms, scheme, id)] from the decoder's nesting."""
    result = []
    for entry in plain(acl):
        items = []
        stack = list(entry)
        while stack:
            item = stack.pop(0)
            if isinstance(item, tuple):
                stack = list(item) + stack
            else:
                items.append(item)
        result.append(tuple(items))
    return result


def compare_nodes(expected, found, is_ensemble, is_34):
    tolerated = {CONFIG} if is_ensemble or is_34 else set()
    missing = set(expected) - set(found) - tolerated
    extra = set(found) - set(expected) - tolerated
    if missing or extra:
        raise Wrong("missing %s, too many %s" % (sorted(missing), sorted(extra)))
    for path in sorted(set(expected) & set(found)):
        if path in tolerated:
            continue
        want, have = expected[path], found[path]
        if want["data"] != have["data"]:
            raise Wrong("%s: data %r, expected %r" % (path, have["data"], want["data"]))
        if acl_of(want["acl"]) != flat_acl(have["acl"]):
            raise Wrong("%s: acl %r, expected %r" % (path, flat_acl(have["acl"]), acl_of(want["acl"])))
        stat = dict(zip(STAT_FIELDS, plain(have["stat"])))
        skip = {"numChildren", "cversion"} if is_34 and path == "/zookeeper" else set()
        for field in STAT_FIELDS:
            if field not in skip and stat[field] != want["stat"][field]:
                raise Wrong("%s: %s is %s, expected %s" % (path, field, stat[field], want["stat"][field]))


def check_sessions(server, sessions):
    for session in sessions:
        number = int(session["id"], 16)
        conn = wire.Conn(server.port)
        answer = conn.handshake(session=number, password=wire.expected_password(number),
                                timeout=session["timeout"])
        if answer is None or answer.session != number or answer.timeout != session["timeout"]:
            raise Wrong("session %s cannot be taken up again: %r" % (session["id"], answer))
        conn.close()


def check_contents(server, name, want):
    log = Path(server.log_path).read_text(errors="replace")
    zxid = re.search(r"Zxid: (0x[0-9a-f]+)", servers.four_letter(server.port, "srvr")).group(1)
    if zxid != want["lastZxidOnLoad"]:
        raise Wrong("zxid %s after loading, expected %s" % (zxid, want["lastZxidOnLoad"]))
    digest = int(re.findall(r"highest zxid is \S+, digest is (\d+)", log)[-1])
    is_ensemble = "quorum" in name
    if not is_ensemble and digest != want["treeDigest"]:
        raise Wrong("digest %d, expected %d" % (digest, want["treeDigest"]))
    if "digest mismatch" in log:
        raise Wrong("a digest mismatch in the log")
    # Sessions first: reading the tree opens one more.
    check_sessions(server, want["sessions"])
    conn = super_session(server)
    try:
        compare_nodes(want["nodes"], read_tree(conn), is_ensemble, "java-3.4" in name)
    finally:
        conn.close()


def check_refusal(server, expected):
    try:
        server.start(attempts=1)
    except servers.StartFailed:
        pass
    else:
        raise Wrong("the server starts on a damaged log")
    text = server.log_tail()
    damage = expected["damage"]
    for part in (damage["file"], damage["zxid"], "zktool"):
        if part not in text:
            raise Wrong("the refusal does not name %r:\n%s" % (part, text))
    offsets = {str(damage["offset"]), str(damage["recordOffset"])}
    if not any(re.search(r"\b%s\b" % o, text) for o in offsets):
        raise Wrong("the refusal names no offset:\n%s" % text)
    return text


def cut_at_damage(tool, server, expected):
    """What the message tells an operator to do: keep the log up to the last good record."""
    folder = Path(server.home) / "data/version-2"
    log = folder / expected["damage"]["file"]
    last_good = int(expected["damage"]["lastGoodZxid"], 16)
    done = subprocess.run(tool + ["txnlog", "-c", str(log), "-z", hex(last_good)], capture_output=True,
                          text=True, timeout=60)
    chopped = [p for p in folder.iterdir() if ".chopped" in p.name]
    if done.returncode != 0 or len(chopped) != 1:
        raise Wrong("zktool cannot cut the log: %s%s" % (done.stdout, done.stderr))
    chopped[0].replace(log)


def check_archive(path, archive):
    expected = json.loads(Path(str(archive)[:-len(".tar.gz")] + ".expected.json").read_text())
    name = "%s/%s" % (archive.parent.name, archive.name[:-len(".tar.gz")])
    with tempfile.TemporaryDirectory(prefix="zkgolden-") as home:
        unpack(archive, home)
        server = make_server(path, home)
        try:
            if expected["javaStarts"]:
                want = expected
                server.start(attempts=1)
            else:
                check_refusal(server, expected)
                server.kill()
                cut_at_damage(servers.tool_beside(path), server, expected)
                want = dict(expected["ifCutAtDamage"])
                server.start(attempts=1)
            check_contents(server, name, want)
        finally:
            server.close()
    return name


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    passed = failed = 0
    for archive in sorted(GOLDEN.glob("java-*/*.tar.gz")):
        name = "%s/%s" % (archive.parent.name, archive.name[:-len(".tar.gz")])
        if options.only not in name:
            continue
        try:
            check_archive(os.path.abspath(options.server), archive)
            print("%-30s ok" % name, flush=True)
            passed += 1
        except (Wrong, servers.StartFailed) as problem:
            print("%-30s FAILED: %s" % (name, problem), flush=True)
            failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
