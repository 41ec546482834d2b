#!/usr/bin/env python3
"""Write the seed corpora, one file per seed: recorded frames and log records, spelled in hex here, and pieces
of the files in tests/golden, which upstream's server wrote.

    make_corpus.py        writes corpus/<target>/<name>

The hex is that of the unit tests (tests/unit/wire), which say where it comes from.  Some targets take a choice from
the first byte: records the number of the record in records.def, multi 0 for multi and 1 for multiRead, snapshot 0
for plain, 1 for gzip, 2 for snappy.
"""
import os
import re
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
WORLD = "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65"
STAT = ("0000000000000002 0000000000000002 000001a202d050fb 000001a202d050fb 00000000 00000001 "
        "00000000 0000000000000000 00000002 00000001 0000000000000003")
END = "ffffffff 01 ffffffff"


def kinds():
    """Names of the records in the order of the table."""
    with open(os.path.join(HERE, "../../src/wire/records.def"), encoding="utf-8") as table:
        return re.findall(r"^ZK_RECORD\((\w+)\)", table.read(), re.M)


RECORDS = {
    "connect_request": "00000000 0000000000000000 00007530 0000000000000000 00000010 "
                       "00000000000000000000000000000000 00",
    "connect_response": "00000000 00007530 0100001c82df0000 00000010 "
                        "d369bb3764d2f870693828fb4da33cb7 00",
    "create_request": "00000002 2f61 00000002 6869 " + WORLD + " 00000000",
    "create_ttl_request": "00000002 2f61 ffffffff " + WORLD + " 00000005 0000000000000064",
    "create2_response": "00000004 2f612f62 " + STAT,
    "get_data_request": "00000002 2f61 01",
    "get_data_response": "00000002 6869 " + STAT,
    "get_children2_response": "00000002 00000001 61 00000001 62 " + STAT,
    "get_acl_response": WORLD + STAT,
    "set_data_request": "00000002 2f61 00000001 78 ffffffff",
    "set_watches2": "0000000000000000 00000001 00000002 2f61 00000000 ffffffff 00000000 00000000",
    "whoami_response": "00000002 00000006 646967657374 00000003 626f62 00000002 6970 00000009 "
                       "3132372e302e302e31",
    "quorum_packet": "00000002 0000000100000001 00000003 010203 00000001 00000002 6970 00000001 78",
    "watcher_event": "00000003 00000003 00000002 2f61",
    "multi_txn": "00000002 00000002 00000006 00000002 2f61 ffffffff 00000004 fffffffe",
}
FRAMES = {
    "connect": "0000002d 00000000 0000000000000000 00007530 0000000000000000 00000010 "
               "00000000000000000000000000000000 00",
    "connect_old": "0000002c 00000000 0000000000000000 00007530 0000000000000000 00000010 "
                   "00000000000000000000000000000000",
    "two_pings": "00000008 fffffffe 0000000b 00000008 fffffffe 0000000b",
    "get_data_cut": "0000000f 00000003 00000004 00000002",
    "http": "47455420 2f20485454502f312e31",
    "ceiling": "00001000",
}
CREATE = "00000001 00 ffffffff 00000002 2f62 00000000 " + WORLD + " 00000000 "
MULTI = {
    "write": "00 " + CREATE + "0000000d 00 ffffffff 00000002 2f61 00000009 "
             "00000002 00 ffffffff 00000002 2f61 ffffffff "
             "00000005 00 ffffffff 00000002 2f61 00000001 78 ffffffff " + END,
    "ttl": "00 00000015 00 ffffffff 00000002 2f62 00000000 " + WORLD +
           " 00000005 0000000000000064 " + END,
    "read": "01 00000004 00 ffffffff 00000002 2f61 01 00000008 00 ffffffff 00000002 2f61 01 " + END,
    "write_as_read": "01 " + CREATE + END,
    "empty": "00 " + END,
}
HEADER = "0100003374630000 00000001 0000000000000002 000001a202e733bd "
DIGEST = " 00000002 00000000b6480ef6"
TXN = {
    "create": HEADER + "00000001 00000002 2f61 00000005 68656c6c6f " + WORLD + " 00 00000001" + DIGEST,
    "create_v0": HEADER + "00000001 00000002 2f61 00000005 68656c6c6f " + WORLD + " 00",
    "create_ttl": HEADER + "00000015 00000002 2f61 ffffffff " + WORLD +
                  " 00000001 0000000000000064" + DIGEST,
    "create_session": HEADER + "fffffff6 0036ee80" + DIGEST,
    "close_session": HEADER + "fffffff5 00000001 00000002 2f61" + DIGEST,
    "close_session_digest_only": HEADER + "fffffff5" + DIGEST,
    "delete": HEADER + "00000002 00000002 2f61" + DIGEST,
    "set_data": HEADER + "00000005 00000002 2f61 00000003 627965 00000001" + DIGEST,
    "set_acl": HEADER + "00000007 00000002 2f61 " + WORLD + " 00000001" + DIGEST,
    "error": HEADER + "ffffffff ffffff91",
    "multi": HEADER + "0000000e " + RECORDS["multi_txn"] + DIGEST,
}
PROPERTIES = {
    "standalone": "# sample\ntickTime=2000\ndataDir=/var/lib/zookeeper\nclientPort=2181\n",
    "ensemble": "initLimit = 10\nsyncLimit:5\nserver.1=a:2888:3888\nserver.2=b:2888:3888;2181\n",
    "escapes": "dataDir=C:\\\\zk\\\\data\nkey\\ one=\\u0041\\t\\\n  continued\n!comment\nempty\n",
    "windows": "dataDir=C:\\zk\\data\r\nclientPort=2181\r\n",
    "bad_escape": "a=\\u00zz\n",
}

