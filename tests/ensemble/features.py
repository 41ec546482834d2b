#!/usr/bin/python3
"""What an ensemble promises its clients, with Java servers and ours side by side.

    features.py [--server PATH] [--java java] [--only NAME] [--list]

watches-and-ephemerals   kazoo on every server: watches once and with the new data, an ephemeral that goes
                         with its session, a lock, whoever leads
session-move             a session goes from server to server and back, and is served in one place only
local-sessions           sessions nobody else knows of, until they make an ephemeral
read-only                a server cut off serves readers who asked for it, and nobody else
quorum-loss              a leader of ours without a quorum stops at once and says so
deposed-sync             a leader that was asleep while another was elected does not vouch for old data
hierarchical             groups with weights: which losses are borne, and which are not
diff-from-the-log        what a learner missed is read from the leader's log on disk
out-of-descriptors       who waits at a port between servers while ours is out of descriptors costs no time
descriptors-for-files    callers at such a port never take those that the next log and snapshot need
a-million                a million znodes reach a new member as a snapshot (only when named)
"""

import argparse
import os
import resource
import shutil
import socket
import threading
import time

from kazoo.client import KazooClient
from kazoo.protocol.states import EventType

import load
import members
import mixed
import servers
import wire as w

NOT_READ_ONLY, SESSION_MOVED = -119, -118


def must(condition, *what):
    if not condition:
        raise members.Failed(' '.join(str(item) for item in what))


