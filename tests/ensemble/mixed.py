#!/usr/bin/python3
"""Ensembles of Java servers and ours in every mixture, through everything that can befall a member.

    mixed.py [--server PATH] [--java java] [--only NAME] [--list]

Each mixture of three voters and an observer goes through: start, load with kazoo on all servers,
kill -9 of the leader, its return, a follower that was away for a little (DIFF), for long (SNAP), and a
leader that comes back with proposals nobody else has (TRUNC or SNAP). At the end the trees of all
servers are equal and nothing that was acknowledged is lost.
"""

import argparse
import os
import sys
import time
import traceback

import load
import members
import servers
import wire as w

SETTLE = 1.0


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
    """Every server that runs has applied what the leader has."""
    end = time.monotonic() + seconds
    while True:
        zxids = {m.sid: m.mntr().get('last_processed_zxid') or
                 servers.four_letter(m.port, 'srvr').split('Zxid: ')[1].split()[0]
                 for m in ensemble.up()}
        if len(set(zxids.values())) == 1:
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
    follower = ensemble.followers()[0]
    follower.stop()
    loaded.await_progress(30)
    follower.launch()
    ensemble.settle()
    loaded.await_progress()


def away_for_long(ensemble, loaded):
    follower = ensemble.followers()[-1]
    follower.kill()
    ensemble.settle()
    write_some(ensemble.leader(), 3000, 200, 'long')
    follower.launch()
    ensemble.settle()
    loaded.await_progress()


def comes_back_with_a_tail(ensemble, loaded):
    """The leader's own log gets proposals that nobody else has: the others are paused when they come."""
    leader = ensemble.leader()
    others = [m for m in ensemble.up() if m is not leader]
    for member in others:
        member.pause()
    try:
        conn = w.Conn(leader.port, timeout=5)
        conn.handshake(timeout=20000)
    except OSError:
        conn = None                              # its own session needs the others: the load's writes do
    time.sleep(0.3)
    leader.kill()
    for member in others:
        member.resume()
    if conn is not None:
        conn.close()
    ensemble.settle([m.sid for m in others])
    loaded.await_progress()
    leader.launch()
    ensemble.settle()
    loaded.await_progress()


STEPS = (kill_leader_and_return, away_for_a_little, comes_back_with_a_tail, away_for_long)


def run_mixture(kinds, observers, cfg=None):
    with members.Ensemble(kinds, observers, cfg) as ensemble:
        ensemble.start()
        first = ensemble.leader()
        print('  server %d leads first' % first.sid, flush=True)
        loaded = load.Load([m.address for m in ensemble.members.values()], count=4).start()
        try:
            for step in STEPS:
                began = time.monotonic()
                step(ensemble, loaded)
                print('  %-26s %5.1f s, leader now %d' % (
                    step.__name__, time.monotonic() - began, ensemble.leader().sid), flush=True)
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
        kinds = {1: voters[0], 2: voters[1], 3: voters[2], 4: observer}
        out[name] = lambda kinds=kinds: run_mixture(kinds, {4})
    out['takeover-and-back'] = lambda: takeover(ours, java)
    out['all-java'] = lambda: run_mixture({1: java, 2: java, 3: java, 4: java}, {4})
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--java', default='java')
    parser.add_argument('--only', action='append')
    parser.add_argument('--list', action='store_true')
    args = parser.parse_args()
    everything = scenarios(args.server, args.java)
    if args.list:
        print('\n'.join(everything))
        return 0
    names = args.only or [n for n in everything if n != 'all-java']
    servers.check_available(args.java)
    failed = []
    for name in names:
        print(name, flush=True)
        began = time.monotonic()
        try:
            everything[name]()
            print('  ok, %.0f s' % (time.monotonic() - began), flush=True)
        except (members.Failed, servers.StartFailed, OSError) as fault:
            failed.append(name)
            print('  FAILED: %s' % fault, flush=True)
            if os.environ.get('ENSEMBLE_TRACE'):
                traceback.print_exc()
    print('%d passed, %d failed%s' % (len(names) - len(failed), len(failed),
                                      ': ' + ', '.join(failed) if failed else ''))
    return 1 if failed else 0


if __name__ == '__main__':
    servers.skip_main(main)