ZOO_CFG = {
    "ensemble": "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/d\nclientPort=2181\n"
                "server.1=a:2888:3888\nserver.2=b:2888:3888:observer;2181\n"
                "server.3=[::1]:2888:3888|c:2889:3889\n",
    "hierarchy": "dataDir=/d\nclientPort=2181\ninitLimit=1\nsyncLimit=1\nserver.1=a:1:2\n"
                 "server.2=b:1:2\nserver.3=c:1:2\ngroup.1=1:2:3\nweight.1=2\nweight.2=1\n"
                 "weight.3=0\n",
    "limits": "dataDir=/d\nclientPort=2181\nmaxClientCnxns=0\nautopurge.snapRetainCount=3\n"
              "4lw.commands.whitelist=*\nadmin.enableServer=false\nsnapCount=100\n"
              "minSessionTimeout=1\nmaxSessionTimeout=2\nstandaloneEnabled=false\n",
    "wrong": "dataDir=/d\nclientPort=99999\nserver.x=a\n",
}
# First which kind: packets, the stream behind a SNAP, the initial message of the election port.
ZNODE = " ffffffffffffffff" + " 0000000000000001" * 4 + " 00000000" * 3 + " 0000000000000000" * 2
LINKS = {
    "packets": "00 0000000b 0000000000000000 00000014 0000000000000001 00010000 0000000000000000 "
               "ffffffff 00000012 0000000000000000 00000004 00000000 ffffffff 00000003 "
               "0000000100000000 ffffffff ffffffff",
    "request": "00 00000001 ffffffffffffffff 00000010 0100001157570000 00000003 fffffff5 00000001 "
               "00000002 6970 00000009 3132372e302e302e31",
    "stream": "01 00000001 0100001157570000 00001f40 00000001 0000000000000001 " + WORLD +
              " 00000000 00000002 6869" + ZNODE + " 00000002 2f61 ffffffff" + ZNODE +
              " 00000001 2f 0000000a 42656e57617348657265 0000000a",
    "hello_1": "02 ffffffffffff0000 0000000000000002 0000000f 3132372e302e302e313a3232383332 00000002",
    "hello_2": "02 ffffffffffff0001 0000000000000001 0000000f 5b3a3a315d3a317c613a327c623a78",
    "hello_old": "02 0000000000000003",
}
# target, seed, choice byte, golden archive, member, bytes kept
GOLDEN = (
    ("txnlog", "small", b"", "java-3.9/small", "data/version-2/log.1", 700),
    ("txnlog", "header_only", b"", "java-3.9/small", "data/version-2/log.1", 16),
    ("txnlog", "all_types", b"", "java-3.9/standalone", "data/version-2/log.1", 4000),
    ("snapshot", "plain", b"\0", "java-3.9/small", "data/version-2/snapshot.5", 4000),
    ("snapshot", "plain_3_8", b"\0", "java-3.8/small", "data/version-2/snapshot.5", 4000),
    ("snapshot", "gzip", b"\1", "java-3.9/standalone-gz", "data/version-2/snapshot.0.gz", 4000),
    ("snapshot", "snappy", b"\2", "java-3.8/standalone-snappy",
     "data/version-2/snapshot.0.snappy", 4000),
)