def await_that(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        must(time.monotonic() < end, 'after %d s still not:' % seconds, what)
        time.sleep(0.05)


def connected(member, session=0, password=b'\0' * 16, timeout=10000, read_only=False):
    """A connection with a session; fails when there is none."""
    conn = w.Conn(member.port, timeout=20)
    answer = conn.handshake(session=session, password=password, timeout=timeout, read_only=read_only)
    must(isinstance(answer, w.Connected) and answer.session, member.tell(), 'gives no session:', answer)
    conn.session, conn.password, conn.read_only = answer.session, answer.password, answer.read_only
    return conn


def ok(reply, what):
    must(isinstance(reply, w.Reply) and reply.err == 0, what, 'was answered with', reply)
    return reply


def there(member, path):
    """The stat of PATH on that server after a sync, or None."""
    conn = connected(member)
    try:
        ok(conn.call(1, w.SYNC, w.ustr('/')), 'sync')
        reply = conn.call(2, w.EXISTS, w.path_watch(path))
        conn.call(3, w.CLOSE_SESSION)
        return reply.body[0] if reply.err == 0 else None
    finally:
        conn.close()


def trio(ours, java, leader):
    """Three voters and an observer, of both kinds; LEADER leads."""
    other = java if leader == ours else ours
    return members.Ensemble({1: ours, 2: java, 3: leader, 4: other}, {4},
                            {'snapshotSizeFactor': '-1'})


# ---- watches, ephemerals, a lock --------------------------------------------------------------

class Watcher:
    """Remembers events, and what was read when one came."""

    def __init__(self, client, path):
        self.client, self.path, self.events = client, path, []
        self.client.get(path, watch=self.seen)

    def seen(self, event):
        if event.type != EventType.NONE:
            self.events.append(event.type)


def watches(clients):
    for writer in clients:
        path = '/watched-%d' % id(writer)
        writer.create(path, b'0')
        for client in clients:
            client.sync(path)
        watchers = [Watcher(client, path) for client in clients]
        writer.set(path, b'1')
        await_that('every watch fires', lambda: all(x.events for x in watchers))
        for client in clients:
            must(client.get(path)[0] == b'1', 'a watch came before its data')
        writer.set(path, b'2')
        for client in clients:
            client.sync(path)
        must(all(x.events == [EventType.CHANGED] for x in watchers), 'watches fire once:',
             [x.events for x in watchers])
        writer.delete(path)


def ephemerals(ensemble, clients):
    """A client that vanishes without a word: its ephemeral goes on all servers, and watches tell so."""
    for member in ensemble.up():
        lost = connected(member, timeout=2000)
        path = '/ephemeral-of-%d' % member.sid
        ok(lost.call(1, w.CREATE, w.create(path, b'', flags=w.EPHEMERAL)), 'create of an ephemeral')
        for client in clients:
            client.sync(path)
        watchers = [Watcher(client, path) for client in clients]
        lost.close()
        await_that('%s is gone' % path, lambda: all(x.events for x in watchers))
        must(all(x.events == [EventType.DELETED] for x in watchers), 'events of', path)
        must(all(there(m, path) is None for m in ensemble.up()), path, 'is still there somewhere')


def lock(clients, rounds=10):
    """Kazoo's lock among clients of all servers guards a read and a write that are two operations."""
    clients[0].create('/guarded', b'0')
    faults = []

    def count(client):
        try:
            for _ in range(rounds):
                with client.Lock('/lock', 'x'):
                    client.sync('/guarded')
                    value = int(client.get('/guarded')[0])
                    time.sleep(0.005)
                    client.set('/guarded', b'%d' % (value + 1))
        except Exception as fault:                                     # told below
            faults.append(fault)

    threads = [threading.Thread(target=count, args=(c,), daemon=True) for c in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    must(not faults and not any(t.is_alive() for t in threads), 'the lock:', faults)
    clients[-1].sync('/guarded')
    value = int(clients[-1].get('/guarded')[0])
    must(value == rounds * len(clients), value, 'instead of', rounds * len(clients))


def watches_and_ephemerals(ours, java):
    for kind in (ours, java):
        with trio(ours, java, kind) as ensemble:
            ensemble.start(leader=3)
            clients = [KazooClient(hosts=m.address, timeout=20.0) for m in ensemble.up()]
            try:
                for client in clients:
                    client.start(timeout=30)
                watches(clients)
                ephemerals(ensemble, clients)
                lock(clients)
            finally:
                for client in clients:
                    client.stop()
                    client.close()
            print('  %s leads: watches, ephemerals and a lock on 4 servers' %
                  ensemble.leader().tell(), flush=True)


# ---- sessions ---------------------------------------------------------------------------------

def session_move(ours, java):
    for kind in (ours, java):
        with trio(ours, java, kind) as ensemble:
            ensemble.start(leader=3)
            conn = connected(ensemble[1], timeout=20000)
            session, password = conn.session, conn.password
            ok(conn.call(1, w.CREATE, w.create('/mine', b'', flags=w.EPHEMERAL)), 'create')
            moves = 0
            for sid in (2, 3, 4, 1, 3, 2, 1, 4, 2):
                moved = connected(ensemble[sid], session, password, timeout=20000)
                must(moved.session == session, ensemble[sid].tell(), 'gave another session')
                ok(moved.call(2, w.SET_DATA, w.set_data('/mine', b'%d' % sid)), 'set after a move')
                reply = conn.call(3, w.SET_DATA, w.set_data('/mine', b'from where it was'))
                must(reply is None or reply.err == SESSION_MOVED, 'where the session was: ', reply)
                conn.close()
                conn = moved
                moves += 1
            stat = there(ensemble[3], '/mine')
            must(stat is not None and stat.owner == session and stat.version == moves,
                 'the ephemeral after %d moves: ' % moves, stat)
            ok(conn.call(4, w.CLOSE_SESSION), 'close')
            conn.close()
            await_that('the ephemeral goes', lambda: there(ensemble[3], '/mine') is None)
            print('  %s leads: moved %d times' % (ensemble.leader().tell(), moves), flush=True)


def zxid_of(member):
    return int(servers.four_letter(member.port, 'srvr').split('Zxid: ')[1].split()[0], 16)


def local_sessions(ours, java):
    cfg = {'localSessionsEnabled': 'true', 'localSessionsUpgradingEnabled': 'true'}
    for kind in (ours, java):
        with members.Ensemble({1: ours, 2: java, 3: kind}, cfg=cfg) as ensemble:
            ensemble.start(leader=3)
            mixed.write_some(ensemble[3], 1)            # before, a Java leader is ahead by nothing
            for member in ensemble.up():
                mixed.await_zxid(ensemble)
                before = zxid_of(member)
                conn = connected(member, timeout=15000)
                ok(conn.call(1, w.EXISTS, w.path_watch('/')), 'exists')
                must(zxid_of(member) == before, member.tell(), 'spent a zxid on a local session')
                other = ensemble[1 + member.sid % 3]
                guest = w.Conn(other.port, timeout=20)
                answer = guest.handshake(session=conn.session, password=conn.password)
                must(answer is None or answer.session == 0, other.tell(), 'knows a local session')
                guest.close()
                path = '/of-a-local-session-%d' % member.sid
                ok(conn.call(2, w.CREATE, w.create(path, b'', flags=w.EPHEMERAL)), 'upgrade')
                stat = there(other, path)
                must(stat is not None and stat.owner == conn.session, path, 'has', stat)
                moved = connected(other, conn.session, conn.password)
                ok(moved.call(3, w.CLOSE_SESSION), 'close')
                conn.close()
                moved.close()
                await_that(path + ' goes', lambda: there(member, path) is None)
            print('  %s leads: local, upgraded, moved, closed' % ensemble.leader().tell(), flush=True)


# ---- without a quorum -----------------------------------------------------------------------------

def read_only(ours, java):
    kinds = {1: ours, 2: java, 3: ours}
    with members.Ensemble(kinds, props={'readonlymode.enabled': 'true'}) as ensemble:
        ensemble.start(leader=3)
        writer = connected(ensemble[1])
        ok(writer.call(1, w.CREATE, w.create('/kept', b'x')), 'create')
        writer.close()
        mixed.await_zxid(ensemble)
        for sid in (2, 3):
            ensemble[sid].kill()
        ensemble.await_role(1, 'read-only', 30)
        reader = connected(ensemble[1], read_only=True)
        must(reader.read_only, 'the session is not said to be read-only')
        must(ok(reader.call(1, w.GET_DATA, w.path_watch('/kept')), 'get').body[0] == b'x', 'data')
        reply = reader.call(2, w.SET_DATA, w.set_data('/kept', b'y'))
        must(isinstance(reply, w.Reply) and reply.err == NOT_READ_ONLY, 'a write: ', reply)
        refused = w.Conn(ensemble[1].port, timeout=10)
        must(refused.handshake(read_only=False) is None, 'a session that may write was given')
        refused.close()
        for sid in (2, 3):
            ensemble[sid].launch()
        ensemble.settle()
        must(reader.call(3, w.PING) is None, 'a read-only session outlives its server\'s return')
        reader.close()
        writer = connected(ensemble[1], timeout=10000)
        must(not writer.read_only, 'still read-only')
        ok(writer.call(1, w.SET_DATA, w.set_data('/kept', b'y')), 'set')
        writer.close()
        print('  read-only alone, a server like any other afterwards', flush=True)


def end_of_service(leader, conn, limit):
    """Seconds until the connection ends; a write sent before is not acknowledged."""
    began = time.monotonic()
    conn.sock.settimeout(limit + 20)
    conn.send(w.request(5, w.SET_DATA, w.set_data('/counted', b'lost')))
    while True:
        payload = conn.frame()
        if payload is None:
            break
        must(w.decode_header(payload)[2] != 0, 'a write without a quorum was acknowledged')
    took = time.monotonic() - began
    must(took < limit, 'the leader stopped only after %.1f s' % took)
    await_that('the leader says that it does not serve', lambda: 'not currently serving' in
               servers.four_letter(leader.port, 'srvr'), 5)
    return took


def quorum_loss(ours, java):
    """Followers of both kinds end, and then are paused."""
    with members.Ensemble({1: ours, 2: java, 3: ours}) as ensemble:
        ensemble.start(leader=3)
        leader = ensemble.leader()
        for pause, limit in ((False, 2.0), (True, 7.0)):           # syncLimit is 10 ticks of 500 ms
            conn = connected(leader, timeout=30000)
            conn.call(1, w.CREATE, w.create('/counted', b'0'))
            mixed.await_zxid(ensemble)
            offset = leader.log_size()
            followers = ensemble.followers()
            for member in followers:
                member.pause() if pause else member.kill()
            took = end_of_service(leader, conn, limit)
            text = leader.log_since(offset)
            must('no quorum can be reached' in text, 'the log does not say why:', text[-2000:])
            for member in followers:
                member.resume() if pause else member.launch()
            conn.close()
            ensemble.settle()
            # A write that was not acknowledged may come back or not, but then everywhere.
            mixed.await_zxid(ensemble)
            members.compare(ensemble.up())
            print('  followers %s: the leader stopped after %.1f s and said so' % (
                'paused' if pause else 'killed', took), flush=True)
            if ensemble.leader() is not leader:
                leader = ensemble.leader()
                must(not leader.is_java(), 'a Java server leads, the rest proves nothing')


def deposed_sync(ours, java):
    for others, rounds in ((ours, 3), (java, 1)):       # behind the first, a Java server leads
        with members.Ensemble({1: others, 2: others, 3: ours}) as ensemble:
            ensemble.start(leader=3)
            for number in range(rounds):
                sync_at_a_sleeper(ensemble, '/value-%d' % number)
            print('  with %s: %d times asleep, never wrong' % (
                ensemble[1].tell(), rounds), flush=True)


def sync_at_a_sleeper(ensemble, path):
    leader = ensemble.leader()
    asleep = connected(leader, timeout=30000)
    ok(asleep.call(1, w.CREATE, w.create(path, b'old')), 'create')
    mixed.await_zxid(ensemble)
    leader.pause()
    ensemble.settle([m.sid for m in ensemble.up() if m is not leader])
    asleep.send(w.request(2, w.SYNC, w.ustr(path)) + w.request(3, w.GET_DATA, w.path_watch(path)))
    awake = next(m for m in ensemble.up() if m is not leader)
    writer = connected(awake, timeout=30000)
    ok(writer.call(1, w.SET_DATA, w.set_data(path, b'new')), 'set')
    writer.call(2, w.CLOSE_SESSION)
    writer.close()
    leader.resume()
    replies = []
    for op in (w.SYNC, w.GET_DATA):
        payload = asleep.frame()
        if payload is None:
            break
        replies.append(w.decode(op, payload))
    must(len(replies) < 2 or replies[0].err or replies[1].err or replies[1].body[0] == b'new',
         'a deposed leader vouched for old data:', replies)
    asleep.close()
    ensemble.settle()


# ---- quorums ---------------------------------------------------------------------------------------

def hierarchical(ours, java):
    """Three groups, {1, 2}, {3} and {4}; server 2 weighs nothing."""
    cfg = {'group.1': '1:2', 'group.2': '3', 'group.3': '4',
           'weight.1': '1', 'weight.2': '0', 'weight.3': '1', 'weight.4': '1'}
    for kinds in ({1: ours, 2: java, 3: java, 4: ours}, {1: java, 2: ours, 3: ours, 4: java}):
        with members.Ensemble(kinds, cfg=cfg) as ensemble:
            ensemble.start()
            must(ensemble.leader().sid != 2, 'server 2 leads and weighs nothing')
            loaded = load.Load([m.address for m in ensemble.members.values()], timeout=30.0).start()
            try:
                ensemble[1].kill()
                ensemble.settle()
                loaded.await_progress()
                print('  without 1: groups 2 and 3 serve, %d leads' % ensemble.leader().sid, flush=True)
                ensemble[4].kill()
                for sid in (2, 3):
                    ensemble.await_role(sid, None)
                before = loaded.done()
                time.sleep(3)
                must(loaded.done() == before, 'writes were acknowledged by one group of three')
                print('  without 1 and 4: nobody serves, although two of four run', flush=True)
                ensemble[1].launch()
                ensemble.settle()
                loaded.await_progress()
                print('  without 4: groups 1 and 2 serve, %d leads' % ensemble.leader().sid, flush=True)
                ensemble[4].launch()
                ensemble.settle()
                loaded.await_progress()
                loaded.stop()
                mixed.await_zxid(ensemble)
                loaded.check(members.compare(ensemble.up()))
                print('  %s' % loaded.tell(), flush=True)
            finally:
                loaded.stop()
                loaded.disconnect()


# ---- ways to catch up --------------------------------------------------------------------------------

def diff_from_the_log(ours, java):
    for kinds in ({1: java, 2: ours, 3: ours}, {1: ours, 2: java, 3: java}):
        with members.Ensemble(kinds, cfg={'commitLogCount': '100'}) as ensemble:
            ensemble.start(leader=3)
            mixed.write_some(ensemble[3], 4000, 500)          # so that a snapshot would be large
            ensemble[2].stop()
            ensemble[2].launch()
            ensemble.settle()
            ensemble[1].stop()
            mixed.write_some(ensemble[3], 500, 10)
            synced = members.Synchronisations(ensemble, 1)
            ensemble[1].launch()
            ensemble.settle()
            must(synced.seen() == {members.DIFF}, 'seen:', synced.seen())
            mixed.await_zxid(ensemble)
            tree = members.compare(ensemble.up())
            print('  %s to %s: 500 of %d znodes by DIFF, 100 are in memory' % (
                ensemble[3].tell(), ensemble[1].tell(), len(tree)), flush=True)


# ---- limits ------------------------------------------------------------------------------------------

def processor_seconds(pid):
    with open('/proc/%d/stat' % pid) as f:
        fields = f.read().rpartition(')')[2].split()
    return sum(int(x) for x in fields[11:13]) / os.sysconf('SC_CLK_TCK')


def out_of_descriptors(ours, java):
    with members.Ensemble({1: ours, 2: java, 3: ours}) as ensemble:
        ensemble.start(leader=3)
        for member, port in ((ensemble[1], ensemble[1].election_port),
                             (ensemble[3], ensemble[3].quorum_port)):
            pid = member.proc.pid
            hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
            resource.prlimit(pid, resource.RLIMIT_NOFILE,
                             (len(os.listdir('/proc/%d/fd' % pid)) - 1, hard))
            callers = [socket.create_connection(('127.0.0.1', port), 5) for _ in range(20)]
            time.sleep(0.5)
            before = processor_seconds(pid)
            time.sleep(2)
            spent = processor_seconds(pid) - before
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
            for caller in callers:
                caller.close()
            must(spent < 0.3, member.tell(), 'was busy for %.2f s of 2 with callers it cannot take' % spent)
            print('  %s, port %d: busy for %.2f s of 2' % (member.tell(), port, spent), flush=True)
        ensemble.settle()
        must(there(ensemble[1], '/') is not None, 'nobody serves any more')


def descriptors_for_files(ours, java):
    with members.Ensemble({1: ours, 2: java, 3: ours}, cfg={'snapCount': '300'}) as ensemble:
        leader = ensemble.start(leader=3)[3]
        conn = connected(leader, timeout=10000)
        ok(conn.call(1, w.CREATE, w.create('/files', b'')), 'create')
        pid = leader.proc.pid
        hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir('/proc/%d/fd' % pid)) + 25, hard))
        callers = [socket.create_connection(('127.0.0.1', port), 5)
                   for port in (leader.quorum_port, leader.election_port) for _ in range(20)]
        for number in range(1500):                       # several snapshots and logs
            ok(conn.call(2, w.SET_DATA, w.set_data('/files', b'%d' % number)), 'set')
        must(leader.alive(), 'the leader ended')
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
        for caller in callers:
            caller.close()
        conn.close()
        ensemble.settle()


