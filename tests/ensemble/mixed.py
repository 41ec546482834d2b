#!/usr/bin/python3
"""Ensembles of Java servers and ours in every mixture, through everything that can befall a member.

    mixed.py [--server PATH] [--java java] [--only NAME] [--list]

Each mixture of three voters and observers of both kinds goes through: start, load with kazoo on all
servers, a follower that was away for a little (DIFF), for long (SNAP), a leader that comes back with
proposals nobody else has (TRUNC), kill -9 of the leader and its return. Which way a learner was brought
up to date is read from the log of ours. At the end the trees of all servers are equal and nothing that
was acknowledged is lost.
"""

import argparse
import os
import time

import load
import members
import servers
import wire as w

SETTLE = 1.0
PAUSE = 0.002
COMMIT_LOG_COUNT = 3000         # proposals a leader keeps in memory


def write_some(member, count, size=10, tag='x'):
    """COUNT creates by one session on MEMBER, pipelined."""
    conn = w.Conn(member.port, timeout=60)
    conn.handshake(timeout=20000)
    base = '/bulk-%s-%d' % (tag, time.monotonic_ns())
    conn.call(1, w.CREATE, w.create(base))
    sent = answered = 0
    while answered < count:
        while sent < count and sent - answered < 200:
            conn.send(w.request(10 + sent, w.CREATE, w.create('%s/%06d' % (base, sent), b'v' * size)))
            sent += 1
        if conn.frame() is None:
            raise members.Failed('%s closed the connection of a writer' % member.tell())
        answered += 1
    conn.call(5, w.CLOSE_SESSION)
    conn.close()


def await_zxid(ensemble, seconds=30):
    """Every server that runs has applied what the leader has. A leader that has written nothing yet
    shows where its epoch begins, which nobody else does."""
    end = time.monotonic() + seconds
    while True:
        zxids = {m.sid: m.mntr().get('last_processed_zxid') or
                 servers.four_letter(m.port, 'srvr').split('Zxid: ')[1].split()[0]
                 for m in ensemble.up()}
        told = {z for z in zxids.values() if int(z, 16 if z.startswith('0x') else 10) & 0xffffffff}
        if len(told) <= 1:
            return
        if time.monotonic() > end:
            raise members.Failed('zxids do not become equal: %s' % zxids)
        time.sleep(0.1)


# ---- the steps -----------------------------------------------------------------------------

def kill_leader_and_return(ensemble, loaded):
    leader = ensemble.leader()
    leader.kill()
    ensemble.settle()
    loaded.await_progress()
    leader.launch()
    ensemble.settle()
    loaded.await_progress()


def away_for_a_little(ensemble, loaded):
    """What it missed is in the leader's memory."""
    follower = ensemble.followers()[0]
    loaded.slow_down(0.05)
    follower.stop()
    loaded.await_progress(30)
    synced = members.Synchronisations(ensemble, follower.sid)
    follower.launch()
    ensemble.settle()
    loaded.await_progress()
    loaded.slow_down(PAUSE)
    return synced.expect(members.DIFF)


def away_for_long(ensemble, loaded):
    """What it missed is more than a leader keeps in memory, and reading the log for it is off."""
    follower = ensemble.followers()[-1]
    follower.kill()
    ensemble.settle()
    write_some(ensemble.leader(), 2 * COMMIT_LOG_COUNT, 500, 'long')
    synced = members.Synchronisations(ensemble, follower.sid)
    follower.launch()
    ensemble.settle()
    loaded.await_progress()
    return synced.expect(members.SNAP)


def give_a_tail(ensemble):
    """The leader's own log gets proposals that nobody else has. The others are stopped before they come
    and end without having read them, and then elect another leader. Returns the old one."""
    leader = ensemble.leader()
    others = [m for m in ensemble.up() if m is not leader]
    conn = w.Conn(leader.port, timeout=20)
    conn.handshake(timeout=30000)
    base = '/tail-%d' % time.monotonic_ns()
    conn.call(1, w.CREATE, w.create(base))
    for member in others:
        member.pause()
    for number in range(20):
        conn.send(w.request(2 + number, w.CREATE, w.create('%s/%d' % (base, number), b'a tail')))
    time.sleep(0.5)
    leader.kill()
    conn.close()
    for member in others:
        member.kill()
    for member in others:
        member.launch()
    ensemble.settle([m.sid for m in others])
    return leader, base


def comes_back(ensemble, loaded, leader, base, expected):
    synced = members.Synchronisations(ensemble, leader.sid)
    leader.launch()
    ensemble.settle()
    loaded.go_on()
    loaded.await_progress()
    if any(path.startswith(base + '/') for path in members.read_tree(leader)):
        raise members.Failed('%s kept what nobody else had' % leader.tell())
    return synced.expect(expected(ensemble.leader()))


