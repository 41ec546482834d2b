#!/usr/bin/python3
"""Kills the server (SIGKILL) under load again and again, and proves that nothing is lost.

    crash.py [--server PATH] [--cycles 200] [--seed N] [--sessions 5]

In each cycle several sessions send pipelined writes over raw sockets, each below its own
node, until the server is killed at a random moment. What had been answered is known to the
test; what had been sent without an answer may or may not have happened. After the restart on
the same directory the test demands, for every session:

 1. the state is exactly that after the answered writes plus a prefix of the unanswered ones
    (a session's writes happen in order, a multi wholly or not at all);
 2. data, versions, the parent's change count, the owner and the zxids of the answered writes
    are what the answers said;
 3. a session that was not closed can be renewed with id and password, and has its ephemerals;
    a closed one cannot, and has none;
 4. the server's last zxid is not below any that was answered.

Now and then the server is also killed while it recovers. At the end two sessions are left to
their timeout over a crash: the one that is not renewed expires with its ephemerals.

Killing a process leaves the page cache alone, so lost or torn disk writes are not seen here;
the simulator's disk has those.
"""

import argparse
import copy
import random
import selectors
import socket
import sys
import time

import servers
import wire as w

TOP = '/c'
WINDOW = 24
SESSION_TIMEOUT = 600000


class Lost(Exception):
    """A promise of the server was broken."""


class Node:
    def __init__(self, data, ephemeral, zxid):
        self.data, self.version, self.ephemeral = data, 0, ephemeral
        self.czxid = self.mzxid = zxid

    def __repr__(self):
        return 'Node(%r v%d%s z%s)' % (self.data, self.version, ' ephemeral' * self.ephemeral,
                                       self.mzxid)


class State:
    """What is below one session's node."""

    def __init__(self):
        self.nodes = {}
        self.created = 0
        self.closed = False

    def apply(self, op, zxid=None):
        """Does one op; returns (error, name of the node created or None)."""
        kind = op[0]
        if kind == 'close':
            self.closed = True
            self.nodes = {n: v for n, v in self.nodes.items() if not v.ephemeral}
            return 0, None
        if kind == 'multi':
            return self._multi(op[1], zxid)
        return self._single(op, zxid)

    def _single(self, op, zxid):
        kind, name = op[0], op[1]
        if kind == 'create':
            if op[3] in (2, 3):
                name += '%010d' % self.created
            if name in self.nodes:
                return w.NODE_EXISTS, None
            self.nodes[name] = Node(op[2], op[3] in (1, 3), zxid)
            self.created += 1
            return 0, name
        node = self.nodes.get(name)
        if node is None:
            return w.NO_NODE, None
        if kind == 'delete':
            del self.nodes[name]
        elif kind == 'set':
            node.data, node.mzxid = op[2], zxid
            node.version += 1
        elif op[2] not in (-1, node.version):        # check
            return w.BAD_VERSION, None
        return 0, None

    def _multi(self, ops, zxid):
        trial = copy.deepcopy(self)
        for op in ops:
            err, _ = trial._single(op, zxid)
            if err:
                return err, None
        self.nodes, self.created = trial.nodes, trial.created
        return 0, None


def encode(parent, op):
    """(opcode, body) of an op of the model."""
    kind = op[0]
    if kind == 'close':
        return w.CLOSE_SESSION, b''
    if kind == 'multi':
        return w.MULTI, w.multi([encode(parent, sub) for sub in op[1]])
    path = parent + '/' + op[1]
    if kind == 'create':
        return w.CREATE, w.create(path, op[2], flags=op[3])
    if kind == 'set':
        return w.SET_DATA, w.set_data(path, op[2])
    if kind == 'check':
        return w.CHECK, w.path_version(path, op[2])
    return w.DELETE, w.path_version(path)


