#!/usr/bin/python3
"""Three servers become six and then servers 4, 5 and 6, by edited lists and restarts, under load.

    migration.py [--server PATH] [--java] [--only NAME] [--list]

safe-chain     one server at a time, each step on every server before the next: no loss of service but
               elections, exactly one leader after each step, nothing acknowledged lost
literal-order  the order printed in the tutorial, which jumps: its outcome step by step, and a warning on
               every server whose list is not that of another
split          three servers by the list of three, three by that of six, and the leader restarted with the
               longer list: Java elects two leaders that both commit. Ours must never have two; it elects
               nobody and says why until the lists are brought in line
"""

import argparse
import contextlib
import os
import time

import load
import members
import servers

WARNING = 'another server list'
HELD_BACK = 'no leader is elected'


def restart(ensemble, member, sids):
    """MEMBER again, with the list SIDS."""
    member.stop()
    member.members = set(sids)
    member.launch()


def log_of(member):
    with open(member.log_path, 'rb') as f:
        return f.read().decode('utf-8', 'replace')


def leaders(ensemble):
    return [m.sid for m in ensemble.up() if m.role() == members.LEADER]


def must_lead(ensemble, sids, seconds=60):
    """Exactly one leads, and it is one of SIDS."""
    end = time.monotonic() + seconds
    while True:
        now = leaders(ensemble)
        if len(now) > 1:
            raise members.Failed('servers %s all say that they lead' % now)
        if now and now[0] in sids:
            return now[0]
        if time.monotonic() > end:
            raise members.Failed('none of %s leads: %s' % (
                sids, {m.sid: m.role() for m in ensemble.up()}))
        time.sleep(0.1)


def must_be(ensemble, role, *sids, seconds=40):
    end = time.monotonic() + seconds
    while True:
        now = {s: ensemble[s].role() for s in sids}
        if all(r == role for r in now.values()):
            return
        if time.monotonic() > end:
            raise members.Failed('expected %s, got %s' % (role, now))
        time.sleep(0.1)


@contextlib.contextmanager
def three_of_six(kind, timeout):
    """Servers 1, 2, 3 up by their own list, led by 3, with 4, 5, 6 made but not started, and a load on all six.

    Gives the ensemble and the load, whose sessions have TIMEOUT seconds.
    """
    with members.Ensemble({1: kind, 2: kind, 3: kind}) as ensemble:
        for sid in (1, 2, 3):
            ensemble[sid].members = {1, 2, 3}
        ensemble.start()
        must_lead(ensemble, {3})
        ports = [ensemble[s].address for s in (1, 2, 3)]
        for sid in (4, 5, 6):
            ports.append(ensemble.add(sid, kind).address)
        loaded = load.Load(ports, timeout=timeout).start()
        try:
            yield ensemble, loaded
        finally:
            loaded.stop()
            loaded.disconnect()


def finish(ensemble, loaded, sessions_kept):
    loaded.stop()
    time.sleep(1)
    tree = members.compare([m for m in ensemble.up() if m.role() is not None])
    loaded.check(tree, sessions_kept=sessions_kept)
    print('  %d znodes equal on servers %s; %s' % (
        len(tree), [m.sid for m in ensemble.up()], loaded.tell()), flush=True)
    loaded.disconnect()


# ---- the safe chain ------------------------------------------------------------------------

def step_to(ensemble, loaded, sids):
    """Everyone to the list SIDS: new servers first, then the others, the leader last."""
    for sid in sids:
        if not ensemble[sid].alive():
            ensemble[sid].members = set(sids)
            ensemble[sid].launch()
            ensemble.settle()
    for member in [m for m in ensemble.up() if m.sid not in sids]:
        member.stop()
        ensemble.settle()
        loaded.await_progress()
    for member in sorted(ensemble.up(), key=lambda m: m.role() == members.LEADER):
        if member.members != set(sids):
            restart(ensemble, member, sids)
            ensemble.settle()
            loaded.await_progress()
    if len(leaders(ensemble)) != 1:
        raise members.Failed('leaders after the step to %s: %s' % (sids, leaders(ensemble)))
    print('  list %s: server %d leads' % (sids, leaders(ensemble)[0]), flush=True)


