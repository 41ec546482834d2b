"""Scenarios with the recipes of kazoo: what applications really use.

Each recipe is driven by several clients at once; what is printed is the outcome, which does
not depend on who was faster.
"""

import datetime
import threading

from kazoo.exceptions import LockTimeout, SessionExpiredError
from kazoo.recipe.cache import TreeCache, TreeEvent

from kazoo_support import scenario


@scenario
def a_lock_is_held_by_one(t):
    a, b = t.client('a'), t.client('b')
    la, lb = a.Lock('/r1', 'A'), b.Lock('/r1', 'B')
    t.attempt('a', la.acquire)
    t.attempt('b without waiting', lb.acquire, blocking=False)
    t.attempt('b with a timeout', lb.acquire, timeout=0.2)
    order = []

    def wait():
        with lb:
            order.append('b got it')
    thread = t.spawn(wait)
    t.until('two contenders', lambda: la.contenders() == ['A', 'B'])
    order.append('a lets go')
    la.release()
    t.join(thread)
    t.say(order, la.contenders(), a.get_children('/r1'))
    t.attempt('a again', la.acquire)
    t.attempt('already mine', lambda: la.is_acquired)
    t.attempt('release', la.release)
    t.say(LockTimeout.__name__)


@scenario
def a_lock_goes_to_the_next_when_its_holder_dies(t):
    a, b, c = t.client('a'), t.client('b'), t.client('c')
    la, lb = a.Lock('/r2', 'A'), b.Lock('/r2', 'B')
    la.acquire()
    thread = t.spawn(lb.acquire)
    t.until('two contenders', lambda: c.Lock('/r2').contenders() == ['A', 'B'])
    a.stop()
    t.join(thread)
    t.say('b holds it', lb.is_acquired, c.Lock('/r2').contenders())


@scenario
def waiting_for_a_lock_can_be_cancelled(t):
    a, b = t.client('a'), t.client('b')
    la, lb = a.Lock('/r3', 'A'), b.Lock('/r3', 'B')
    la.acquire()
    result = []

    def wait():
        try:
            lb.acquire()
        except Exception as problem:
            result.append(type(problem).__name__)
    thread = t.spawn(wait)
    t.until('waiting', lambda: la.contenders() == ['A', 'B'])
    lb.cancel()
    t.join(thread)
    t.say(result, la.contenders())


@scenario
def readers_share_and_writers_do_not(t):
    a, b, c = t.client('a'), t.client('b'), t.client('c')
    ra, rb, wc = a.ReadLock('/r4', 'A'), b.ReadLock('/r4', 'B'), c.WriteLock('/r4', 'C')
    t.attempt('reader', ra.acquire, timeout=5)
    t.attempt('second reader', rb.acquire, timeout=5)
    t.attempt('writer without waiting', wc.acquire, blocking=False)
    thread = t.spawn(wc.acquire)
    t.until('three contenders', lambda: len(wc.contenders()) == 3)
    ra.release()
    t.say('still waiting', not wc.is_acquired)
    rb.release()
    t.join(thread)
    t.say('writer holds it', wc.is_acquired)
    t.attempt('reader now', ra.acquire, blocking=False)
    wc.release()
    t.attempt('reader then', ra.acquire, timeout=5)


@scenario
def a_semaphore_admits_so_many(t):
    clients = [t.client(n) for n in 'abc']
    sems = [c.Semaphore('/r5', n.upper(), max_leases=2) for c, n in zip(clients, 'abc')]
    t.attempt('a', sems[0].acquire)
    t.attempt('b', sems[1].acquire)
    t.attempt('c without waiting', sems[2].acquire, blocking=False)
    t.say(sorted(sems[0].lease_holders()), clients[0].get('/r5')[0])
    thread = t.spawn(sems[2].acquire)
    sems[0].release()
    t.join(thread)
    t.say(sorted(sems[1].lease_holders()))
    t.attempt('another size', clients[0].Semaphore('/r5', max_leases=3).acquire, blocking=False)
    clients[1].stop()
    t.until('b gone', lambda: sems[2].lease_holders() == ['C'])


