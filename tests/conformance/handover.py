#!/usr/bin/python3
"""Writes a data directory with one server, opens it with the other, and goes back again.

    handover.py [--server PATH] [--seed N] [--ops 1500]

Four journeys: ours writes and Java opens, Java writes and ours opens, each once with the
transaction log alone (killed before a snapshot) and once with snapshots taken amid the
writes. On each journey:

 1. the writer gets nodes of every kind, and some thousand random operations;
 2. the reader must serve the same tree: every byte, every field of every stat, every ACL, read
    as super user; and its last zxid may not be lower;
 3. sessions that were open can be renewed on the reader with their id and password, have
    their ephemerals, and lose them when they close;
 4. containers and TTL nodes are still what they were: they go when their last child goes;
 5. the reader writes as well, and the first server opens that and must agree;
 6. no server may complain of a digest that does not match.
"""

import argparse
import random
import sys
import time

import differences
import differential
import schedule
import servers
import wire as w

LONG = 3600000
FAR_TTL = 0xFFFFFFFFFF


class Wrong(Exception):
    pass


def open_session(server, **fields):
    conn = w.Conn(server.port)
    fields.setdefault('timeout', LONG)
    conn.connected = conn.handshake(**fields)
    if not isinstance(conn.connected, w.Connected) or not conn.connected.timeout:
        raise Wrong('%s: session not granted: %r' % (server.kind, conn.connected))
    return conn


def must(conn, op, body=b''):
    reply = conn.call(1, op, body)
    if not isinstance(reply, w.Reply) or reply.err:
        raise Wrong('%s failed: %r' % (w.NAMES[op], reply))
    return reply


# ---- what is written ---------------------------------------------------------------------

def plain_nodes(conn):
    for path, data in (('/app', b'root'), ('/app/empty', b''), ('/app/null', None),
                       ('/app/binary', bytes(range(256)) * 4), ('/app/big', b'\x5a' * 70000),
                       ('/app/\u00fcml\u00e4ut', 'gr\u00fc\u00df'.encode()),
                       ('/app/\u65e5\u672c\u8a9e', b'\0'), ('/app/spaces and ,=;"\\', b'x'),
                       ('/seq', b''), ('/ver', b'0'), ('/gone', b'')):
        must(conn, w.CREATE, w.create(path, data))
    names = [must(conn, w.CREATE, w.create('/seq/n-', b'%d' % i, flags=2)).body[0]
             for i in range(6)]
    must(conn, w.DELETE, w.path_version(names[2]))
    must(conn, w.DELETE, w.path_version('/gone'))
    for i in range(1, 9):
        must(conn, w.SET_DATA, w.set_data('/ver', b'%d' % i if i != 5 else None))


def special_nodes(conn):
    for path in ('/cont', '/ttl'):
        must(conn, w.CREATE, w.create(path))
    for path in ('/cont/unused', '/cont/used'):
        must(conn, w.CREATE_CONTAINER, w.create(path, b'c', flags=4))
    must(conn, w.CREATE, w.create('/cont/used/child'))
    must(conn, w.CREATE_TTL, w.create_ttl('/ttl/keep', b'k', ttl=FAR_TTL))
    must(conn, w.CREATE_TTL, w.create_ttl('/ttl/s-', b's', flags=6, ttl=FAR_TTL - 1))
    must(conn, w.CREATE, w.create('/ttl/held'))
    reply = conn.call(1, w.MULTI, w.multi([
        (w.CREATE_TTL, w.create_ttl('/ttl/brief', ttl=1)),
        (w.CREATE, w.create('/ttl/brief/child'))]))
    if reply.err or reply.body[0][0][0] == w.ERROR:
        raise Wrong('multi with TTL: %r' % (reply,))


def acl_nodes(conn):
    alice = (w.ALL, 'digest', 'alice:Zm9vYmFyYmF6cXV1eHF1dXg=')
    must(conn, w.CREATE, w.create('/acl'))
    for name, acl in (('digest', (alice,)), ('ip', ((w.ALL, 'ip', '127.0.0.1'),
                                                   (w.READ, 'ip', '10.0.0.0/8'))),
                      ('mixed', (alice, (w.READ | w.ACL_CREATE, 'world', 'anyone'))),
                      ('auth', w.CREATOR_ACL), ('read', w.READ_ACL), ('changed', w.OPEN_ACL)):
        must(conn, w.CREATE, w.create('/acl/' + name, name.encode(), acl))
    must(conn, w.SET_ACL, w.set_acl('/acl/changed', ((w.READ | w.ADMIN, 'world', 'anyone'),)))
    must(conn, w.SET_ACL, w.set_acl('/acl/changed', (alice,)))


def quota_nodes(conn):
    for path, data in (('/zookeeper/quota/app', b''),
                       ('/zookeeper/quota/app/zookeeper_limits',
                        b'count=1000,bytes=-1=;byteHardLimit=1000000;countHardLimit=-1'),
                       ('/zookeeper/quota/app/zookeeper_stats', b'count=0,bytes=0'),
                       ('/app/after', b'12345')):
        must(conn, w.CREATE, w.create(path, data))


