#!/usr/bin/python3
"""Plays the command lines of ZooKeeper's tutorials at real terminals and compares what is shown.

    run.py [--cli PATH] [--server PATH|java] [--connect LIST|--ensemble] [--only WORD] [--record] [TRANSCRIPT...]

A transcript (*.txt beside this file) is what a reader of the tutorial sees, of one or several
terminals side by side:

    @hosts 3                      the connect string names the server three times
    @compat 3.4                   the dialect of the tutorial
    master open                   start zkcli in a terminal called `master`
    | Connecting to CONNECT       what it shows
    master [zk: CONNECT(CONNECTED) 0] ls /        the prompt, with its number, and what is typed
    | [zookeeper]                 what that shows, up to the next prompt
    backup ~                      shown in `backup` without anything typed there: an event
    master ^C                     a key: ^C, ^D, or enter
    master end 0                  the program ends with this exit code

With --connect, the servers of LIST (as many as `@hosts` says, of one ensemble) are used, and only the
transcripts that want so many are played; what they leave in the tree is removed before and after. With
--ensemble, the servers are three that are started for it.

CONNECT stands for the connect string. Of a stat block ZXID, TIME and SESSION are masked, of events the
zxid, of log lines everything but the message. `--record` writes the file anew from what is shown, for a
person to hold against the tutorial. LINES.md says which line of a tutorial is typed where, and is held
against the transcripts. The last line is 'N passed, N failed'.
"""

import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'conformance'))

import screen                                                                   # noqa: E402
import servers                                                                  # noqa: E402

SECONDS = 10
PROMPT = re.compile(r'\[zk: (\S+)\((\w+)\) (\d+)\]$')
STEP = re.compile(r'(\w+) (?:(open)|(\[.*?\])(?: (.*))?|(~)|(\^C|\^D|enter)|(end)(?: (-?\d+))?)$')
MASKS = (
    (re.compile(r'^([cmp]Zxid) = 0x[0-9a-f]+$'), r'\1 = ZXID'),
    (re.compile(r'^([cm]time) = \w{3} \w{3} \d\d \d\d:\d\d:\d\d \S+ \d{4}$'), r'\1 = TIME'),
    (re.compile(r'^ephemeralOwner = 0x[0-9a-f]{8,}$'), 'ephemeralOwner = SESSION'),
    (re.compile(r'^(WatchedEvent .* path:/.*) zxid: \d+$'), r'\1 zxid: ZXID'),
    (re.compile(r'^ZooKeeper CLI version: .*'), 'ZooKeeper CLI version: VERSION'),
    (re.compile(r'^\d{4}-\d\d-\d\d .* INFO .*(Session establishment complete on server ).*'),
     r'\1ADDRESS, session id = SESSION'),
)


class Mismatch(Exception):
    """The screen does not show what the transcript does."""


def mask(line):
    for pattern, replacement in MASKS:
        line = pattern.sub(replacement, line)
    return line


def is_noise(line):
    """Log lines other than that of the session: attempts at a server that is still starting."""
    return re.match(r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} .* - (WARN|INFO) ', line) is not None