@scenario
def an_election_has_one_leader_at_a_time(t):
    clients = [t.client(n) for n in 'abc']
    gate, led, busy, worst = threading.Event(), [], [0], [0]

    def lead(name):
        busy[0] += 1
        worst[0] = max(worst[0], busy[0])
        gate.wait(10)
        led.append(name)
        busy[0] -= 1
    elections = [c.Election('/r6', n) for c, n in zip(clients, 'abc')]
    threads = [t.spawn(elections[0].run, lead, 'a')]
    t.until('a leads', lambda: busy[0] == 1)
    for i, n in ((1, 'b'), (2, 'c')):
        threads.append(t.spawn(elections[i].run, lead, n))
        t.until('contenders', lambda: len(elections[0].contenders()) == i + 1)
    t.say(elections[0].contenders())
    gate.set()
    t.join(*threads)
    t.say(led, worst[0])


@scenario
def a_queue_gives_what_was_put_by_priority(t):
    a, b = t.client('a'), t.client('b')
    queue = a.Queue('/r7')
    t.attempt('empty', queue.get)
    for value, priority in ((b'one', 100), (b'two', 100), (b'urgent', 10), (b'late', 200)):
        t.attempt('put', queue.put, value, priority)
    t.say(len(queue), [b.Queue('/r7').get() for _ in range(5)], len(queue))
    queue.put(b'rest')
    got = []
    threads = [t.spawn(lambda q=c.Queue('/r7'): got.append(q.get())) for c in (a, b)]
    t.join(*threads)
    t.say(sorted(got, key=str))


@scenario
def a_locking_queue_keeps_an_entry_until_it_is_consumed(t):
    a, b = t.client('a'), t.client('b')
    qa, qb = a.LockingQueue('/r8'), b.LockingQueue('/r8')
    qa.put_all([b'one', b'two', b'three'])
    qa.put(b'urgent', 10)
    t.attempt('get', qa.get, 2)
    t.attempt('same again', qa.get, 2)
    t.attempt('other', qb.get, 2)
    t.attempt('holds', qa.holds_lock)
    t.attempt('consume', qa.consume)
    t.attempt('consume twice', qa.consume)
    t.attempt('release', qb.release)
    t.attempt('next', qa.get, 2)
    b.stop()
    t.say(len(qa))
    got = []
    waiting = t.client('c').LockingQueue('/r8w')
    thread = t.spawn(lambda: got.append(waiting.get(10)))
    a.LockingQueue('/r8w').put(b'at last')
    t.join(thread)
    t.say(got)


@scenario
def a_barrier_holds_until_it_is_removed(t):
    a, b = t.client('a'), t.client('b')
    barrier = a.Barrier('/r9')
    t.attempt('no barrier', b.Barrier('/r9').wait, 1)
    barrier.create()
    t.attempt('holds', b.Barrier('/r9').wait, 0.2)
    result = []
    thread = t.spawn(lambda: result.append(b.Barrier('/r9').wait(10)))
    t.attempt('remove', barrier.remove)
    t.join(thread)
    t.say(result)
    t.attempt('remove twice', barrier.remove)


@scenario
def a_double_barrier_lets_all_in_and_out_together(t):
    clients = [t.client(n) for n in 'abc']
    barriers = [c.DoubleBarrier('/r10', 3, n) for c, n in zip(clients, 'abc')]
    inside, outside = [], []

    def go(barrier, n):
        barrier.enter()
        inside.append(n)
        barrier.leave()
        outside.append((n, len(inside)))
    threads = [t.spawn(go, barriers[i], 'ab'[i]) for i in range(2)]
    clients[2].ensure_path('/r10')
    t.until('two wait', lambda: len(clients[2].get_children('/r10')) == 2)
    t.say('nobody is in', inside)
    threads.append(t.spawn(go, barriers[2], 'c'))
    t.join(*threads)
    t.say(sorted(inside), sorted(outside))


@scenario
def parties_know_their_members(t):
    for kind in ('Party', 'ShallowParty'):
        a, b = t.client('a'), t.client('b')
        pa, pb = (getattr(c, kind)('/r11' + kind, n) for c, n in ((a, 'A'), (b, 'B')))
        t.attempt('join', pa.join)
        pb.join()
        t.say(kind, sorted(pa), len(pb))
        pa.leave()
        t.say(sorted(pb), len(pb))
        pa.join()
        b.stop()
        t.until('b gone', lambda: sorted(pa) == ['A'])