class Slot:
    """One client: its connection, its session, and what it knows."""

    def __init__(self, index, rng):
        self.parent = '%s/%d' % (TOP, index)
        self.rng = rng
        self.conn = None
        self.session = self.password = None
        self.maybe_closed = False   # an unanswered close, of which the tree would show nothing
        self.acked = State()
        self.ahead = State()        # after everything sent
        self.pending = []           # (xid, op), sent and not answered
        self.counter = 0
        self.xid = 0

    def connect(self, port):
        """Opens a session or renews the one it has."""
        self.conn = w.Conn(port)
        fields = {}
        if self.session:
            fields = dict(session=self.session, password=self.password)
        answer = self.conn.handshake(timeout=SESSION_TIMEOUT, **fields)
        if self.maybe_closed and isinstance(answer, w.Connected) and not answer.timeout:
            self.conn.close()       # it was closed
            self.conn = w.Conn(port)
            answer = self.conn.handshake(timeout=SESSION_TIMEOUT)
        self.maybe_closed = False
        if not isinstance(answer, w.Connected) or not answer.timeout:
            raise Lost('%s: session %#x cannot be renewed: %r' % (self.parent, self.session or 0,
                                                                 answer))
        self.session, self.password = answer.session, answer.password
        self.acked.closed = self.ahead.closed = False

    def choose(self):
        """A random op, mostly one that will succeed."""
        rng, names = self.rng, list(self.ahead.nodes)
        roll = rng.randrange(1000)
        if roll < 2:
            return ('close',)
        self.counter += 1
        data = b'%d %s' % (self.counter, b'.' * rng.randrange(200))
        if roll < 300 and len(names) < 40 or not names:
            if roll < 60:
                return ('create', rng.choice('st') + '-', data, rng.choice((2, 3)))
            return ('create', 'n%d' % rng.randrange(60), data, rng.choice((0, 0, 1)))
        if roll < 480:
            return ('delete', rng.choice(names))
        if roll < 760:
            return ('set', rng.choice(names), data)
        if roll < 790:
            return ('delete', 'never')
        ops = [('set', rng.choice(names), data) for _ in range(rng.randrange(1, 6))]
        if rng.randrange(2):
            ops.append(('create', 'm-', data, 2))
        if rng.randrange(2):
            ops.append(('delete', rng.choice(names)))
        if rng.randrange(5) == 0:
            ops.append(('check', rng.choice(names), 123456789))
        return ('multi', ops)

    def fill(self):
        """Sends until the window is full."""
        data = b''
        while len(self.pending) < WINDOW and not self.ahead.closed:
            op = self.choose()
            self.xid += 1
            code, body = encode(self.parent, op)
            data += w.request(self.xid, code, body)
            self.pending.append((self.xid, op))
            self.ahead.apply(op)
        if data:
            self.conn.send(data)

    def take(self, payload):
        """One answer: must be to the oldest op and say what the model says."""
        xid, op = self.pending.pop(0)
        code = encode(self.parent, op)[0]
        reply = w.decode(code, payload)
        if not isinstance(reply, w.Reply) or reply.xid != xid:
            raise Lost('%s: reply %r to request %d %r' % (self.parent, reply, xid, op))
        err, name = self.acked.apply(op, reply.zxid)
        got = reply.err
        if code == w.MULTI and reply.body:
            got = next((r[1] for r in reply.body[0] if r[0] == w.ERROR and r[1]), 0)
        if got != err or (name and reply.body != (self.parent + '/' + name,)):
            raise Lost('%s: %r should answer %r %r but got %r' % (self.parent, op, err, name,
                                                                 reply))
        return reply.zxid

    def drain(self):
        """Takes every answer that has arrived; the highest zxid among them."""
        top = 0
        while True:
            payload = self.conn.buffered_frame()
            if payload is None:
                return top
            top = max(top, self.take(payload))

    def check(self, seen, cversion):
        """seen: {name: (data, stat)} after the restart; settles on what happened."""
        state = copy.deepcopy(self.acked)
        reasons = [self.unlike(state, seen, cversion)]
        for _, op in self.pending:
            if reasons[-1] is None:
                break
            state.apply(op)
            reasons.append(self.unlike(state, seen, cversion))
        if reasons[-1] is not None:
            raise Lost('%s: after the restart the state is none of the possible ones.\n'
                       '  answered writes only: %s\n  with all %d unanswered ones: %s\n'
                       '  unanswered: %r\n  seen: %r' %
                       (self.parent, reasons[0], len(self.pending), reasons[-1],
                        [op for _, op in self.pending], sorted(seen.items())))
        kept = len(reasons) - 1
        further = copy.deepcopy(state)
        for _, op in self.pending[kept:]:
            further.apply(op)
            if further.closed and not state.closed:
                self.maybe_closed = self.unlike(further, seen, cversion) is None
        self.settle(state, seen)
        return kept

    def unlike(self, state, seen, cversion):
        """None, or why the state is not what was seen."""
        if set(state.nodes) != set(seen):
            return 'missing %s, too many %s' % (sorted(set(state.nodes) - set(seen)),
                                                sorted(set(seen) - set(state.nodes)))
        for name, node in state.nodes.items():
            data, stat = seen[name]
            owner = self.session if node.ephemeral else 0
            for what, have, want in (('data', data, node.data),
                                     ('version', stat.version, node.version),
                                     ('owner', stat.owner, owner),
                                     ('czxid', stat.czxid, node.czxid),
                                     ('mzxid', stat.mzxid, node.mzxid)):
                if want is not None and have != want:
                    return '%s of %s is %r and should be %r' % (what, name, have, want)
        if cversion != 2 * state.created - len(state.nodes):
            return 'cversion is %d, with %d creates and %d nodes' % (cversion, state.created,
                                                                    len(state.nodes))
        return None

    def settle(self, state, seen):
        """Goes on from what the server remembers."""
        for name, node in state.nodes.items():
            node.czxid, node.mzxid = seen[name][1].czxid, seen[name][1].mzxid
        self.acked, self.ahead, self.pending = state, copy.deepcopy(state), []
        if state.closed:
            self.refused = (self.session, self.password)
            self.session = self.password = None