# First the kind of answer (zk_reply_kind_t), then how many operations were asked for.
ANSWERS = {
    "stat": "01 00" + STAT,
    "data": "02 00 00000003 616263" + STAT,
    "strings": "03 00 00000002 00000001 61 00000002 6263",
    "strings_stat": "04 00 00000001 00000001 61" + STAT,
    "ephemerals": "05 00 00000001 00000007 2f726f6f742f65",
    "path": "06 00 00000007 2f726f6f742f61",
    "path_stat": "08 00 00000007 2f726f6f742f61" + STAT,
    "acl": "09 00 00000001" + WORLD[9:] + STAT,
    "multi": "0a 03 00000001 00 00000000 00000007 2f726f6f742f61 00000005 00 00000000" + STAT +
             "00000002 00 00000000" + END,
    "multi_failed": "0a 02 ffffffff 00 00000000 00000000 ffffffff 00 ffffff9b ffffff9b" + END,
    "reads": "0b 03 00000004 00 00000000 00000001 78" + STAT +
             "00000008 00 00000000 00000001 00000001 63 ffffffff 00 ffffff9b ffffff9b" + END,
    "number": "0c 00 00000005",
    "infos": "0d 00 00000001 00000002 6970 00000009 3132372e302e302e31",
}


# Scripts of fuzz_zab: the role, then operations; 09 is a packet: type, zxid (epoch * 32 + counter), data.
ZAB = {
    "follow_diff": "01 090d20ff 0902210831323334353637 38 090421ff 090a20ff 090cffff"
                   "09022208 3132333435363738 090522ff 090422ff 0020",
    "follow_snap": "01 090f20ff 090a20ff 090cffff 090221083132333435363738 090421ff",
    "follow_snap_fails": "01 06 090f20ff 0040 00ff",
    "follow_trunc": "01 090d20ff 090221083132333435363738 090421ff 090a20ff 090cffff 10 04 0711 02"
                    "1712 02 00 0a 090e21ff 090a40ff",
    "follow_slow_disk": "01 090d20ff 05 090221083132333435363738 090421ff 090a20ff 05 090cffff",
    "lead": "02 08 08 090321ff 090322ff 13 190b0014 0000000000000002 00010000 0000000000000000"
            "1912000400000000 190320ff 08 190323ff 00ff",
    "lead_gone": "02 08 04 00ff 00ff 00ff",
    "look": "00 0703 03 1703 03 0030 0721 02",
    "no_vote": "04 0711 02 1721 02 0010 090d20ff",
}

def golden(archive, member):
    """Bytes of one file in one archive of tests/golden, whatever folder it is packed in."""
    path = os.path.join(HERE, "../golden", archive + ".tar.gz")
    with tarfile.open(path) as packed:
        for name in packed.getnames():
            if name == member or name.endswith("/" + member):
                return packed.extractfile(name).read()
    raise FileNotFoundError("%s in %s" % (member, path))


def write(target, name, data):
    """One seed."""
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as seed:
        seed.write(data)


def main():
    """All seeds."""
    order = kinds()
    for name, text in RECORDS.items():
        write("records", name, bytes([order.index(name)]) + bytes.fromhex(text))
    for target, seeds in (("frame", FRAMES), ("multi", MULTI), ("txn", TXN),
                          ("answers", ANSWERS), ("links", LINKS), ("zab", ZAB)):
        for name, text in seeds.items():
            write(target, name, bytes.fromhex(text))
    for name, text in PROPERTIES.items():
        write("properties", name, text.encode("latin-1"))
    for name, text in list(PROPERTIES.items()) + list(ZOO_CFG.items()):
        write("zoo_cfg", name, text.encode("latin-1"))
    for target, name, choice, archive, member, size in GOLDEN:
        write(target, name, choice + golden(archive, member)[:size])


if __name__ == "__main__":
    main()
