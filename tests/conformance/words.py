#!/usr/bin/python3
"""Four letter words of two servers that went through the same: same shape, same counts.

    words.py [--server PATH] [--reference java]

Both servers get the same sessions, nodes and watches. Then each word is asked of both, and
the answers must be equal once addresses, ids and measured numbers are masked; lines whose
order is not promised are sorted. Figures that follow from what was done (znodes, watches,
ephemerals, sessions, sizes) must be equal as they are.
"""

import argparse
import difflib
import re
import sys

import servers
import wire as w

SHAPE = ('conf', 'cons', 'crst', 'dirs', 'dump', 'gtmk', 'ruok', 'srst', 'srvr', 'stat', 'wchc',
         'wchp', 'wchs', 'isro')
UNORDERED = ('cons', 'dump', 'stat', 'wchc', 'wchp')
EXACT = ('zk_znode_count', 'zk_watch_count', 'zk_ephemerals_count', 'zk_num_alive_connections',
         'zk_approximate_data_size', 'zk_global_sessions', 'zk_local_sessions', 'zk_server_state',
         'zk_outstanding_requests', 'zk_non_mtls_remote_conn_count', 'zk_stale_requests')
# Keys of mntr that depend on the names of nodes, or describe the Java machine.
NOT_OURS = re.compile(r'_per_namespace$|^zk_jvm_|^zk_.*_pause_time')
SAME_LINES = ('Zxid', 'Mode', 'Node count', 'Connections')
ENVI_KEYS = re.compile(r'^([a-z.]+)=', re.M)


def prepare(server):
    """The same history on each server; returns connections that must stay open."""
    conns = [w.Conn(server.port) for _ in range(3)]
    for i, conn in enumerate(conns):
        conn.handshake(timeout=30000, read_only=None if i == 2 else False)
    a, b, _ = conns
    for path, data, flags in (('/a', b'1234', 0), ('/a/b', b'x' * 100, 0), ('/e1', b'', 1),
                              ('/e2', None, 1), ('/a/s-', b'', 2)):
        a.call(1, w.CREATE, w.create(path, data, flags=flags))
    b.call(1, w.CREATE, w.create('/a/e3', b'z', flags=3))
    b.call(2, w.CREATE, w.create('/a', b''))
    a.call(2, w.GET_DATA, w.path_watch('/a', True))
    a.call(3, w.GET_CHILDREN, w.path_watch('/a', True))
    a.call(4, w.EXISTS, w.path_watch('/missing', True))
    b.call(3, w.GET_DATA, w.path_watch('/a', True))
    b.call(4, w.ADD_WATCH, w.path_int('/a/b', 0))
    a.call(5, w.DELETE, w.path_version('/a/b'))
    a.call(6, w.MULTI, w.multi([(w.CREATE, w.create('/m')), (w.DELETE, w.path_version('/m'))]))
    return conns


def masked(server, word):
    text = servers.four_letter(server.port, word)
    if servers.is_windows(server.kind):
        text = text.replace('Z:', '').replace('\\', '/')
    text = text.replace(server.home, 'HOME').replace(str(server.port), 'PORT')
    text = re.sub(r'Zookeeper version: .*', 'Zookeeper version: V', text)
    text = re.sub(r'(Zxid: )0x([0-9a-f]+)', r'\1zxid-\2', text)
    text = re.sub(r'0x[0-9a-f]+', 'ID', text)
    text = re.sub(r'127\.0\.0\.1:\d+', 'ADDRESS', text)
    lines = text.split('\n')
    lines = [line if line.split(':')[0] in SAME_LINES else re.sub(r'\d+(\.\d+)?', 'N', line)
             for line in lines]
    # Whether two sessions fall into one bucket of time depends on when they came.
    lines = [line for i, line in enumerate(lines) if ' expire at ' not in line or line not in lines[:i]]
    return sorted(lines) if word in UNORDERED else lines


def monitor(server):
    text = servers.four_letter(server.port, 'mntr')
    return dict(line.split('\t', 1) for line in text.split('\n') if '\t' in line)


def main():
    parser = argparse.ArgumentParser(description='compare the four letter words of two servers')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--reference', default='java')
    args = parser.parse_args()
    counts = {True: 0, False: 0}

    def report(name, good, text=''):
        counts[good] += 1
        print('%-7s %s%s' % ('ok' if good else 'FAILED', name, '' if good else ': ' + text))
        sys.stdout.flush()
    for kind in (args.reference, args.server):
        servers.check_available(kind)
    with servers.Server(args.reference) as reference, servers.Server(args.server) as server:
        both = (reference, server)
        held = [prepare(one) for one in both]
        old, new = (monitor(one) for one in both)
        for key in EXACT:
            report('mntr ' + key, old.get(key) == new.get(key),
                   'reference %r, server %r' % (old.get(key), new.get(key)))
        missing = sorted(k for k in old if k not in new and not NOT_OURS.search(k))
        report('mntr has every key', not missing, 'missing %s' % ' '.join(missing))
        envi = [sorted(ENVI_KEYS.findall(servers.four_letter(one.port, 'envi'))) for one in both]
        report('envi has the same keys', envi[0] == envi[1], '%r' % (envi,))
        for word in SHAPE:
            a, b = (masked(one, word) for one in both)
            report(word, a == b, '\n' + '\n'.join('    ' + x for x in difflib.unified_diff(
                a, b, 'reference', 'server', lineterm='', n=1)))
        for conns in held:
            for conn in conns:
                conn.close()
    print('%d passed, %d failed' % (counts[True], counts[False]))
    return 1 if counts[False] else 0


if __name__ == '__main__':
    servers.skip_main(main)