class Crasher:
    def __init__(self, server, seed, count):
        self.server = server
        self.rng = random.Random(seed)
        self.slots = [Slot(i, self.rng) for i in range(count)]
        self.top = 0
        self.answered = self.unanswered = self.kept = 0

    def prepare(self):
        conn = w.Conn(self.server.port)
        conn.handshake()
        conn.call(1, w.CREATE, w.create(TOP))
        for slot in self.slots:
            conn.call(2, w.CREATE, w.create(slot.parent))
        conn.call(3, w.CLOSE_SESSION)
        conn.close()

    def load(self, seconds):
        """Lets all sessions write for so long; those that close come back as new ones."""
        chooser = selectors.DefaultSelector()
        for slot in self.slots:
            chooser.register(slot.conn.sock, selectors.EVENT_READ, slot)
            slot.fill()
        end = time.monotonic() + seconds
        while time.monotonic() < end and chooser.get_map():
            for key, _ in chooser.select(max(0.0, end - time.monotonic())):
                slot = key.data
                open_still = slot.conn.receive()
                before = len(slot.pending)
                self.top = max(self.top, slot.drain())
                self.answered += before - len(slot.pending)
                if not open_still:
                    chooser.unregister(key.fileobj)
                    if not slot.acked.closed:
                        raise Lost('%s: the server closed a healthy connection' % slot.parent)
                slot.fill()
        chooser.close()

    def kill(self):
        """Kills and then reads what the server had still said."""
        self.server.kill()
        for slot in self.slots:
            slot.conn.sock.settimeout(5)
            try:
                while slot.conn.receive():
                    pass
            except socket.timeout:
                pass
            before = len(slot.pending)
            self.top = max(self.top, slot.drain())
            self.answered += before - len(slot.pending)
            slot.conn.close()

    def recover(self):
        """Starts again, at times after a crash during recovery."""
        if self.rng.randrange(8) == 0:
            try:
                self.server.start(seconds=self.rng.uniform(0.0, 0.06), attempts=1)
            except servers.StartFailed:
                pass
            self.server.kill()
        self.server.start()

    def look(self):
        """Checks every session's part of the tree."""
        conn = w.Conn(self.server.port)
        conn.handshake()
        last = conn.call(w.PING_XID, w.PING).zxid
        if last < self.top:
            raise Lost('last zxid is %#x, %#x had been answered' % (last, self.top))
        for slot in self.slots:
            reply = conn.call(1, w.GET_CHILDREN2, w.path_watch(slot.parent))
            if reply.err:
                raise Lost('%s: error %d' % (slot.parent, reply.err))
            names, stat = reply.body
            conn.send(b''.join(w.request(2, w.GET_DATA, w.path_watch(slot.parent + '/' + n))
                               for n in names))
            seen = {n: w.decode(w.GET_DATA, conn.frame()).body for n in names}
            self.unanswered += len(slot.pending)
            self.kept += slot.check(seen, stat.cversion)
        conn.call(3, w.CLOSE_SESSION)
        conn.close()

    def attach(self):
        for slot in self.slots:
            if not slot.session and hasattr(slot, 'refused'):
                session, password = slot.refused
                conn = w.Conn(self.server.port)
                answer = conn.handshake(session=session, password=password)
                conn.close()
                if answer is None or answer.timeout:
                    raise Lost('%s: its closed session answers %r' % (slot.parent, answer))
                del slot.refused
            slot.connect(self.server.port)

    def cycle(self):
        self.attach()
        self.load(self.rng.uniform(0.02, 0.2))
        self.kill()
        self.recover()
        self.look()