def multis(conn):
    good = [(w.CREATE, w.create('/multi', b'm')), (w.CREATE, w.create('/multi/a', b'1')),
            (w.CREATE, w.create('/multi/s-', flags=2)), (w.CREATE, w.create('/multi/e', flags=1)),
            (w.CHECK, w.path_version('/ver', 8)), (w.SET_DATA, w.set_data('/multi/a', b'2')),
            (w.CREATE, w.create('/multi/gone')), (w.DELETE, w.path_version('/multi/gone'))]
    bad = [(w.SET_DATA, w.set_data('/multi/a', b'never')), (w.CREATE, w.create('/multi/never')),
           (w.CHECK, w.path_version('/ver', 99))]
    if conn.call(1, w.MULTI, w.multi(good)).body[0][0][0] != w.CREATE:
        raise Wrong('a good multi failed')
    if conn.call(1, w.MULTI, w.multi(bad)).body[0][0][0] != w.ERROR:
        raise Wrong('a bad multi did not fail')


def populate(server):
    """Writes nodes of every kind; returns the session that stays open."""
    conn = open_session(server)
    must(conn, w.AUTH, w.auth('digest', b'alice:wonder'))
    for write in (plain_nodes, special_nodes, acl_nodes, quota_nodes, multis):
        write(conn)
    must(conn, w.CREATE, w.create('/live', b''))
    must(conn, w.CREATE, w.create('/live/e1', b'mine', flags=1))
    must(conn, w.CREATE, w.create('/live/e-', b'', w.READ_ACL, flags=3))
    other = open_session(server)
    must(other, w.CREATE, w.create('/live/other', b'', flags=1))
    must(other, w.CLOSE_SESSION)
    other.close()
    conn.close()
    return conn.connected


def spoils_a_log(op, for_38):
    """D12: what makes the tree digest of the Java server wrong without any help, and
    D13: create2 in a multi logged by a 3.9 Java server, which 3.8.0 drops."""
    if op.op == w.SET_DATA:
        return op.path == '/'
    if op.op != w.MULTI:
        return False
    return (schedule.may_break_off(op) or "set_data '/' " in op.text or
            for_38 and any(sub[0] == w.CREATE2 for sub in op.subops))


def scribble(server, other, seed, count, sessions=3):
    """Random operations; their sessions stay open. Returns the sessions."""
    for_38 = (differences.profile_of(server) is differences.JAVA_39 and
              servers.is_java(other) and other != server.kind)
    common = differences.common(differences.JAVA_38, differences.OURS)
    side = differential.Side(server, common, common)
    plan = schedule.Schedule(random.Random(seed), common, sessions)
    for number in range(sessions):
        side.connect(number, timeout=LONG)
    done = 0
    while done < count:
        number = plan.rng.randrange(sessions)
        ops = [op for op in plan.batch(number)
               if not op.closes and op.op != w.PING and not spoils_a_log(op, for_38)]
        if not ops:
            continue
        side.send(number, ops, done + 1)
        for op, payload in side.receive(number, ops):
            if op is None:
                raise Wrong('%s: connection of the random load: %s' % (server.kind, payload))
            if op != 'event':
                plan.world.learn(op, w.decode(op.op, payload), number)
        for other in set(side.conns) - {number}:
            side.send(other, [differential.PING], 0)
            side.receive(other, [differential.PING])
        done += len(ops)
    for conn in side.conns.values():
        conn.close()
    return dict(side.ids)


# ---- what is compared --------------------------------------------------------------------

def read_all(server):
    """(tree as super user, last zxid)."""
    conn = open_session(server, timeout=30000)
    tree = differential.walk(conn)
    last = must(conn, w.CLOSE_SESSION).zxid
    conn.close()
    return tree, last


def compare(what, before, after):
    (old, old_zxid), (new, new_zxid) = before, after
    for path in sorted(set(old) | set(new)):
        a, b = (recounted(path, tree.get(path)) for tree in (old, new))
        if a != b:
            raise Wrong('%s: node %r\n    was %s\n    is  %s' % (what, path, clip(a), clip(b)))
    if new_zxid < old_zxid:
        raise Wrong('%s: last zxid fell from %#x to %#x' % (what, old_zxid, new_zxid))


def recounted(path, node):
    """Usage of a quota is counted anew at each start, and may have been off when quotas lie
    within each other or the usage node was made late; only the quota on /app is clean."""
    if not path.endswith('/zookeeper_stats') or path == '/zookeeper/quota/app/zookeeper_stats':
        return node
    return node and ('usage', node[1]._replace(length=0)) + node[2:]


def clip(node):
    text = repr(node)
    return text if len(text) < 700 else text[:500] + ' ... ' + text[-200:]


