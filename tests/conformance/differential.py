#!/usr/bin/python3
"""Runs the same random operations against two servers in lockstep and compares every reply.

    differential.py --server PATH [--reference java] [--seeds 50] [--ops 2000] [--seed N]

For each seed both servers start on an empty directory. Several sessions per server send the
same pipelined batches over raw sockets; after each batch every other session is pinged, so
that all watch events of the batch have arrived, and then everything that each session got is
compared: xid, zxid, error, decoded body, events, and the order of it all. Now and then both
servers are killed or stopped and started again, and every session comes back. At the end the
whole tree is read as super user and compared as well.

What cannot be equal is replaced by what must be: session ids by the number of the session,
times by a check that each zxid has one time; and what is known to differ (differences.py).
At the first difference the seed is given up, and the command that replays it is printed.
"""

import argparse
import collections
import random
import socket
import sys
import time

import differences
import schedule
import servers
import wire as w

SESSION_TIMEOUT = 60000
ZXID_ANY = 'zxid?'
SEEN = collections.Counter()     # (what, error) of the reference, for --stats


class Different(Exception):
    pass


class Side:
    """One server with its sessions, and what has been learnt of it."""

    def __init__(self, server, profile, common, clock=time.time):
        self.server = server
        self.profile = profile
        self.common = common
        self.clock = clock
        self.conns = {}         # session number -> Conn
        self.ids = {}           # session number -> (id, password)
        self.labels = {0: 0}    # session id -> label
        self.top = 0            # highest zxid seen
        self.spent = []         # zxids spent on undecodable writes (D9)
        self.times = {}         # zxid -> time

    # ---- zxids and times -----------------------------------------------------------------

    def zxid(self, raw):
        """zxid as if undecodable writes had not spent any."""
        if raw <= 0:
            return raw
        return raw - sum(1 for z in self.spent if z <= raw)

    def see(self, raw):
        self.top = max(self.top, raw)

    def zxid_before(self, back):
        """A real zxid of this server that is so many changes in the past."""
        wanted = max(0, self.zxid(self.top) - back)
        raw = wanted
        while self.zxid(raw) < wanted:
            raw += 1
        return raw

    def time_of(self, zxid, value):
        """Checks a ctime or mtime; returns an error text or ''."""
        if zxid == 0:
            return ''
        if self.times.setdefault(zxid, value) != value:
            return ' BADTIME(two times for one zxid)'
        if abs(value / 1000 - self.clock()) > 600:
            return ' BADTIME(%d)' % value
        return ''

    def normal_stat(self, stat):
        bad = self.time_of(stat.czxid, stat.ctime) + self.time_of(stat.mzxid, stat.mtime)
        owner = self.labels.get(stat.owner, 'unknown session %#x' % stat.owner)
        return ('Stat', self.zxid(stat.czxid), self.zxid(stat.mzxid), stat.version,
                stat.cversion, stat.aversion, owner, stat.length, stat.children,
                self.zxid(stat.pzxid), bad)

    # ---- normal form of what was received ------------------------------------------------

    def normal_body(self, value):
        if isinstance(value, w.Stat):
            return self.normal_stat(value)
        if isinstance(value, tuple):
            return tuple(self.normal_body(v) for v in value)
        return value

    def normal_node(self, node):
        if len(node) == 4:
            node = node[:2] + (sort_digests(node[2]),) + node[3:]
        return self.normal_body(node)

    def normal_multi(self, op, reply):
        """D5: a create2 inside a multi is reduced to its path when one side is old."""
        if self.common.create2_in_multi or not reply.body:
            return reply.body
        kinds = [sub[0] for sub in op.subops]
        results = list(reply.body[0])
        for i, kind in enumerate(kinds):
            if kind == w.CREATE2 and i < len(results) and results[i][0] != w.ERROR:
                results[i] = ('create2', results[i][1], results[i][2])
        return (tuple(results),)

    def normal_reply(self, op, payload):
        reply = w.decode(op.op, payload)
        if not isinstance(reply, w.Reply):
            return reply
        if reply.err == w.MARSHALLING and reply.zxid > self.top:
            self.spent.append(reply.zxid)       # D9
        if op.op != w.AUTH:
            self.see(reply.zxid)
        body = self.normal_multi(op, reply) if op.op == w.MULTI else reply.body
        if op.op == w.SYNC and body:
            body = (join_surrogates(body[0]),)
        if op.op == w.GET_ACL and body:
            body = (sort_digests(body[0]),) + body[1:]
        return ('reply', reply.xid, self.zxid(reply.zxid), reply.err, self.normal_body(body))

    def normal_event(self, payload, causes):
        event = w.decode_event(payload)
        if not isinstance(event, w.Event):
            return event
        zxid = self.zxid(event.zxid)
        if not self.common.event_zxid:          # D1
            good = event.zxid == -1 or (self.profile.event_zxid and event.zxid in causes)
            zxid = ZXID_ANY if good else 'zxid %d not of a change' % event.zxid
        return ('event', zxid, event.type, event.state, join_surrogates(event.path))

    # ---- sessions ------------------------------------------------------------------------

    def connect(self, number, **fields):
        """Connects or renews; returns a normal form of the answer."""
        conn = w.Conn(self.server.port)
        fields.setdefault('timeout', SESSION_TIMEOUT)
        fields.setdefault('last_zxid', 0)
        try:
            answer = conn.handshake(**fields)
        except socket.timeout:
            answer = 'TIMEOUT'
        if not isinstance(answer, w.Connected):
            conn.close()
            return ('connect', answer)
        if answer.timeout <= 0:
            end = self.at_end(conn)
            conn.close()
            return ('connect refused',) + tuple(answer) + (end,)
        good = w.expected_password(answer.session) == answer.password
        if answer.session not in self.labels:
            self.labels[answer.session] = 'session %d.%d' % (number, len(self.labels))
        self.conns[number] = conn
        self.ids[number] = (answer.session, answer.password)
        return ('connected', answer.version, answer.timeout, self.labels[answer.session],
                'password good' if good else 'password %s' % answer.password.hex(),
                answer.read_only)

    def at_end(self, conn):
        """Reads on: END if the server closes without another byte."""
        try:
            payload = conn.frame()
        except socket.timeout:
            return 'STILL OPEN'
        return 'END' if payload is None else 'MORE %s' % payload.hex()

    def drop(self, number):
        self.conns.pop(number).close()

    # ---- batches -------------------------------------------------------------------------

    def send(self, number, ops, xid):
        data = b''
        for i, op in enumerate(ops):
            body = op.body(self) if callable(op.body) else op.body
            data += w.request(w.PING_XID if op.op == w.PING else xid + i, op.op, body)
        self.conns[number].send(data)

    def receive(self, number, ops):
        """Everything session number gets until its replies are complete, as (op, payload)."""
        conn, got = self.conns[number], []
        waiting = [op for op in ops if not op.silent]
        closing = any(op.closes for op in ops)
        try:
            while waiting or closing:
                payload = conn.frame()
                if payload is None:
                    got.append((None, 'END'))
                    break
                if len(payload) >= 16 and w.decode_header(payload)[0] == w.EVENT_XID:
                    got.append(('event', payload))
                elif not waiting:
                    got.append((None, 'UNEXPECTED %s' % payload.hex()))
                    break
                else:
                    got.append((waiting.pop(0), payload))
        except socket.timeout:
            got.append((None, 'TIMEOUT'))
        return got

    def normal(self, received):
        """{session: [(op, payload)]} -> {session: [normal form]}; replies before events."""
        done = {}
        causes = set()
        for number, items in received.items():
            for i, (op, payload) in enumerate(items):
                if op is None:
                    done[number, i] = payload
                elif op != 'event':
                    done[number, i] = self.normal_reply(op, payload)
                    if len(payload) >= 16:
                        causes.add(w.decode_header(payload)[1])
        for number, items in received.items():
            for i, (op, payload) in enumerate(items):
                if op == 'event':
                    done[number, i] = self.normal_event(payload, causes)
        return {number: [done[number, i] for i in range(len(items))]
                for number, items in received.items()}


