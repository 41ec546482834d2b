"""Writers that remember what they were told.

Each writer is a kazoo client with a session of its own. It creates numbered znodes below a znode of
its own and sets a counter with the version it expects, one request after the other. An answer makes
an operation certain; an error that leaves it open (the connection was lost) makes it possible. At the
end every certain one must be there on every server, and nothing may be there that is neither. An
ephemeral tells whether the session lived through everything.
"""

import logging
import threading
import time

from kazoo.client import KazooClient, KazooState
from kazoo import exceptions as e
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.retry import KazooRetry

from members import Failed

TOP = '/load'
logging.getLogger('kazoo').setLevel(logging.CRITICAL)
_OPEN = (e.ConnectionLoss, e.SessionExpiredError, e.ConnectionClosedError, e.OperationTimeoutError,
         e.SessionMovedError, KazooTimeoutError)


class Writer(threading.Thread):
    def __init__(self, name, hosts, pause, timeout):
        super().__init__(daemon=True)
        self.base = '%s/%s' % (TOP, name)
        self.hosts = hosts
        self.pause = pause
        self.timeout = timeout
        self.certain, self.possible, self.refused = set(), set(), set()
        self.counter, self.counter_open = 0, set()
        self.sessions_lost = 0
        self.last_success = time.monotonic()
        self.longest_gap = 0.0
        self.halt = threading.Event()
        self.may_write = threading.Event()
        self.may_write.set()
        self.is_idle = threading.Event()
        self.fault = None
        self.client = None

    def _connect(self):
        self.client = KazooClient(
            hosts=self.hosts, timeout=self.timeout, randomize_hosts=False,
            connection_retry=KazooRetry(max_tries=-1, delay=0.05, backoff=1, max_delay=0.2))
        self.client.add_listener(self._state)
        self.client.start(timeout=60)

    def _state(self, state):
        if state == KazooState.LOST and not self.halt.is_set():
            self.sessions_lost += 1

    def _succeeded(self):
        now = time.monotonic()
        self.longest_gap = max(self.longest_gap, now - self.last_success)
        self.last_success = now

    def _create(self, number):
        path = '%s/n%08d' % (self.base, number)
        try:
            self.client.create(path, path.encode())
            self.certain.add(path)
            self._succeeded()
        except e.NodeExistsError:
            raise Failed('%s existed before it was created' % path)
        except _OPEN:
            self.possible.add(path)
            return False
        return True

    def _count(self):
        """Compare and set: the version says how many sets there were."""
        try:
            data, stat = self.client.get(self.base)
            self.client.set(self.base, b'%d' % (stat.version + 1), stat.version)
            self.counter = stat.version + 1
        except _OPEN:
            pass

    def run(self):
        number = 0
        try:
            self._connect()
            self.client.ensure_path(self.base)
            self.client.create(self.base + '-session', b'', ephemeral=True)
            self.last_success = time.monotonic()
            while not self.halt.is_set():
                if not self.may_write.is_set():
                    self.is_idle.set()
                    self.may_write.wait(1)
                    continue
                self.is_idle.clear()
                number += 1
                if not self._create(number):
                    time.sleep(0.05)
                elif number % 10 == 0:
                    self._count()
                if self.pause:
                    time.sleep(self.pause)
        except Exception as fault:                                     # told by check()
            if not self.halt.is_set():
                self.fault = fault

    def finish(self):
        self.halt.set()
        self.join(60)

    def disconnect(self):
        if self.client is not None:
            try:
                self.client.stop()
                self.client.close()
            except Exception:
                pass

    def check(self, tree):
        """Compares what was answered with TREE, as members.read_tree gives it."""
        if self.fault is not None:
            raise Failed('%s: %r' % (self.base, self.fault))
        there = {path for path in tree if path.startswith(self.base + '/')}
        lost = self.certain - there
        if lost:
            raise Failed('%d acknowledged creates below %s are lost, such as %s' % (
                len(lost), self.base, sorted(lost)[:3]))
        strange = there - self.certain - self.possible
        if strange:
            raise Failed('nobody created %s' % sorted(strange)[:3])
        for path in there:
            if tree[path][0][0] != path.encode():
                raise Failed('%s has other data than it was created with' % path)
        version = tree[self.base][0][1].version
        if version < self.counter or (version and tree[self.base][0][0] != b'%d' % version):
            raise Failed('%s was set %d times as far as answered, and has version %d and %r' % (
                self.base, self.counter, version, tree[self.base][0][0]))


class Load:
    """COUNT writers; each begins with another server of the list HOSTS."""

    def __init__(self, addresses, count=3, pause=0.002, timeout=10.0):
        self.writers = []
        for i in range(count):
            turned = addresses[i % len(addresses):] + addresses[:i % len(addresses)]
            self.writers.append(Writer('w%d' % i, ','.join(turned), pause, timeout))

    def start(self):
        for writer in self.writers:
            writer.start()
        end = time.monotonic() + 60
        while not all(len(x.certain) > 3 for x in self.writers):
            for writer in self.writers:
                if writer.fault is not None:
                    raise Failed('%s: %r' % (writer.base, writer.fault))
            if time.monotonic() > end:
                raise Failed('the writers did not get going')
            time.sleep(0.05)
        return self

    def done(self):
        return sum(len(x.certain) for x in self.writers)

    def await_progress(self, more=20, seconds=60):
        """Waits until every writer that is connected has got MORE answers."""
        before = [len(x.certain) for x in self.writers]
        end = time.monotonic() + seconds
        while not all(len(x.certain) >= n + more for x, n in zip(self.writers, before)):
            for writer in self.writers:
                if writer.fault is not None:
                    raise Failed('%s: %r' % (writer.base, writer.fault))
            if time.monotonic() > end:
                raise Failed('no progress within %d s' % seconds)
            time.sleep(0.05)

    def slow_down(self, pause):
        """Every writer waits so many seconds behind each request from now on."""
        for writer in self.writers:
            writer.pause = pause

    def rest(self, seconds=60):
        """Nobody writes from now on, and nothing is under way; sessions stay."""
        for writer in self.writers:
            writer.may_write.clear()
            writer.is_idle.clear()
        for writer in self.writers:
            if not writer.is_idle.wait(seconds):
                raise Failed('%s: an operation is under way since %d s' % (writer.base, seconds))

    def go_on(self):
        for writer in self.writers:
            writer.may_write.set()

    def stop(self):
        for writer in self.writers:
            writer.finish()
        return self

    def disconnect(self):
        for writer in self.writers:
            writer.disconnect()

    def check(self, tree, sessions_kept=False):
        for writer in self.writers:
            writer.check(tree)
            if sessions_kept and writer.sessions_lost:
                raise Failed('%s lost its session %d times' % (writer.base, writer.sessions_lost))
            if sessions_kept and writer.base + '-session' not in tree:
                raise Failed('the ephemeral of %s is gone' % writer.base)

    def tell(self):
        return '%d answered, %d open, longest gap %.1f s, %d sessions lost' % (
            self.done(), sum(len(x.possible) for x in self.writers),
            max(x.longest_gap for x in self.writers),
            sum(x.sessions_lost for x in self.writers))