@scenario
def a_counter_counts_for_all(t):
    clients = [t.client(n) for n in 'abc']
    counters = [c.Counter('/r12') for c in clients]

    def count(counter):
        for _ in range(20):
            counter += 1
    t.join(*[t.spawn(count, x) for x in counters])
    t.say(counters[0].value, clients[0].get('/r12')[0])
    counters[0] -= 15
    t.say(counters[1].value, counters[0].pre_value, counters[0].post_value)
    real = clients[0].Counter('/r12f', default=1.5)
    real += 2.25
    t.say(real.value, t.show(clients[0].exists('/r12f')))
    java = clients[0].Counter('/r12c', support_curator=True)
    java += 7
    t.say(java.value, clients[0].get('/r12c')[0])


@scenario
def a_data_watch_follows_its_node(t):
    a, b = t.client('a'), t.client('b')
    seen = []

    @a.DataWatch('/r13')
    def changed(data, stat):
        seen.append((data, stat.version if stat else None))
    for change in (lambda: b.create('/r13', b'1'), lambda: b.set('/r13', b'2'),
                   lambda: b.set('/r13', b'3'), lambda: b.delete('/r13'),
                   lambda: b.create('/r13', b'4')):
        count = len(seen)
        change()
        t.until('seen', lambda: len(seen) > count)
    t.say(seen, changed is not None)


@scenario
def a_children_watch_follows_its_children(t):
    a, b = t.client('a'), t.client('b')
    a.create('/r14')
    seen = []
    a.ChildrenWatch('/r14', lambda names: seen.append(sorted(names)))
    for change in (lambda: b.create('/r14/x'), lambda: b.create('/r14/e', ephemeral=True),
                   lambda: b.delete('/r14/x'), lambda: b.stop()):
        count = len(seen)
        change()
        t.until('seen', lambda: len(seen) > count)
    t.say(seen)


@scenario
def a_tree_cache_mirrors_a_tree(t):
    a, b = t.client('a'), t.client('b')
    a.ensure_path('/r15/x')
    a.set('/r15/x', b'old')
    cache, events = TreeCache(a, '/r15'), []
    cache.listen(lambda e: events.append((e.event_type, e.event_data.path if e.event_data
                                          else None)))
    cache.start()
    t.until('ready', lambda: (TreeEvent.INITIALIZED, None) in events)
    b.create('/r15/x/y', b'deep')
    t.until('deep', lambda: cache.get_data('/r15/x/y') is not None)
    b.set('/r15/x', b'new')
    t.until('new', lambda: cache.get_data('/r15/x').data == b'new')
    b.delete('/r15/x/y')
    t.until('gone', lambda: (TreeEvent.NODE_REMOVED, '/r15/x/y') in events)
    b.create('/r15/z')
    t.until('children', lambda: cache.get_children('/r15') == frozenset(['x', 'z']) and
            (TreeEvent.NODE_ADDED, '/r15/z') in events)
    t.say(sorted(events, key=str))
    cache.close()


@scenario
def a_set_is_partitioned_among_its_members(t):
    a, b = t.client('a'), t.client('b')
    items = tuple('item%d' % i for i in range(7))
    parts = [c.SetPartitioner('/r16', set=items, time_boundary=0.3, identifier=n)
             for c, n in ((a, 'A'), (b, 'B'))]

    def drive():
        for p in parts:
            if p.release:
                p.release_set()
        return all(p.acquired for p in parts) and len(list(parts[0])) < len(items)
    t.until('both have a part', drive)
    t.say(sorted(parts[0]), sorted(parts[1]))
    parts[0].finish()
    alone = parts[1]

    def rest():
        if alone.release:
            alone.release_set()
        return alone.acquired and len(list(alone)) == len(items)
    t.until('the rest has all', rest)
    t.say(SessionExpiredError.__name__)


@scenario
def leases_are_given_for_a_time(t):
    a, b = t.client('a'), t.client('b')
    now = [datetime.datetime(2020, 1, 1)]
    hour = datetime.timedelta(hours=1)

    def lease(client, who):
        return bool(client.NonBlockingLease('/r17', hour, who, utcnow=lambda: now[0]))
    t.say(lease(a, 'A'), lease(b, 'B'), lease(a, 'A'))
    now[0] += 2 * hour
    t.say(lease(b, 'B'), lease(a, 'A'))
    t.say(a.get('/r17/lease_holder')[0])
    multi = [bool(a.MultiNonBlockingLease(2, '/r17m', hour, who, utcnow=lambda: now[0]))
             for who in 'XYZ']
    t.say(multi)