def outcome(op, reply):
    """The error of a reply; for a multi the first error of an op."""
    if not isinstance(reply, w.Reply):
        return reply[0]
    if op.op == w.MULTI and reply.err == 0:
        return next((r[2] for r in reply.body[0] if r[0] == w.ERROR and r[2] != 0), 0)
    return reply.err


def join_surrogates(text):
    """D15: Java writes a character beyond U+FFFF as two surrogates of three bytes each, and
    U+FFFD for bytes that are no UTF-8."""
    if text is None:
        return None
    data = text.encode('utf-8', 'surrogateescape')
    try:
        wide = data.decode('utf-8', 'surrogatepass').encode('utf-16', 'surrogatepass')
        return wide.decode('utf-16')
    except UnicodeDecodeError:
        return data.decode('utf-8', 'replace')


def sort_digests(acl):
    """D14: an `auth` entry becomes the digests of the connection in any order."""
    digests = iter(sorted(e for e in acl or () if e[1] == 'digest'))
    return tuple(next(digests) if e[1] == 'digest' else e for e in acl or ())


PING = schedule.Op(w.PING, b'', 'ping (to collect events)', False, False, False, (), None)


class Run:
    """One seed against two servers."""

    def __init__(self, seed, ops, session_count, reference, server, verbose=False, cfg=None):
        self.seed, self.ops, self.count, self.verbose = seed, ops, session_count, verbose
        profiles = [differences.profile_of(s) for s in (reference, server)]
        common = differences.common(*profiles)
        self.sides = [Side(s, p, common) for s, p in zip((reference, server), profiles)]
        self.rng = random.Random(seed)
        enforced = bool(cfg and cfg.get('enforceQuota') == 'true')
        self.restarts = seed % 2 == 0       # D18: without quotas
        self.schedule = schedule.Schedule(self.rng, common, session_count,
                                          enforced_quota=enforced, quotas=not self.restarts)
        self.xid = 1
        self.done = 0

    def say(self, text):
        if self.verbose:
            print(text)

    def compare(self, what, a, b):
        if a != b:
            raise Different('after %d operations, %s\n%s' % (self.done, what, explain(a, b)))

    def connect(self, number, what, make=lambda side: {}):
        answers = [side.connect(number, **make(side)) for side in self.sides]
        self.say('session %d %s: %r' % (number, what, answers[0]))
        self.compare('session %d %s' % (number, what), answers[0], answers[1])
        return answers[0]

    def exchange(self, number, ops, unordered=False):
        """Sends a batch to both, collects everything everybody got, and compares."""
        for side in self.sides:
            side.send(number, ops, self.xid)
        self.xid += len(ops)
        raw = [{number: side.receive(number, ops)} for side in self.sides]
        others = [n for n in self.sides[0].conns if n != number]
        for side in self.sides:
            for other in others:
                side.send(other, [PING], 0)
        for side, got in zip(self.sides, raw):
            for other in others:
                got[other] = side.receive(other, [PING])
        normal = [side.normal(got) for side, got in zip(self.sides, raw)]
        for op, payload in raw[0][number]:
            if op not in (None, 'event'):
                reply = w.decode(op.op, payload)
                self.schedule.world.learn(op, reply, number)
                SEEN[w.NAMES.get(op.op, 'unknown'), outcome(op, reply)] += 1
        for items in raw[0].values():
            SEEN.update(('event', w.decode_event(p)[1]) for op, p in items if op == 'event')
        texts = '\n'.join('      ' + op.text for op in ops)
        self.say('session %d sends\n%s' % (number, texts))
        for who in sorted(normal[0], key=lambda n: n != number):
            a, b = normal[0][who], normal[1][who]
            self.say('    session %d gets %r' % (who, a))
            if unordered:
                a, b = sorted(a, key=repr), sorted(b, key=repr)
            self.compare('session %d got something else when session %d sent\n%s'
                         % (who, number, texts), a, b)
        self.done += len(ops)

    # ---- what happens to sessions --------------------------------------------------------

    def renew_fields(self, number, **change):
        def make(side):
            session, password = side.ids[number]
            return dict(dict(session=session, password=password, last_zxid=side.top), **change)
        return make

    def renew(self, number, how):
        """Drops the connection and comes back with the same session."""
        for side in self.sides:
            side.drop(number)
        if how == 'wrong password':
            self.connect(number, 'renews with a wrong password',
                         self.renew_fields(number, password=b'x' * 16))
        elif how == 'short password':
            self.connect(number, 'renews with a short password',
                         self.renew_fields(number, password=b'x'))
        elif how == 'future':
            self.connect(number, 'renews having seen the future',
                         self.renew_fields(number, last_zxid=1 << 40))
        elif how == 'unknown':
            self.connect(number, 'renews an unknown session',
                         self.renew_fields(number, session=0x7123456789abcdef,
                                           password=w.expected_password(0x7123456789abcdef)))
        extra = self.rng.choice(({}, {'read_only': None}, {'read_only': True}, {'version': 7},
                                 {'timeout': 0}, {'timeout': 1 << 30}, {'timeout': -5}))
        if extra.get('timeout', 1) <= 0:
            extra = {}
        answer = self.connect(number, 'renews with %r' % extra, self.renew_fields(number, **extra))
        if answer[0] != 'connected':
            self.open(number)
        self.ping(number)

    def open(self, number):
        self.connect(number, 'opens')
        self.ping(number)

    def ping(self, number):
        self.exchange(number, [PING])

    def close_session(self, number):
        close = schedule.Op(w.CLOSE_SESSION, b'', 'close session', True, True, False, (), None)
        self.exchange(number, [close], unordered=True)
        for side in self.sides:
            side.drop(number)
        self.schedule.world.session_closed(number)
        if self.rng.randrange(3) == 0:
            self.connect(number, 'renews its closed session', self.renew_fields(number))
        self.open(number)

    def rubbish(self, number):
        """Frames that must close the connection without a reply."""
        data = self.rng.choice((b'\0\0\0\0', b'\xff\xff\xff\xff', b'\x80\0\0\0', b'ruok',
                                b'\0\0\0\x04abcd', b'\0\0\0\x07abcdefg', b'\x7f\xff\xff\xff',
                                b'\0\x10\0\0'))
        for side in self.sides:
            side.conns[number].send(data)
        ends = [side.at_end(side.conns[number]) for side in self.sides]
        self.compare('session %d sent the bytes %s' % (number, data.hex()), ends[0], ends[1])
        self.renew(number, '')

    def restart(self):
        """Both servers end, at times without warning, and everybody comes back."""
        how = self.rng.choice(('kill', 'stop'))
        self.say('both servers: %s and start' % how)
        for side in self.sides:
            for number in list(side.conns):
                side.drop(number)
            getattr(side.server, how)()
            side.server.start()
        for number in range(self.count):
            self.connect(number, 'renews after %s and start' % how, self.renew_fields(number))
        self.ping(0)

    def step(self):
        number = self.rng.randrange(self.count)
        roll = self.rng.randrange(1000)
        if roll < 12:
            self.close_session(number)
        elif roll < 30:
            self.renew(number, self.rng.choice(('', '', 'wrong password', 'short password',
                                                'future', 'unknown')))
        elif roll < 38:
            self.rubbish(number)
        elif roll < 41 and self.restarts:
            self.restart()
        else:
            ops = self.schedule.batch(number)
            self.exchange(number, ops)
            if any(op.closes for op in ops):
                self.renew(number, '')

    def final_tree(self):
        """Reads everything as super user on both."""
        trees = []
        for side in self.sides:
            conn = w.Conn(side.server.port)
            conn.handshake(timeout=SESSION_TIMEOUT)
            tree = walk(conn)
            conn.call(1, w.CLOSE_SESSION)
            conn.close()
            trees.append({path: side.normal_node(node) for path, node in tree.items()})
        for path in sorted(set(trees[0]) | set(trees[1])):
            self.compare('at the end node %r' % path, trees[0].get(path), trees[1].get(path))

    def run(self):
        for number in range(self.count):
            self.open(number)
        while self.done < self.ops:
            self.step()
        self.final_tree()