def safe_chain(kind):
    with three_of_six(kind, 20.0) as (ensemble, loaded):
        for sids in ((1, 2, 3, 4), (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6),
                     (2, 3, 4, 5, 6), (3, 4, 5, 6), (4, 5, 6)):
            step_to(ensemble, loaded, sids)
        if WARNING in ''.join(log_of(m) for m in ensemble.members.values()) or servers.is_java(kind):
            finish(ensemble, loaded, sessions_kept=True)
        else:
            raise members.Failed('lists differed for a while and nobody was warned')


# ---- the tutorial's order --------------------------------------------------------------------

def literal_order(kind):
    ours = not servers.is_java(kind)
    with three_of_six(kind, 30.0) as (ensemble, loaded):
        for sid, sids in ((4, range(1, 5)), (5, range(1, 6)), (6, range(1, 7))):
            ensemble[sid].members = set(sids)
            ensemble[sid].launch()
            must_be(ensemble, members.FOLLOWER, sid)
        for sid in (1, 2):
            restart(ensemble, ensemble[sid], range(1, 7))
            must_be(ensemble, members.FOLLOWER, sid)
        loaded.await_progress()
        print('  4, 5, 6 joined; 1, 2 restarted: followers of 3', flush=True)
        restart(ensemble, ensemble[3], range(1, 7))
        must_lead(ensemble, {6})
        must_be(ensemble, members.FOLLOWER, 1, 2, 3)
        must_be(ensemble, None, 4, 5)
        loaded.await_progress(5)
        print('  3 restarted: 6 leads, 4 and 5 are out of service', flush=True)
        for sid in (4, 5):
            restart(ensemble, ensemble[sid], range(1, 7))
        must_be(ensemble, members.FOLLOWER, 1, 2, 3, 4, 5)
        for sid in (4, 5):
            restart(ensemble, ensemble[sid], (4, 5, 6))
            must_be(ensemble, members.FOLLOWER, sid)
        loaded.await_progress()
        print('  4, 5 restarted with the list of six, then with 4-6: followers of 6', flush=True)
        restart(ensemble, ensemble[6], (4, 5, 6))
        # Ours waits for 6, because 1, 2, 3 and 6 could elect one by the list of six; then 6 is as good.
        leader = must_lead(ensemble, {5, 6} if ours else {5})
        must_be(ensemble, members.FOLLOWER, *({4, 5, 6} - {leader}))
        must_be(ensemble, None, 1, 2, 3)
        print('  6 restarted with 4-6: %d leads 4-6; 1, 2, 3 are out of service' % leader, flush=True)
        loaded.await_progress(5)
        for sid in (1, 2, 3):
            ensemble[sid].stop()
        loaded.await_progress(5)
        for member in ensemble.members.values():
            if ours and WARNING not in log_of(member):
                raise members.Failed('%s was not warned' % member.tell())
        finish(ensemble, loaded, sessions_kept=False)


# ---- the jump that splits --------------------------------------------------------------------

def split(kind):
    ours = not servers.is_java(kind)
    with three_of_six(kind, 60.0) as (ensemble, loaded):
        for sid in (4, 5, 6):
            ensemble[sid].members = set(range(1, 7))
            ensemble[sid].launch()
        time.sleep(3)
        restart(ensemble, ensemble[3], range(1, 7))
        most = 0
        end = time.monotonic() + (25 if ours else 90)
        while time.monotonic() < end and most < 2:
            most = max(most, len(leaders(ensemble)))
            time.sleep(0.2)
        print('  at most %d leaders at once' % most, flush=True)
        if not ours:
            if most != 2:
                raise members.Failed('Java did not split: the scenario proves nothing')
            return
        if most > 1:
            raise members.Failed('two leaders at once')
        # Who is restarted quickly may find all others and be elected by them: then nobody was held back.
        if not leaders(ensemble) and not any(HELD_BACK in log_of(m) for m in ensemble.members.values()):
            raise members.Failed('nobody says why there is no leader')
        for sid in (1, 2):
            restart(ensemble, ensemble[sid], range(1, 7))
        ensemble.settle()
        loaded.await_progress(5)
        finish(ensemble, loaded, sessions_kept=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--java', action='store_true', help='the Java server instead of ours')
    everything = {'safe-chain': safe_chain, 'literal-order': literal_order, 'split': split}
    return members.play(parser, lambda args: {
        name: (lambda f=f: f('java' if args.java else os.path.abspath(args.server)))
        for name, f in everything.items()})


if __name__ == '__main__':
    servers.skip_main(main)
