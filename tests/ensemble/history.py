"""Is what clients saw of a counter possible for one copy of it? A check of linearizability.

A register is a znode whose data is changed by compare and set only: a set names the version it expects,
and success makes it the next. So the versions order all writes, and each write is known by its version.
What remains to be checked is real time and what reads saw:

 1. a version is written once, and everyone who sees it sees the same value;
 2. a write that was answered before another began has the lower version;
 3. a read behind a sync sees at least every write that was answered before the sync began, and nothing
    that had not begun when the read was answered;
 4. within a session versions never go back, synced or not;
 5. a set is refused for its version only if that version was already overwritten or not yet reached.

Writes whose answer was lost may have happened or not; a value that is seen tells that it did.
"""

import bisect
import threading


class Violation(Exception):
    pass


class Register:
    """Times are of one monotonic clock; every method is safe to call from any thread."""

    def __init__(self, name):
        self.name = name
        self.lock = threading.Lock()
        self.begun = {}        # value -> when its set began; values are never used twice
        self.answered = []     # (version, value, began, ended) of successful sets
        self.reads = []        # (version, value, began, ended, synced)
        self.refused = []      # (expected, began, ended)

    def begin_set(self, value, now):
        with self.lock:
            self.begun[value] = now

    def set_answered(self, version, value, began, ended):
        with self.lock:
            self.answered.append((version, value, began, ended))

    def set_refused(self, expected, began, ended):
        with self.lock:
            self.refused.append((expected, began, ended))

    def read(self, version, value, began, ended, synced):
        with self.lock:
            self.reads.append((version, value, began, ended, synced))

    def check(self):
        """Raises Violation with the two observations that contradict each other."""
        with self.lock:
            written = self._values()
            self._check_order()
            self._check_reads(written)
            self._check_refusals(written)
        return len(self.answered), len(self.reads)

    def _values(self):
        """version -> value, from sets and reads."""
        written = {0: b''}
        for version, value, *_ in self.answered + [r for r in self.reads if r[0] > 0]:
            if written.setdefault(version, value) != value:
                raise Violation('%s: version %d is %r and also %r' % (
                    self.name, version, written[version], value))
        values = [v for k, v in written.items() if k]
        if len(set(values)) != len(values):
            raise Violation('%s: one set made two versions' % self.name)
        for version, value in written.items():
            if version and value not in self.begun:
                raise Violation('%s: version %d holds %r, which nobody wrote' % (
                    self.name, version, value))
        return written

    def _check_order(self):
        """Highest version among the sets answered before a time must be below what begins then."""
        ends = sorted((ended, version) for version, _, _, ended in self.answered)
        times = [e for e, _ in ends]
        highest, best = [], 0
        for _, version in ends:
            best = max(best, version)
            highest.append(best)
        self._times, self._highest = times, highest
        for version, value, began, _ in self.answered:
            before = self._answered_before(began)
            if before >= version:
                raise Violation('%s: the set to version %d began after version %d had been '
                                'answered' % (self.name, version, before))

    def _answered_before(self, time):
        at = bisect.bisect_left(self._times, time)
        return self._highest[at - 1] if at else 0

    def _check_reads(self, written):
        for version, value, began, ended, synced in self.reads:
            if version and self.begun[value] > ended:
                raise Violation('%s: version %d was read before its set began' % (
                    self.name, version))
            if synced and self._answered_before(began) > version:
                raise Violation('%s: a synced read saw version %d although version %d had been '
                                'answered before it began' % (
                                    self.name, version, self._answered_before(began)))

    def _check_refusals(self, written):
        last = max(written)
        for expected, began, ended in self.refused:
            following = written.get(expected + 1)
            if following is not None and self.begun[following] > ended and expected <= last and \
                    self._answered_before(began) <= expected and expected in written and \
                    (expected == 0 or self.begun[written[expected]] < began):
                known = [r for r in self.reads if r[0] == expected and r[3] < began]
                if known:
                    raise Violation('%s: a set was refused at version %d, which was current' % (
                        self.name, expected))