class Player:
    """Plays one transcript."""

    def __init__(self, path, cli, kind, record, connect=None):
        self.path = path
        self.cli = cli
        self.kind = kind
        self.record = record
        self.terminals = {}
        self.marks = {}
        self.out = []
        self.home = tempfile.TemporaryDirectory()
        with open(path, encoding='utf-8') as f:
            self.lines = f.read().split('\n')
        self.settings = dict(re.match(r'@(\w+) (.*)', l).groups()
                             for l in self.lines if l.startswith('@'))
        self.server = None
        self.connect = connect
        if connect is None:
            self.server = servers.Server(kind).start()
            self.connect = ','.join(['localhost:%d' % self.server.port] * hosts_of(path))
        else:
            self.sweep()

    def sweep(self):
        """Removes what transcripts leave in the tree of a server that is not ours."""
        lines = ''.join('deleteall /%s\n' % name for name in ('master', 'workers', 'tasks', 'assign'))
        subprocess.run([self.cli, '-server', self.connect], input=lines.encode(), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60, check=False)

    def close(self):
        for terminal in self.terminals.values():
            terminal.close()
        if self.server is None:
            self.sweep()
        else:
            self.server.close()
        self.home.cleanup()

    # ---- what a terminal shows

    def show(self, name, end=None):
        """The rows since the last step, masked."""
        rows = self.terminals[name].screen.lines(self.marks[name], end)
        if servers.is_java(self.kind):  # before 3.9 a server did not tell of zxids in events
            rows = [re.sub(r'(type:Node.* zxid: )-1$', r'\g<1>0', row) for row in rows]
        rows = [mask(row).replace(self.connect, 'CONNECT') for row in rows]
        return [row for row in rows if not is_noise(row)]

    def prompt_shown(self, name):
        """The prompt in the row of the cursor, or None."""
        shown = self.terminals[name].screen
        line = shown.line(shown.row)
        if PROMPT.match(line) and shown.column == len(line) + 1:
            return line.replace(self.connect, 'CONNECT')
        return None

    def await_prompt(self, name):
        terminal = self.terminals[name]
        terminal.wait(lambda: self.prompt_shown(name), SECONDS)
        terminal.settle(0.05)

    def await_rows(self, name, rows):
        """Waits for ROWS, and a little longer for what should not come."""
        terminal = self.terminals[name]
        terminal.wait(lambda: self.show(name)[:len(rows)] == rows, SECONDS)
        terminal.settle(0.05)

    # ---- steps

    def open(self, name):
        env = {'TERM': 'xterm', 'LANG': 'C.UTF-8', 'TZ': 'UTC', 'HOME': self.home.name,
               'ZKCLI_HISTORY': '', 'PATH': os.environ.get('PATH', '')}
        argv = [self.cli, '-server', self.connect]
        if 'compat' in self.settings:
            argv += ['-compat', self.settings['compat']]
        self.terminals[name] = screen.Terminal(argv, env)
        self.marks[name] = 0
        self.await_prompt(name)

    def enter(self, name, prompt, line):
        """Types LINE at PROMPT; what is shown then is in the rows behind."""
        terminal = self.terminals[name]
        shown = terminal.screen
        if not self.prompt_shown(name) and shown.line(shown.row) != '':
            raise Mismatch('%s has no prompt but: %s' % (name, shown.line(shown.row)))
        start = shown.row
        terminal.type(line.replace('CONNECT', self.connect))
        typed = ' ' + line.rstrip() if line.strip() else ''
        terminal.wait(lambda: shown.line(start).endswith(typed.strip() or ']'), SECONDS)
        terminal.settle(0.02)
        if line:
            row = shown.line(start).replace(self.connect, 'CONNECT')
            expected = prompt + typed
            if self.record:
                self.out.append('%s %s' % (name, row))
            elif row != expected:
                raise Mismatch('%s shows\n  %s\ninstead of\n  %s' % (name, row, expected))
        self.marks[name] = start + 1
        terminal.type('\r')
        terminal.wait(lambda: shown.row > start, SECONDS)
        self.await_prompt(name)

    def compare(self, name, expected):
        """Holds what NAME shows since the last step against EXPECTED; its prompt is not part of it."""
        terminal = self.terminals[name]
        if not terminal.ended and expected and not self.record:
            self.await_rows(name, expected)
        rows = self.show(name)
        if self.prompt_shown(name) or (rows and rows[-1] == ''):
            rows = rows[:-1]
        if self.record:
            self.out += [('| ' + row).rstrip() for row in rows]
        elif rows != expected:
            raise Mismatch('%s shows\n%s\ninstead of\n%s' % (
                name, '\n'.join('  ' + r for r in rows), '\n'.join('  ' + r for r in expected)))
        self.marks[name] = terminal.screen.row

    def step(self, text, expected):
        match = STEP.match(text)
        if match is None:
            raise Mismatch('not a step: ' + text)
        name, opens, prompt, line, event, key, ends, code = match.groups()
        if self.record and not prompt:
            self.out.append(text)
        if opens:
            self.open(name)
        elif prompt:
            self.enter(name, prompt, line or '')
        elif event and self.record:
            self.terminals[name].settle(1)
        elif key:
            self.marks[name] = self.terminals[name].screen.row + 1
            self.terminals[name].type({'^C': '\x03', '^D': '\x04', 'enter': '\r'}[key])
            self.terminals[name].settle(0.2)
        elif ends:
            self.terminals[name].wait(lambda: False, SECONDS)
            got = self.terminals[name].close()
            if code is not None and got != int(code):
                raise Mismatch('%s ended with %s instead of %s' % (name, got, code))
            return
        self.compare(name, expected)

    def play(self):
        at = 0
        while at < len(self.lines):
            text = self.lines[at]
            at += 1
            if text == '' or text[0] in '#@':
                self.out.append(text)
                continue
            number = at
            expected = []
            while at < len(self.lines) and self.lines[at].startswith('|'):
                expected.append(self.lines[at][2:].rstrip())
                at += 1
            try:
                self.step(text, expected)
            except Mismatch as problem:
                raise Mismatch('%s:%d: %s\n%s' % (os.path.basename(self.path), number, text, problem))
        if self.record:
            with open(self.path, 'w', encoding='utf-8') as f:
                f.write('\n'.join(self.out))


