#!/usr/bin/python3
"""Three servers in network namespaces: partitions, pauses, kills and clock steps under load.

    partition.py [--server PATH] [--rounds 100] [--seed N] [--java]

In each round one thing goes wrong for a moment while clients set counters by compare and set and read
them behind a sync. After each round the ensemble must come back by itself; at the end the whole history
must be possible for one copy of the data (see history.py), and the three trees must be equal. Needs root
for namespaces; skips without.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import history
import members
import netns
import servers
import wire as w

SERVERS = (1, 2, 3)
REGISTERS = ('/r0', '/r1', '/r2')
FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
PORT = 2181


class Node:
    """A server in its namespace, with a clock that can be stepped."""

    def __init__(self, nets, home, sid, kind, cfg):
        self.nets, self.sid, self.kind = nets, sid, kind
        self.home = os.path.join(home, str(sid))
        self.host = netns.NET + str(sid)
        self.clock_file = self.home + '/clock'
        self.proc = None
        os.makedirs(self.home + '/data')
        with open(self.home + '/data/myid', 'w') as f:
            f.write('%d\n' % sid)
        with open(self.home + '/zoo.cfg', 'w') as f:
            for key, value in cfg.items():
                f.write('%s=%s\n' % (key, value))
            f.write('dataDir=%s/data\nclientPort=%d\n' % (self.home, PORT))
            for i in SERVERS:
                f.write('server.%d=%s%d:2888:3888\n' % (i, netns.NET, i))
        self.step_clock(0)

    def step_clock(self, seconds):
        with open(self.clock_file + '.new', 'w') as f:
            f.write('%+d\n' % seconds)
        os.replace(self.clock_file + '.new', self.clock_file)

    def start(self):
        env = dict(os.environ)
        env.pop('PADDOCK_NETS', None)
        if servers.is_java(self.kind):
            argv = ['java', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1',
                    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp',
                    servers.DEBIAN_CLASSPATH, 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
                    self.home + '/zoo.cfg']
        else:
            argv = [self.kind, self.home + '/zoo.cfg']
            if os.path.exists(FAKETIME):
                env.update(LD_PRELOAD=FAKETIME, FAKETIME_TIMESTAMP_FILE=self.clock_file,
                           FAKETIME_CACHE_DURATION='1', FAKETIME_DONT_FAKE_MONOTONIC='1')
        log = open(self.home + '/server.log', 'ab')
        self.proc = subprocess.Popen(self.nets.command(self.sid, argv), stdin=subprocess.DEVNULL,
                                     stdout=log, stderr=log, env=env, cwd=self.home)
        log.close()

    def kill(self):
        if self.proc is not None and self.proc.poll() is None:
            self.proc.kill()
        if self.proc is not None:
            self.proc.wait()
        self.proc = None

    def signal(self, number):
        if self.proc is not None and self.proc.poll() is None:
            self.proc.send_signal(number)

    def role(self):
        try:
            text = servers.four_letter(PORT, 'srvr', 2.0, host=self.host)
        except OSError:
            return None
        return text.split('Mode: ')[1].split()[0] if 'Mode: ' in text else None

    def log_tail(self):
        with open(self.home + '/server.log', 'rb') as f:
            return f.read()[-3000:].decode('utf-8', 'replace')


class Client(threading.Thread):
    """One session after the other, on one server after the other."""

    def __init__(self, number, registers, seed):
        super().__init__(daemon=True)
        self.number, self.registers = number, registers
        self.random = random.Random(seed)
        self.halt = threading.Event()
        self.done = 0
        self.conn = None
        self.seen = {}
        self.xid = 0
        self.fault = None

    def _call(self, op, body):
        self.xid += 1
        reply = self.conn.call(self.xid, op, body)
        if not isinstance(reply, w.Reply):
            raise OSError('no answer')
        return reply

    def _connect(self):
        host = netns.NET + str(self.random.choice(SERVERS))
        self.conn = w.Conn(PORT, timeout=4.0, host=host)
        answer = self.conn.handshake(timeout=8000)
        if not isinstance(answer, w.Connected) or not answer.session:
            raise OSError('no session')
        self.seen = {}

    def _look(self, register, synced):
        began = time.monotonic()
        if synced and self._call(w.SYNC, w.ustr(register.name)).err:
            raise OSError('sync failed')
        reply = self._call(w.GET_DATA, w.path_watch(register.name))
        ended = time.monotonic()
        if reply.err:
            raise OSError('read failed: %d' % reply.err)
        version, value = reply.body[1].version, reply.body[0] or b''
        register.read(version, value, began, ended, synced)
        if version < self.seen.get(register.name, 0):
            raise history.Violation('%s went back from version %d to %d within a session' % (
                register.name, self.seen[register.name], version))
        self.seen[register.name] = version
        return version

    def _set(self, register, expected):
        value = b'%d-%d-%d' % (self.number, self.done, self.random.getrandbits(40))
        began = time.monotonic()
        register.begin_set(value, began)
        reply = self._call(w.SET_DATA, w.set_data(register.name, value, expected))
        ended = time.monotonic()
        if reply.err == 0:
            register.set_answered(reply.body[0].version, value, began, ended)
            self.seen[register.name] = reply.body[0].version
        elif reply.err == w.BAD_VERSION:
            register.set_refused(expected, began, ended)
        else:
            raise OSError('set failed: %d' % reply.err)
        self.done += 1

    def run(self):
        while not self.halt.is_set():
            try:
                if self.conn is None:
                    self._connect()
                register = self.random.choice(self.registers)
                version = self._look(register, self.random.random() < 0.5)
                if self.random.random() < 0.7:
                    self._set(register, version)
                if self.random.random() < 0.01:
                    raise OSError('another server')
                time.sleep(0.002)
            except history.Violation as violation:
                self.fault = violation
                return
            except (OSError, socket.timeout):
                if self.conn is not None:
                    self.conn.close()
                self.conn = None
                time.sleep(0.05)


class Arena:
    def __init__(self, nets, kind, seed):
        self.nets = nets
        self.random = random.Random(seed)
        self.home = tempfile.mkdtemp(prefix='zkpart-')
        cfg = {'tickTime': '400', 'initLimit': '20', 'syncLimit': '5', 'snapCount': '2000',
               'preAllocSize': '64', 'admin.enableServer': 'false', '4lw.commands.whitelist': '*',
               'maxClientCnxns': '0', 'DigestAuthenticationProvider.superDigest':
               servers.SUPER_DIGEST}
        self.nodes = {i: Node(nets, self.home, i, kind, cfg) for i in SERVERS}

    def settle(self, seconds=60):
        end = time.monotonic() + seconds
        while True:
            roles = {i: n.role() for i, n in self.nodes.items()}
            if None not in roles.values() and list(roles.values()).count('leader') == 1:
                return
            for node in self.nodes.values():
                if node.proc is not None and node.proc.poll() is not None:
                    raise members.Failed('server %d ended by itself with %d:\n%s' % (
                        node.sid, node.proc.returncode, node.log_tail()))
            if time.monotonic() > end:
                raise members.Failed('not settled: %s\n%s' % (roles, '\n'.join(
                    '---- %d\n%s' % (i, n.log_tail()) for i, n in self.nodes.items())))
            time.sleep(0.1)

    def leader(self):
        for i, node in self.nodes.items():
            if node.role() == 'leader':
                return i
        return self.random.choice(SERVERS)

    # ---- what goes wrong; each returns what to say and leaves the rest to heal() ----

    def isolate(self):
        victim = self.random.choice((self.leader(), self.random.choice(SERVERS)))
        for other in SERVERS:
            if other != victim:
                self.nets.cut_both(victim, other)
        return 'server %d alone' % victim

    def isolate_from_all(self):
        victim = self.leader()
        for other in SERVERS + (254,):
            if other != victim:
                self.nets.cut(victim, other)
        return 'server %d hears nobody, clients neither' % victim

    def one_way(self):
        a, b = self.random.sample(SERVERS, 2)
        self.nets.cut(a, b)
        return 'server %d does not hear %d' % (a, b)

    def one_link(self):
        a, b = self.random.sample(SERVERS, 2)
        self.nets.cut_both(a, b)
        return 'no link between %d and %d' % (a, b)

    def everyone_alone(self):
        for a in SERVERS:
            for b in SERVERS:
                if a != b:
                    self.nets.cut(a, b)
        return 'every server alone'

    def pause(self):
        victim = self.random.choice((self.leader(), self.random.choice(SERVERS)))
        self.nodes[victim].signal(signal.SIGSTOP)
        return 'server %d paused' % victim

    def kill(self):
        victim = self.random.choice((self.leader(), self.random.choice(SERVERS)))
        self.nodes[victim].kill()
        return 'server %d killed' % victim

    def kill_two(self):
        two = self.random.sample(SERVERS, 2)
        for victim in two:
            self.nodes[victim].kill()
        return 'servers %s killed' % two

    def kill_all(self):
        for node in self.nodes.values():
            node.kill()
        return 'all servers killed'

    def step_clock(self):
        victim = self.random.choice(SERVERS)
        by = self.random.choice((-7200, -60, -5, 5, 60, 7200))
        self.nodes[victim].step_clock(by)
        return 'clock of server %d steps by %d s' % (victim, by)

    FAULTS = ('isolate', 'isolate', 'isolate_from_all', 'one_way', 'one_link', 'everyone_alone',
              'pause', 'pause', 'kill', 'kill', 'kill_two', 'kill_all', 'step_clock', 'step_clock')

    def heal(self):
        self.nets.heal()
        for node in self.nodes.values():
            node.signal(signal.SIGCONT)
            node.step_clock(0)
            if node.proc is None:
                node.start()

    def round(self, number):
        fault = getattr(self, self.random.choice(self.FAULTS))
        told = fault()
        if self.random.random() < 0.2:
            told += ', ' + getattr(self, self.random.choice(self.FAULTS))()
        held = self.random.uniform(0.3, 5.0)
        time.sleep(held)
        began = time.monotonic()
        self.heal()
        self.settle()
        return '%3d  %-50s %.1f s, back after %.1f s' % (number, told, held,
                                                       time.monotonic() - began)

    def close(self):
        for node in self.nodes.values():
            node.signal(signal.SIGCONT)
            node.kill()
        if not os.environ.get('KEEP_CONFORMANCE_DIRS'):
            shutil.rmtree(self.home, ignore_errors=True)


class AtHost:
    """What members.read_tree wants of a server."""

    def __init__(self, node):
        self.node = node

    def tell(self):
        return 'server %d' % self.node.sid


def read_tree(node):
    real = w.Conn
    try:
        w.Conn = lambda port, timeout: real(PORT, timeout, host=node.host)
        member = AtHost(node)
        member.port = PORT
        return members.read_tree(member)
    finally:
        w.Conn = real


def make_registers(node):
    conn = w.Conn(PORT, timeout=30, host=node.host)
    conn.handshake(timeout=8000)
    for name in REGISTERS:
        conn.call(1, w.CREATE, w.create(name))
    conn.call(2, w.CLOSE_SESSION)
    conn.close()


def play(nets, kind, rounds, seed):
    arena = Arena(nets, kind, seed)
    registers = [history.Register(name) for name in REGISTERS]
    clients = [Client(i, registers, seed * 100 + i) for i in range(5)]
    try:
        for node in arena.nodes.values():
            node.start()
        arena.settle()
        make_registers(arena.nodes[1])
        for client in clients:
            client.start()
        for number in range(1, rounds + 1):
            print(arena.round(number), flush=True)
            for client in clients:
                if client.fault is not None:
                    raise client.fault
            for register in registers:
                register.check()
        for client in clients:
            client.halt.set()
        for client in clients:
            client.join(30)
        time.sleep(1)
        trees = {i: read_tree(n) for i, n in arena.nodes.items()}
        for i in SERVERS[1:]:
            found = members.differences(trees[1], trees[i])
            if found:
                raise members.Failed('servers 1 and %d differ: %s' % (i, found))
        counts = [register.check() for register in registers]
        print('%d rounds, %d sets answered, %d reads, %d refused: linearizable; trees equal' % (
            rounds, sum(c[0] for c in counts), sum(c[1] for c in counts),
            sum(len(r.refused) for r in registers)))
        return 0
    except (history.Violation, members.Failed) as fault:
        print('FAILED (seed %d): %s' % (seed, fault))
        os.environ['KEEP_CONFORMANCE_DIRS'] = '1'
        print('what the servers wrote is in %s' % arena.home)
        return 1
    finally:
        for client in clients:
            client.halt.set()
        arena.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--java', action='store_true', help='the Java server instead of ours')
    parser.add_argument('--rounds', type=int, default=100)
    parser.add_argument('--seed', type=int, default=int(time.time()) % 100000)
    args = parser.parse_args()
    kind = 'java' if args.java else os.path.abspath(args.server)
    servers.check_available(kind)
    nets = netns.inside(len(SERVERS))
    if nets is None:
        try:
            nets = netns.Nets(len(SERVERS))
        except netns.Unavailable as reason:
            raise servers.Skip(str(reason))
        if '--seed' not in sys.argv:
            sys.argv += ['--seed', str(args.seed)]
        try:
            return netns.enter_hub(nets)
        finally:
            nets.close()
    print('seed %d' % args.seed, flush=True)
    return play(nets, kind, args.rounds, args.seed)


if __name__ == '__main__':
    servers.skip_main(main)