def check_session(server, connected):
    """The open session can be renewed and closing it removes its ephemerals."""
    conn = open_session(server, session=connected.session, password=connected.password)
    if conn.connected.session != connected.session:
        raise Wrong('renewal gave session %#x' % conn.connected.session)
    mine = must(conn, w.GET_EPHEMERALS, w.ustr('/')).body[0]
    if len(mine) < 3 or '/live/e1' not in mine or '/multi/e' not in mine:
        raise Wrong('ephemerals of the renewed session: %r' % (mine,))
    must(conn, w.CREATE, w.create('/live/later', b'', flags=1))
    must(conn, w.CLOSE_SESSION)
    conn.close()
    conn = open_session(server)
    left = [n for n in must(conn, w.GET_CHILDREN, w.path_watch('/live')).body[0]]
    if left:
        raise Wrong('ephemerals left after their session: %r' % left)
    conn.call(1, w.CLOSE_SESSION)
    conn.close()


def check_reaping(server, seconds=15):
    """Containers and TTL nodes go once they are empty; unused ones and young ones stay."""
    conn = open_session(server)
    for path in ('/cont/used/child', '/ttl/brief/child'):
        must(conn, w.DELETE, w.path_version(path))
    end = time.monotonic() + seconds
    for path in ('/cont/used', '/ttl/brief'):
        while conn.call(1, w.EXISTS, w.path_watch(path)).err == 0:
            if time.monotonic() > end:
                raise Wrong('%s is not removed' % path)
            time.sleep(0.1)
    for path in ('/cont/unused', '/ttl/keep', '/ttl/held'):
        must(conn, w.EXISTS, w.path_watch(path))
    conn.call(1, w.CLOSE_SESSION)
    conn.close()


def complaints(server):
    """Lines of a server's log that speak of wrong digests."""
    with open(server.log_path, errors='replace') as f:
        for line in f:
            low = line.lower()
            if 'digest' in low and ('not match' in low or 'mismatch' in low):
                raise Wrong('%s complains: %s' % (server.kind, line.strip()))


class Journey:
    """One directory on its way from server to server."""

    def __init__(self, snapshots):
        self.cfg = {'snapCount': '150' if snapshots else '1000000'}
        self.abrupt = not snapshots
        self.now = None
        self.home = None

    def ride(self, kind, reaping=False):
        """Ends the server that has the directory and starts another on it."""
        self.get_off()
        interval = '300' if reaping else '3600000'
        cfg = dict(self.cfg, **{'znode.container.checkIntervalMs': interval})
        self.now = servers.Server(kind, home=self.home, cfg=cfg)
        self.home = self.now.home
        return self.now.start()

    def get_off(self):
        if self.now:
            self.now.kill() if self.abrupt else self.now.stop()
            complaints(self.now)

    def travel(self, writer, reader, seed, ops):
        server = self.ride(writer)
        connected = populate(server)
        scribble(server, reader, seed, ops)
        before = read_all(server)
        server = self.ride(reader)
        compare('%s reads what %s wrote' % (reader, writer), before, read_all(server))
        check_session(server, connected)
        scribble(server, writer, seed + 1, ops // 3)
        before = read_all(server)
        server = self.ride(writer)
        compare('%s reads what %s added' % (writer, reader), before, read_all(server))
        scribble(server, reader, seed + 2, ops // 10)
        server = self.ride(reader, reaping=True)
        check_reaping(server)
        before = settled(server)
        server = self.ride(writer)
        compare('%s after %s removed empty nodes' % (writer, reader), before, read_all(server))
        self.get_off()
        return len(before[0])


def settled(server, seconds=15):
    """read_all() once the reaper has nothing left to do."""
    end = time.monotonic() + seconds
    before = read_all(server)
    while time.monotonic() < end:
        time.sleep(1)
        now = read_all(server)
        if now[0] == before[0]:
            return now
        before = now
    raise Wrong('%s does not stop removing nodes' % server.kind)


def journey(writer, reader, snapshots, seed, ops):
    trip = Journey(snapshots)
    try:
        return trip.travel(writer, reader, seed, ops)
    finally:
        if trip.now:
            trip.now.own_home = True
            trip.now.close()


def main():
    parser = argparse.ArgumentParser(description='hand a data directory from server to server')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--reference', default='java')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--ops', type=int, default=1500)
    args = parser.parse_args()
    for kind in (args.server, args.reference):
        servers.check_available(kind)
    passed = failed = 0
    for writer, reader in ((args.server, args.reference), (args.reference, args.server)):
        for snapshots in (False, True):
            name = '%s -> %s, %s' % (writer, reader, 'snapshots and logs' if snapshots else
                                     'logs only')
            try:
                count = journey(writer, reader, snapshots, args.seed, args.ops)
                print('ok      %s (%d nodes)' % (name, count))
                passed += 1
            except (Wrong, servers.StartFailed, OSError, AttributeError, KeyError) as fault:
                print('FAILED  %s: %s\n    replay: %s --server %s --reference %s --seed %d '
                      '--ops %d' % (name, fault if isinstance(fault, Wrong) else repr(fault),
                                    sys.argv[0], args.server, args.reference, args.seed, args.ops))
                failed += 1
            sys.stdout.flush()
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    servers.skip_main(main)