def hosts_of(path):
    """How many servers the transcript at PATH names."""
    with open(path, encoding='utf-8') as f:
        match = re.search(r'^@hosts (\d+)$', f.read(), re.M)
    return int(match.group(1)) if match else 1


SETS = {'W': ('master-worker-3.4.5', 'master-worker-3.4.5-today'), 'B': ('master-worker-book', 'master-worker-book-today'),
        'M': ('commands-3.6', 'commands-3.6-in-3.4'), 'P': ('commands-3.6-as-printed',)}


def untyped():
    """The rows of LINES.md whose line is not typed where they say, as sentences."""
    typed = {}
    for path in transcripts():
        with open(path, encoding='utf-8') as f:
            steps = [STEP.match(line) for line in f.read().split('\n')]
        name = os.path.basename(path)[:-len('.txt')]
        typed[name] = {m.group(4) or m.group(6) for m in steps if m and (m.group(3) or m.group(6))}
    rows = 0
    missing = []
    with open(HERE + '/LINES.md', encoding='utf-8') as f:
        for line in f:
            match = re.match(r'\| `(.*)`[^`|]* \| ([WBMP ]+) \|$', line)
            if match is None:
                continue
            rows += 1
            text = match.group(1).replace('\\|', '|')
            missing += ['%s is not typed in %s' % (text, name) for letter in match.group(2).split()
                        for name in SETS[letter] if text not in typed[name]]
    return missing if rows > 100 else ['the table has only %d rows' % rows]


def transcripts():
    """The transcripts of this folder, which also holds a build description."""
    return sorted(p for p in glob.glob(HERE + '/*.txt') if os.path.basename(p) != 'CMakeLists.txt')


def play_all(args, cli):
    passed = failed = 0
    if not args.transcripts and not args.only and not args.connect:
        missing = untyped()
        print('\n'.join('FAILED  ' + sentence for sentence in missing) or
              'ok      every line of LINES.md is typed where it says', flush=True)
        failed += len(missing)
        passed += not missing
    for path in args.transcripts or transcripts():
        name = os.path.basename(path)
        if args.only not in name or (args.connect and hosts_of(path) != len(args.connect.split(','))):
            continue
        player = Player(path, cli, args.server, args.record, args.connect)
        try:
            player.play()
            print('ok      %s' % name, flush=True)
            passed += 1
        except Mismatch as problem:
            print('FAILED  %s' % problem, flush=True)
            failed += 1
        finally:
            player.close()
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description='plays transcripts of tutorials')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--cli')
    parser.add_argument('--connect', help='servers that run already, with commas between')
    parser.add_argument('--ensemble', action='store_true', help='the transcripts of three hosts, on three')
    parser.add_argument('--only', default='', help='only transcripts whose name contains this')
    parser.add_argument('--record', action='store_true')
    parser.add_argument('transcripts', nargs='*')
    args = parser.parse_args()
    cli = os.path.abspath(args.cli or os.path.join(os.path.dirname(servers.default_server()
                          if servers.is_java(args.server) else args.server), 'zkcli'))
    if not os.access(cli, os.X_OK):
        raise servers.Skip('no zkcli at %s' % cli)
    if args.connect is None:
        servers.check_available(args.server)
    if not args.ensemble:
        return play_all(args, cli)
    sys.path.insert(0, os.path.join(HERE, '..', 'ensemble'))
    import members
    with members.Ensemble({sid: args.server for sid in (1, 2, 3)}) as ensemble:
        args.connect = ensemble.start().hosts().replace('127.0.0.1', 'localhost')
        return play_all(args, cli)


if __name__ == '__main__':
    servers.skip_main(main)
