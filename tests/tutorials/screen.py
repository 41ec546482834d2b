"""A terminal for a program under test: a pty, and the text a person would see on it.

Only what line editors write is understood: carriage return, line feed, backspace, and the escape
sequences that move the cursor and erase. The screen never scrolls, so rows keep their numbers.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

# Started in the background of a shell, this program ignores Ctrl+C, and so would all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

COLUMNS = 200
ROWS = 50
ESCAPE = re.compile(r'\x1b\[([?\d;]*)([A-Za-z@])')


class Screen:
    """Rows of text and a cursor; a wide character takes WIDE columns."""

    def __init__(self, wide=2):
        self.wide = wide
        self.rows = [[]]
        self.row = 0
        self.column = 0
        self.pending = ''

    def feed(self, text):
        text = self.pending + text
        self.pending = ''
        at = 0
        while at < len(text):
            if text[at] == '\x1b':
                match = ESCAPE.match(text, at)
                if match:
                    self.escape(match.group(1), match.group(2))
                    at = match.end()
                    continue
                if len(text) - at < 12 and re.fullmatch(r'\x1b(\[[?\d;]*)?', text[at:]):
                    self.pending = text[at:]
                    return
            self.put(text[at])
            at += 1

    def put(self, c):
        if c == '\r':
            self.column = 0
        elif c == '\n':
            self.down(1)
        elif c == '\b':
            self.column = max(0, self.column - 1)
        elif c == '\t':
            for _ in range(8 - self.column % 8):
                self.put(' ')
        elif c >= ' ':
            if self.column >= COLUMNS:
                self.down(1)
                self.column = 0
            row = self.rows[self.row]
            row.extend(' ' * (self.column + 1 - len(row)))
            row[self.column] = c
            self.column += 1
            if self.width(c) == 2:
                row.extend(' ' * (self.column + 1 - len(row)))
                row[self.column] = ''
                self.column += 1

    def width(self, text):
        """The columns of TEXT."""
        return sum(self.wide if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)

    def down(self, count):
        self.row += count
        while len(self.rows) <= self.row:
            self.rows.append([])

    def escape(self, numbers, letter):
        count = int(numbers) if numbers.isdigit() else 0
        if letter == 'H':  # without scrolling, rows of the terminal are ours
            at = [int(n or 1) for n in numbers.split(';')] + [1]
            self.row, self.column = at[0] - 1, at[1] - 1
            self.down(0)
            return
        row = self.rows[self.row]
        if letter == 'G':
            self.column = max(0, count - 1)
        elif letter == 'A':
            self.row = max(0, self.row - max(1, count))
        elif letter == 'B':
            self.down(max(1, count))
        elif letter == 'C':
            self.column += max(1, count)
        elif letter == 'D':
            self.column = max(0, self.column - max(1, count))
        elif letter == 'K':
            del row[self.column:]
        elif letter == 'J':
            del row[self.column:]
            del self.rows[self.row + 1:]
        elif letter == 'P':
            del row[self.column:self.column + max(1, count)]
        elif letter == '@':
            row[self.column:self.column] = ' ' * max(1, count)
            del row[COLUMNS:]

    def line(self, row):
        return ''.join(self.rows[row]).rstrip()

    def lines(self, start=0, end=None):
        return [self.line(i) for i in range(start, len(self.rows) if end is None else end)]


class Terminal:
    """A program that runs on a pty of its own.

    IS_WINE is for a program that wine runs: its console has one column for every character. It takes
    Ctrl+C from the pty as a signal, but Ctrl+Z has to be a key, as it is on Windows.
    """

    def __init__(self, argv, env, is_wine=False):
        self.screen = Screen(1 if is_wine else 2)
        self.ended = False
        self.status = None
        self.undecoded = b''
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execve(argv[0], argv, env)
            finally:
                os._exit(126)
        if is_wine:
            mode = termios.tcgetattr(self.fd)
            mode[3] &= ~termios.ECHO
            mode[6][termios.VSUSP] = b'\0'
            termios.tcsetattr(self.fd, termios.TCSANOW, mode)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', ROWS, COLUMNS, 0, 0))

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def pump(self, seconds):
        """Shows what arrives within SECONDS, or until something has."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b''
        if not data:
            self.ended = True
            return
        data = self.undecoded + data
        for size in range(len(data), max(len(data) - 4, -1), -1):
            try:
                text = data[:size].decode()
            except UnicodeDecodeError:
                continue
            self.undecoded = data[size:]
            break
        else:
            text, self.undecoded = data.decode('utf-8', 'replace'), b''
        self.screen.feed(text)

    def wait(self, condition, seconds):
        """True once CONDITION() holds; false after SECONDS or when the program has ended before."""
        end = time.monotonic() + seconds
        while not condition():
            left = end - time.monotonic()
            if left <= 0 or self.ended:
                return bool(condition())
            self.pump(min(left, 0.2))
        return True

    def settle(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.ended:
            self.pump(max(0, end - time.monotonic()))

    def close(self):
        """Ends the program if it has not; returns its exit code, None if it was ended by us."""
        if self.status is not None:
            return self.status
        end = time.monotonic() + 5
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                break
            if not self.ended:
                break
            time.sleep(0.02)
        else:
            pid = 0
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -9
        os.close(self.fd)
        return self.status