def walk(conn):
    """{path: (data, stat, acl, children)} of the whole tree, read as super user."""
    conn.call(-4, w.AUTH, w.auth('digest', servers.SUPER_AUTH))
    tree, todo, xid = {}, ['/'], 1
    while todo:
        batch, todo = todo[:200], todo[200:]
        data = b''
        for path in batch:
            for op, body in ((w.GET_DATA, w.path_watch(path)), (w.GET_ACL, w.ustr(path)),
                             (w.GET_CHILDREN, w.path_watch(path))):
                data += w.request(xid, op, body)
                xid += 1
        conn.send(data)
        for path in batch:
            got = [w.decode(op, conn.frame()) for op in (w.GET_DATA, w.GET_ACL, w.GET_CHILDREN)]
            if all(isinstance(r, w.Reply) and r.err == 0 for r in got):
                children = got[2].body[0]
                tree[path] = (got[0].body[0], got[0].body[1], got[1].body[0], children)
                todo += [(path if path != '/' else '') + '/' + c for c in children]
            else:
                tree[path] = tuple(got)
    return tree


def explain(a, b):
    """The first place where two normal forms part."""
    if isinstance(a, list) and isinstance(b, list):
        for i in range(max(len(a), len(b))):
            x, y = (s[i] if i < len(s) else 'NOTHING' for s in (a, b))
            if x != y:
                before = '' if i == 0 else '    before that both got %r\n' % (a[max(0, i - 3):i],)
                return '%s    reference %r\n    server    %r' % (before, x, y)
    return '    reference %r\n    server    %r' % (a, b)