def expiry_over_a_crash(server):
    """Of two sessions over a crash, the one that is not renewed goes with its ephemerals."""
    held = []
    for name in ('/left', '/kept'):
        conn = w.Conn(server.port)
        answer = conn.handshake(timeout=2000)
        if conn.call(1, w.CREATE, w.create(name, flags=1)).err:
            raise Lost('cannot create %s' % name)
        held.append((name, answer))
        conn.close()
    server.kill()
    server.start()
    end = time.monotonic() + 15
    conn = w.Conn(server.port)
    answer = conn.handshake(timeout=2000, session=held[1][1].session,
                            password=held[1][1].password)
    if not answer.timeout:
        raise Lost('a session with an ephemeral cannot be renewed')
    while conn.call(1, w.EXISTS, w.path_watch('/left')).err == 0:
        if time.monotonic() > end:
            raise Lost('an ephemeral outlives its session')
        time.sleep(0.2)
    if conn.call(2, w.EXISTS, w.path_watch('/kept')).err:
        raise Lost('an ephemeral went though its session lives')
    conn.close()


def main():
    parser = argparse.ArgumentParser(description='kill a server under load, look what is lost')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--cycles', type=int, default=200)
    parser.add_argument('--sessions', type=int, default=5)
    parser.add_argument('--seed', type=int, default=int(time.time()) % 100000)
    args = parser.parse_args()
    print('seed %d' % args.seed)
    cfg = {'snapCount': '1500', 'tickTime': '500', 'znode.container.checkIntervalMs': '3600000'}
    done, start = 0, time.monotonic()
    with servers.Server(args.server, cfg=cfg) as server:
        crasher = Crasher(server, args.seed, args.sessions)
        crasher.prepare()
        try:
            for done in range(1, args.cycles + 1):
                crasher.cycle()
                if done % 20 == 0:
                    print('%d cycles, %d writes answered, of %d unanswered ones %d had happened, '
                          '%.0f s' % (done, crasher.answered, crasher.unanswered, crasher.kept,
                                      time.monotonic() - start))
                    sys.stdout.flush()
            expiry_over_a_crash(server)
        except (Lost, servers.StartFailed) as fault:
            print('cycle %d: FAILED %s\n  seed %d; the directory is kept at %s' %
                  (done, fault, args.seed, server.home))
            server.own_home = False
            print('%d passed, 1 failed' % (done - 1))
            return 1
    print('%d passed, 0 failed' % args.cycles)
    return 0


if __name__ == '__main__':
    servers.skip_main(main)
