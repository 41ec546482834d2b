#!/usr/bin/python3
"""Tortures the client library: kills its server and mistreats its connections.

    client.py --client PROGRAM --server PATH [--rounds 20] [--seed N] [--java] [--ensemble]

PROGRAM is torture_client, built with or without sanitizers; what it checks stands in client.c.
Each round lets it work through a proxy for a moment, then kills the server and starts it again on
the same data. The proxy chooses for every connection how to treat it: pass on, delay, split byte by
byte, read slowly, or cut in the middle of a frame. With --ensemble there are three servers, each behind such a
proxy, and it is the leader that is killed: sessions move, and their watches with them. The seed is printed first; the last line says
'all well' and the counts, or what went wrong.
"""

import argparse
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE) + '/conformance')
sys.path.insert(0, os.path.dirname(HERE) + '/ensemble')
import members  # noqa: E402
import servers  # noqa: E402

PASS_SECONDS = 0.8
END_SECONDS = 240
WAYS = ('pass', 'delay', 'bytes', 'slow', 'cut', 'cut')


class Proxy(threading.Thread):
    """Between clients and the server at PORT; treats each connection in a way of its own."""

    def __init__(self, port, chance):
        super().__init__(daemon=True)
        self.target = port
        self.chance = chance
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=50)
        self.port = self.listener.getsockname()[1]
        self.counts = dict.fromkeys(WAYS, 0)
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(('127.0.0.1', self.target), 2)
            except OSError:
                client.close()
                continue
            way = self.chance.choice(WAYS)
            self.counts[way] += 1
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for pair in ((client, server, False), (server, client, True)):
                threading.Thread(target=self.pump, args=pair + (way, self.chance.random()),
                                 daemon=True).start()

    def pump(self, source, sink, to_client, way, luck):
        # a cut falls into one direction after so many bytes, rarely at the end of a frame
        budget = int(200 + luck * 40000) if way == 'cut' and to_client == (luck < 0.5) else None
        try:
            source.settimeout(None)
            while True:
                data = source.recv(512 if way == 'slow' else 16384)
                if not data:
                    break
                if budget is not None and len(data) >= budget:
                    sink.sendall(data[:budget])
                    break
                if budget is not None:
                    budget -= len(data)
                self.forward(sink, data, way, luck)
        except OSError:
            pass
        for end in (source, sink):
            self.hang_up(end, way == 'cut')

    @staticmethod
    def forward(sink, data, way, luck):
        if way == 'delay':
            time.sleep(0.002 + luck * 0.03)
        if way == 'slow':
            time.sleep(0.01)
        if way != 'bytes':
            sink.sendall(data)
            return
        head, tail = data[:300], data[300:]
        for at in range(len(head)):
            sink.sendall(head[at:at + 1])
        for at in range(0, len(tail), 37):
            sink.sendall(tail[at:at + 37])

    @staticmethod
    def hang_up(end, abruptly):
        try:
            if abruptly:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        try:
            end.close()
        except OSError:
            pass


def storm(program, server, rounds, chance):
    for _ in range(rounds):
        time.sleep(PASS_SECONDS * (0.5 + chance.random()))
        if program.poll() is not None:
            return
        server.kill()
        if chance.random() < 0.3:
            time.sleep(1.2)  # long enough for a whole round of vain attempts
        server.start()


def storm_leaders(program, ensemble, rounds, chance):
    for _ in range(rounds):
        time.sleep(PASS_SECONDS * (0.5 + chance.random()))
        if program.poll() is not None:
            return
        leader = ensemble.leader()
        leader.kill()
        if chance.random() < 0.5:
            ensemble.settle()  # the others lead on without it
        leader.launch()
        ensemble.settle()


def torture(args):
    kind = 'java' if args.java else args.server
    cfg = {'maxSessionTimeout': '40000', 'forceSync': 'no'}
    if args.ensemble:
        with members.Ensemble({1: kind, 2: kind, 3: kind}, cfg=cfg) as ensemble:
            ensemble.start()
            return run(args, ensemble.listed(None), ensemble.hosts(), storm_leaders, ensemble)
    with servers.Server(kind, cfg=dict(cfg, tickTime='2000')) as server:
        return run(args, [server], server.address, storm, server)


def run(args, listed, direct, storming, target):
    chance = random.Random(args.seed)
    proxies = [Proxy(server.port, chance) for server in listed]
    program = subprocess.Popen(
        [args.client, ','.join('127.0.0.1:%d' % p.port for p in proxies), direct],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if program.stdout.readline() != b'running\n':
        out, err = program.communicate(timeout=10)
    else:
        try:
            storming(program, target, args.rounds, chance)
        except members.Failed:
            program.kill()
            raise
        try:
            out, err = program.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            out, err = program.communicate()
            out += b'did not come to rest'
    text = (err + out).decode('utf-8', 'replace').strip()
    print('connections: ' + ', '.join(
        '%s %d' % (way, sum(p.counts[way] for p in proxies)) for way in proxies[0].counts))
    print(text[-6000:])
    good = program.returncode == 0 and out.startswith(b'all well')
    if not good:
        print('FAILED, exit %s; again with: %s' % (program.returncode, ' '.join(
            sys.argv if '--seed' in sys.argv else sys.argv + ['--seed', str(args.seed)])))
    return 0 if good else 1


def main():
    parser = argparse.ArgumentParser(description='torture the client library')
    parser.add_argument('--client', required=True, help='torture_client')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--java', action='store_true', help='with the Java server')
    parser.add_argument('--ensemble', action='store_true', help='kill the leaders of three servers')
    parser.add_argument('--rounds', type=int, default=20, help='how often the server is killed')
    parser.add_argument('--seed', type=int, default=random.randrange(1 << 30))
    args = parser.parse_args()
    servers.check_available('java' if args.java else args.server)
    print('seed %d' % args.seed)
    return torture(args)


if __name__ == '__main__':
    servers.skip_main(main)