def configuration(seed):
    """Settings that vary with the seed, the same for both servers."""
    cfg = {'forceSync': 'no', 'znode.container.checkIntervalMs': '3600000',
           'maxSessionTimeout': '120000', 'snapCount': '700'}
    if seed % 3 == 1:
        cfg['enforceQuota'] = 'true'
    if seed % 4 == 2:
        cfg['reconfigEnabled'] = 'true'
    if seed % 7 == 3:
        cfg['skipACL'] = 'yes'
    if seed % 11 == 5:
        cfg['extendedTypesEnabled'] = 'false'
    return cfg


def run_seed(args, seed):
    """None, or the text of the difference."""
    cfg = configuration(seed)
    with servers.Server(args.reference, cfg=cfg) as reference:
        with servers.Server(args.server, cfg=cfg) as server:
            run = Run(seed, args.ops, args.sessions, reference, server, args.verbose, cfg)
            try:
                run.run()
                return None
            except Different as difference:
                text = str(difference)
            except (OSError, AttributeError, KeyError) as problem:
                text = 'after %d operations: %r' % (run.done, problem)
            for name, one in (('reference', reference), ('server', server)):
                if not one.alive():
                    text += '\n    the %s has ended, its log ends:\n%s' % (name, one.log_tail())
            return text