def fill(member, count):
    conn = connected(member, timeout=60000)
    conn.sock.settimeout(120)
    for number in range(0, count, 1000):
        if number % 10000 == 0:
            ok(conn.call(1, w.CREATE, w.create('/m%06d' % number)), 'create')
        base = '/m%06d/' % (number // 10000 * 10000)
        ops = [(w.CREATE, w.create(base + '%07d' % (number + i), b'0123456789')) for i in range(1000)]
        ok(conn.call(2, w.MULTI, w.multi(ops)), 'multi')
    conn.call(3, w.CLOSE_SESSION)
    conn.close()


def a_million(ours, java):
    """A new member of each kind joins a leader of the other, and writers go on meanwhile."""
    for kinds in ({1: java, 2: ours, 3: ours}, {1: ours, 2: ours, 3: java}):
        cfg = {'initLimit': '200', 'syncLimit': '60', 'commitLogCount': '50'}
        with members.Ensemble(kinds, cfg=cfg) as ensemble:
            for member in ensemble.members.values():
                member.java_heap = '3g'
            ensemble.start(leader=3)
            ensemble[1].kill()
            began = time.monotonic()
            fill(ensemble[2], 1000000)
            print('  a million created in %.0f s' % (time.monotonic() - began), flush=True)
            shutil.rmtree(ensemble[1].home + '/data/version-2')
            loaded = load.Load([m.address for m in ensemble.listed({2, 3})], pause=0.01,
                               timeout=60.0).start()
            try:
                synced = members.Synchronisations(ensemble, 1)
                began = time.monotonic()
                ensemble[1].launch()
                ensemble.settle(seconds=240)
                took = time.monotonic() - began
                loaded.await_progress()
                must(members.SNAP in synced.seen(), 'seen:', synced.seen())
                loaded.stop()
                mixed.await_zxid(ensemble, 60)
                counts = {m.sid: m.mntr()['znode_count'] for m in ensemble.up()}
                must(len(set(counts.values())) == 1, 'znodes:', counts)
                print('  %s to %s: joined by SNAP in %.1f s; %s' % (
                    ensemble[3].tell(), ensemble[1].tell(), took, loaded.tell()), flush=True)
            finally:
                loaded.stop()
                loaded.disconnect()


SCENARIOS = (watches_and_ephemerals, session_move, local_sessions, read_only, quorum_loss,
             deposed_sync, hierarchical, diff_from_the_log, out_of_descriptors, descriptors_for_files,
             a_million)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--java', default='java')
    everything = {f.__name__.replace('_', '-'): f for f in SCENARIOS}
    return members.play(parser, lambda args: {
        name: (lambda f=f: f(os.path.abspath(args.server), args.java))
        for name, f in everything.items()}, leave_out=('a-million',))


if __name__ == '__main__':
    servers.skip_main(main)