def comes_back_with_a_tail(ensemble, loaded):
    """Nothing was written since. Java cuts the tail off; ours, which cannot be sure that a Java server
    really forgets what it cuts, sends all it has."""
    loaded.rest()
    await_zxid(ensemble)
    leader, base = give_a_tail(ensemble)
    return comes_back(ensemble, loaded, leader, base,
                      lambda m: members.TRUNC if m.is_java() else members.SNAP)


def comes_back_later(ensemble, loaded):
    """The ensemble has gone on, in another epoch: nobody cuts across epochs."""
    leader, base = give_a_tail(ensemble)
    loaded.await_progress()
    return comes_back(ensemble, loaded, leader, base, lambda m: members.SNAP)


STEPS = (away_for_a_little, away_for_long, comes_back_with_a_tail, kill_leader_and_return,
         comes_back_later)


def run_mixture(kinds, observers, cfg=None):
    """The voter with the highest id leads first."""
    cfg = dict({'commitLogCount': str(COMMIT_LOG_COUNT), 'snapshotSizeFactor': '-1'}, **(cfg or {}))
    with members.Ensemble(kinds, observers, cfg) as ensemble:
        ensemble.start(leader=max(set(kinds) - set(observers)))
        first = ensemble.leader()
        print('  server %d leads first' % first.sid, flush=True)
        loaded = load.Load([m.address for m in ensemble.members.values()], count=len(kinds),
                           pause=PAUSE, timeout=30.0).start()
        try:
            for step in STEPS:
                began = time.monotonic()
                told = step(ensemble, loaded)
                print('  %-24s %5.1f s, leader now %d%s' % (
                    step.__name__, time.monotonic() - began, ensemble.leader().sid,
                    ', ' + told if told else ''), flush=True)
                time.sleep(SETTLE)
            loaded.stop()
            await_zxid(ensemble)
            tree = members.compare(ensemble.up())
            loaded.check(tree)
            print('  %d znodes equal on %d servers; %s' % (
                len(tree), len(ensemble.up()), loaded.tell()), flush=True)
        finally:
            loaded.stop()
            loaded.disconnect()


def takeover(ours, java):
    """Three Java servers under load become ours one at a time, followers first, and go back."""
    with members.Ensemble({1: java, 2: java, 3: java}) as ensemble:
        ensemble.start()
        loaded = load.Load([m.address for m in ensemble.members.values()], timeout=20.0).start()
        try:
            for kind in (ours, java):
                for member in sorted(ensemble.up(), key=lambda m: m.role() == members.LEADER):
                    member.stop()
                    ensemble.settle()
                    loaded.await_progress()
                    member.launch(kind)
                    ensemble.settle()
                    await_progress_and_equality(ensemble, loaded)
                    print('  server %d is now %s, server %d leads' % (
                        member.sid, 'ours' if kind == ours else 'java', ensemble.leader().sid), flush=True)
            loaded.stop()
            await_zxid(ensemble)
            tree = members.compare(ensemble.up())
            loaded.check(tree, sessions_kept=True)
            print('  %d znodes equal; %s' % (len(tree), loaded.tell()), flush=True)
        finally:
            loaded.stop()
            loaded.disconnect()


def await_progress_and_equality(ensemble, loaded):
    """A moment to settle: Java 3.8.0 loses writes of its own accord under quicker rolling restarts."""
    loaded.await_progress()
    time.sleep(5 * SETTLE)


def scenarios(ours, java):
    out = {}
    for name, voters, observer in (
            ('ours-leads-two-java', (java, java, ours), java),
            ('java-leads-two-ours', (ours, ours, java), ours),
            ('ours-leads-one-of-each', (java, ours, ours), java),
            ('java-leads-one-of-each', (ours, java, java), ours),
            ('all-ours', (ours, ours, ours), ours)):
        kinds = {1: voters[0], 2: voters[1], 3: voters[2], 4: observer,
                 5: ours if observer == java else java}
        if name == 'all-ours':
            del kinds[5]
        out[name] = lambda kinds=kinds: run_mixture(kinds, {4, 5} & set(kinds))
    out['takeover-and-back'] = lambda: takeover(ours, java)
    out['all-java'] = lambda: run_mixture({1: java, 2: java, 3: java, 4: java}, {4})
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--java', default='java')
    return members.play(parser, lambda args: scenarios(os.path.abspath(args.server), args.java),
                        leave_out=('all-java',))


if __name__ == '__main__':
    servers.skip_main(main)