def main():
    parser = argparse.ArgumentParser(description='compare two servers operation by operation')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--reference', default='java')
    parser.add_argument('--seeds', type=int, default=50)
    parser.add_argument('--seed', type=int, help='first seed (default 1)', default=1)
    parser.add_argument('--ops', type=int, default=2000)
    parser.add_argument('--sessions', type=int, default=4)
    parser.add_argument('--verbose', action='store_true')
    parser.add_argument('--stats', action='store_true', help='count what the reference answered')
    args = parser.parse_args()
    for kind in (args.server, args.reference):
        servers.check_available(kind)
    failed = 0
    for seed in range(args.seed, args.seed + args.seeds):
        start = time.monotonic()
        difference = run_seed(args, seed)
        spent = time.monotonic() - start
        if difference is None:
            print('seed %d: equal (%.1f s)' % (seed, spent))
        else:
            failed += 1
            print('seed %d: DIFFERENT %s' % (seed, difference))
            print('    replay: %s --server %s --reference %s --seeds 1 --seed %d --ops %d '
                  '--sessions %d' % (sys.argv[0], args.server, args.reference, seed, args.ops,
                                     args.sessions))
        sys.stdout.flush()
    if args.stats:
        for name in sorted({what for what, _ in SEEN}):
            print('    %-18s %s' % (name, '  '.join(
                '%s:%d' % (err, n) for (what, err), n in sorted(SEEN.items(), key=str)
                if what == name)))
    print('%d passed, %d failed' % (args.seeds - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    servers.skip_main(main)
