#!/usr/bin/python3
"""The checker itself: histories that are possible, and for each rule one that is not."""

import sys
import unittest

from history import Register, Violation


class RegisterTest(unittest.TestCase):
    def setUp(self):
        self.r = Register('/r')

    def set(self, version, value, began, ended):
        self.r.begin_set(value, began)
        self.r.set_answered(version, value, began, ended)

    def wrong(self, text):
        with self.assertRaisesRegex(Violation, text):
            self.r.check()

    def test_a_possible_history_passes(self):
        self.set(1, b'a', 0, 1)
        self.set(2, b'b', 0.5, 3)
        self.r.read(1, b'a', 2, 2.5, True)       # b is under way
        self.r.read(0, b'', 5, 6, False)         # stale, but not synced
        self.r.read(2, b'b', 4, 5, True)
        self.r.set_refused(1, 3.5, 4)
        self.assertEqual(self.r.check(), (2, 3))

    def test_a_write_without_answer_may_be_seen(self):
        self.r.begin_set(b'a', 0)
        self.r.read(1, b'a', 1, 2, True)
        self.r.check()

    def test_two_values_of_one_version(self):
        self.set(1, b'a', 0, 1)
        self.set(1, b'b', 0, 1)
        self.wrong('and also')

    def test_one_set_that_happened_twice(self):
        self.set(1, b'a', 0, 1)
        self.r.read(2, b'a', 2, 3, False)
        self.wrong('made two versions')

    def test_a_value_from_nowhere(self):
        self.r.read(1, b'x', 0, 1, False)
        self.wrong('nobody wrote')

    def test_a_later_write_with_a_lower_version(self):
        self.set(2, b'b', 0, 1)
        self.set(1, b'a', 2, 3)
        self.wrong('began after version 2')

    def test_a_lost_write(self):
        self.set(1, b'a', 0, 1)
        self.set(1, b'b', 2, 3)
        self.wrong('and also|began after')

    def test_a_stale_synced_read(self):
        self.set(1, b'a', 0, 1)
        self.r.read(0, b'', 2, 3, True)
        self.wrong('synced read saw version 0')

    def test_a_read_from_the_future(self):
        self.r.read(1, b'a', 0, 1, False)
        self.r.begin_set(b'a', 2)
        self.wrong('before its set began')

    def test_a_refusal_of_the_current_version(self):
        self.set(1, b'a', 0, 1)
        self.r.read(1, b'a', 1, 2, True)
        self.r.set_refused(1, 3, 4)
        self.set(2, b'b', 5, 6)
        self.wrong('which was current')


if __name__ == '__main__':
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
