#!/usr/bin/python3
"""Types at zkcli as a person does: editing, recalled lines, completion, events meanwhile.

    editing.py --bin FOLDER [--only WORD]

FOLDER holds zkcli and zkserver, or zkcli.exe and zkserver.exe, which run under wine in the prefix of
$WINEPREFIX: wine draws a Windows console on a pty, so both editors, unix/edit_libedit.c and
win/edit_console.c, are held to the same checks. Each check has a terminal and a tree of its own. Each
is a sentence; the last line is 'N passed, N failed'. Exit code 77 where it cannot run.
"""

import argparse
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'tutorials'))

import screen                                                                   # noqa: E402

SECONDS = 10
LEFT, RIGHT, UP, DOWN = '\x1b[D', '\x1b[C', '\x1b[A', '\x1b[B'
HOME, END, DELETE = '\x1b[H', '\x1b[F', '\x1b[3~'
BACKSPACE = '\x7f'


def ctrl(letter):
    return chr(ord(letter) - 64)


class Failure(Exception):
    """A check does not hold."""


class Skip(Exception):
    """Something is not installed."""


def expect(condition, what):
    if not condition:
        raise Failure(what)


class World:
    """Where the programs are, how they are run, and the server of this run."""

    def __init__(self, folder):
        self.is_windows = os.path.exists(os.path.join(folder, 'zkcli.exe'))
        suffix = '.exe' if self.is_windows else ''
        self.cli = os.path.abspath(os.path.join(folder, 'zkcli' + suffix))
        self.zkserver = os.path.abspath(os.path.join(folder, 'zkserver' + suffix))
        for program in (self.cli, self.zkserver):
            if not os.path.exists(program):
                raise Skip('no ' + program)
        self.wrap = []
        if self.is_windows:
            wine = shutil.which('wine64') or shutil.which('wine')
            if wine is None or 'WINEPREFIX' not in os.environ:
                raise Skip('no wine, or no WINEPREFIX')
            self.wrap = [wine]
        self.home = tempfile.mkdtemp(prefix='zkedit-')
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        self.connect = '127.0.0.1:%d' % self.port
        self.log = open(self.home + '/server.log', 'wb')
        self.server = subprocess.Popen(self.wrap + [self.zkserver, str(self.port), self.path(self.home + '/data')],
                                       stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                       start_new_session=True)
        self.wait_until_serving()

    def path(self, name):
        """NAME as the programs understand it."""
        return 'Z:' + name if self.is_windows else name

    def wait_until_serving(self):
        end = time.monotonic() + 60
        while time.monotonic() < end and self.server.poll() is None:
            try:
                with socket.create_connection(('127.0.0.1', self.port), 5) as s:
                    s.sendall(b'ruok')
                    if s.recv(16) == b'imok':
                        return
            except OSError:
                pass
            time.sleep(0.1)
        raise Failure('the server does not answer')

    def environment(self, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith(('ZKCLI', 'EDITRC'))}
        env.update({'TERM': 'xterm', 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC', 'XDG_STATE_HOME': self.home + '/state'})
        if not self.is_windows:
            env['HOME'] = self.home
        env.update(more)
        return env

    def run(self, *words, **more):
        """One command beside the terminal, as somebody else."""
        return subprocess.run(self.wrap + [self.cli, '-server', self.connect, *words], timeout=60,
                              env=self.environment(), capture_output=True, **more)

    def close(self):
        self.server.terminate()
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)


class Session:
    """zkcli at a terminal."""

    def __init__(self, world, **env):
        self.world = world
        argv = world.wrap + [world.cli, '-server', world.connect]
        self.terminal = screen.Terminal(argv, world.environment(**env), world.is_windows)
        self.screen = self.terminal.screen
        self.number = 0
        self.shows('')

    def prompt(self):
        return '[zk: %s(CONNECTED) %d] ' % (self.world.connect, self.number)

    def rows(self):
        return '\n'.join('  ' + row for row in self.screen.lines() if row)

    def shows(self, text, cursor=None):
        """The prompt with TEXT behind, and the cursor behind its first CURSOR characters (else at the end)."""
        wanted = (self.prompt() + text).rstrip()
        at = self.screen.width(self.prompt() + text[:cursor])

        def is_shown():
            # a line that is too long for its row goes on in the next
            top = next((r for r in range(self.screen.row, -1, -1) if self.screen.line(r).startswith('[zk: ')), 0)
            line = ''.join(self.screen.line(r) for r in range(top, len(self.screen.rows)))
            return line == wanted and (self.screen.row - top) * screen.COLUMNS + self.screen.column == at

        if not self.terminal.wait(is_shown, SECONDS):
            raise Failure('instead of\n  %s\nwith the cursor in column %d (it is in %d), the screen shows\n%s' %
                          (wanted, at, self.screen.column, self.rows()))

    def type(self, *keys):
        for key in keys:
            self.terminal.type(key)
            self.terminal.settle(0.03)

    def types(self, keys, text, cursor=None):
        """KEYS turn the line into TEXT."""
        self.type(*keys) if isinstance(keys, (list, tuple)) else self.type(keys)
        self.shows(text, cursor)

    def enter(self, line=''):
        """Runs the line (with LINE added) and returns the rows that it shows, up to the next prompt."""
        self.type(line)
        start = self.screen.row
        self.terminal.type('\r')
        self.number += 1
        self.shows('')
        return [row for row in self.screen.lines(start + 1, self.screen.row) if row]

    def sees(self, text):
        if not self.terminal.wait(lambda: any(text in row for row in self.screen.lines()), SECONDS):
            raise Failure('no %r on the screen:\n%s' % (text, self.rows()))

    def ends(self):
        """Waits for the end; the exit code."""
        if not self.terminal.wait(lambda: self.terminal.ended, SECONDS):
            raise Failure('it does not end:\n' + self.rows())
        return self.terminal.close()

    def close(self):
        if not self.terminal.ended and self.terminal.status is None:
            self.type(ctrl('C'), ctrl('C'))
            self.terminal.wait(lambda: self.terminal.ended, SECONDS)
        self.terminal.close()


class Checks:
    """Each method is a check; its name is the sentence."""

    def __init__(self, world):
        self.world = world
        self.sessions = []

    def open(self, **env):
        session = Session(self.world, **env)
        self.sessions.append(session)
        return session

    def create(self, *paths):
        """Makes znodes as somebody else, the missing and no more."""
        text = ''.join('create "%s" x\n' % path for path in paths)
        done = subprocess.run(self.world.wrap + [self.world.cli, '-server', self.world.connect], timeout=60,
                              env=self.world.environment(), input=text.encode(), capture_output=True)
        for path in paths:
            expect('Created ' + path in done.stderr.decode() or 'already exists' in done.stderr.decode(),
                   'create said %r' % done.stderr)

    def check_cursor_keys_and_their_letters_edit_the_line(self):
        s = self.open()
        s.types('gt /zookeeper', 'gt /zookeeper')
        s.types([HOME], 'gt /zookeeper', 0)
        s.types([RIGHT], 'gt /zookeeper', 1)
        s.types('e', 'get /zookeeper', 2)
        s.types([END], 'get /zookeeper')
        s.types([LEFT, LEFT], 'get /zookeeper', 12)
        s.types([BACKSPACE], 'get /zookeeer', 11)
        s.types([DELETE], 'get /zookeer', 11)
        s.types([ctrl('A')], 'get /zookeer', 0)
        s.types([ctrl('F'), ctrl('D')], 'gt /zookeer', 1)
        s.types([ctrl('E')], 'gt /zookeer')
        s.types([ctrl('W')], 'gt ')
        s.types([ctrl('U')], '')
        s.types('ls / tail', 'ls / tail')
        s.types([LEFT] * 5 + [ctrl('K')], 'ls /')
        expect(s.enter()[0].startswith('['), 'ls / shows %r' % s.rows())

    def check_up_and_down_recall_the_lines_of_this_session(self):
        s = self.open()
        s.enter('ls /zookeeper')
        s.enter('version')
        s.type('dra')
        s.types([UP], 'version')
        s.types([UP], 'ls /zookeeper')
        s.types([DOWN], 'version')
        s.types([UP], 'ls /zookeeper')
        expect(s.enter() == ['[config, quota]'], 'the recalled line shows ' + s.rows())

    def check_the_beginning_of_a_command_is_completed(self):
        s = self.open()
        s.types('cre\t', 'create ')
        s.types([ctrl('U')], '')
        s.types('help ver\t', 'help version ')

    def check_a_second_tab_lists_several_commands(self):
        s = self.open()
        s.types('get', 'get')
        s.type('\t')
        s.sees('getAllChildrenNumber')
        s.shows('get')
        listed = next(row for row in s.screen.lines() if 'getAllChildrenNumber' in row).split()
        expect(listed == sorted(listed) and {'get', 'getAcl', 'getEphemerals'} <= set(listed), 'it lists %r' % listed)

    def check_an_option_of_the_command_is_completed(self):
        s = self.open()
        s.types('removewatches -', 'removewatches -')
        s.type('\t')
        s.sees('-a  -c  -d')
        s.shows('removewatches -')

    def check_a_path_of_the_live_tree_is_completed(self):
        s = self.open()
        s.types('get /zoo\t', 'get /zookeeper ')
        s.type(ctrl('U'))
        s.types('get /just-n\t', 'get /just-n')
        self.create('/just-now')
        s.types('\t', 'get /just-now ')
        expect(s.enter() == ['x'], 'get shows ' + s.rows())

    def check_of_many_paths_the_common_part_is_taken_and_then_a_list_shown(self):
        self.create('/many', '/many/worker-1', '/many/worker-2', '/many/writer-1')
        s = self.open()
        s.types('ls /many/wo\t', 'ls /many/worker-')
        s.type('\t')
        s.sees('/many/worker-1  /many/worker-2')
        s.shows('ls /many/worker-')
        expect(not any('writer' in row for row in s.screen.lines()), 'a stranger is listed')
        s.types('2\t', 'ls /many/worker-2 ')

    def check_a_name_with_a_blank_is_completed_in_quotes(self):
        self.create('/blank', '/blank/my app')
        s = self.open()
        s.types('get /blank/m\t', 'get "/blank/my app" ')
        expect(s.enter() == ['x'], 'get shows ' + s.rows())
        s.types("get '/blank/my\t", "get '/blank/my app' ")
        expect(s.enter() == ['x'], 'get shows ' + s.rows())

    def check_a_name_beyond_ascii_is_typed_completed_and_shown(self):
        self.create('/中文', '/中文/数据-一', '/中文/数据-二')
        s = self.open()
        s.types('ls /中\t', 'ls /中文 ')
        s.types([ctrl('U')], '')
        s.types('get /中文/数\t', 'get /中文/数据-')
        s.types([LEFT, LEFT, RIGHT], 'get /中文/数据-', 10)
        s.types([END, '一'], 'get /中文/数据-一')
        expect(s.enter() == ['x'], 'get shows ' + s.rows())
        expect(s.enter('ls /中文') == ['[数据-一, 数据-二]'], 'ls shows ' + s.rows())
        s.types([UP], 'ls /中文')

    def check_an_event_does_not_garble_the_line_that_is_edited(self):
        self.create('/watched')
        s = self.open()
        s.enter('get -w /watched')
        s.types('ls /zook', 'ls /zook')
        s.types([LEFT, LEFT], 'ls /zook', 6)
        row = s.screen.row
        self.world.run('set', '/watched', 'new')
        s.sees('WatchedEvent state:SyncConnected type:NodeDataChanged path:/watched')
        s.shows('ls /zook', 6)
        expect(s.screen.line(row) == s.prompt() + 'ls /zook', 'the event was written over the line: ' + s.rows())
        expect(s.screen.line(row + 1) == 'WATCHER::', 'the event does not begin below the line: ' + s.rows())
        s.types([END], 'ls /zook')
        s.types('eeper', 'ls /zookeeper')
        expect(s.enter() == ['[config, quota]'], 'ls shows ' + s.rows())

    def check_in_dialect_3_4_the_prompt_comes_back_with_the_next_key(self):
        self.create('/old')
        s = self.open(ZKCLI_COMPAT='3.4')
        s.enter('get /old true')
        row = s.screen.row
        self.world.run('set', '/old', 'new')
        s.sees('WatchedEvent state:SyncConnected type:NodeDataChanged path:/old')
        s.terminal.settle(0.3)
        expect(s.screen.line(row) == s.prompt().rstrip() and s.screen.line(s.screen.row) == '',
               'after the event there is a prompt: ' + s.rows())
        s.types('ls /zook', 'ls /zook')
        expect(s.enter('eeper') == ['[config, quota]'], 'ls shows ' + s.rows())

    def check_a_line_longer_than_the_terminal_can_be_edited(self):
        s = self.open()
        text = 'create /long ' + 'abcdefghij' * 30
        s.types(text, text)
        s.types([HOME], text, 0)
        s.types('x', 'x' + text, 1)
        s.types([DELETE], 'x' + text[1:], 1)
        s.types([ctrl('E')], 'x' + text[1:])
        s.types([ctrl('W')], 'xreate /long ')
        s.types([ctrl('U')], '')

    def check_lines_pasted_at_once_run_one_after_the_other(self):
        s = self.open()
        s.terminal.type('create /pasted 1\rget /pasted\rdelete /pasted\r')
        s.number = 3
        s.shows('')
        expect('1' in s.screen.lines(), 'get shows nothing: ' + s.rows())
        expect(b'Node does not exist' in self.world.run('get', '/pasted').stderr, 'the last line did not run')

    def check_ctrl_c_discards_a_line_and_ends_at_an_empty_one(self):
        s = self.open()
        s.types('delete /zookeeper', 'delete /zookeeper')
        s.type(ctrl('C'))
        s.shows('')
        s.enter('nonsense')
        s.type(ctrl('C'))
        expect(s.ends() == 127, 'the exit code is not that of the last command')
        expect(any('state:Closed' in row for row in s.screen.lines()), 'the session was not closed')

    def check_ctrl_d_ends_at_an_empty_line_only(self):
        s = self.open()
        s.types(['ab', LEFT, ctrl('D')], 'a')
        s.types([BACKSPACE], '')
        s.type(ctrl('D'))
        expect(s.ends() == 0, 'it does not end with 0')

    def check_ctrl_z_ends_on_windows(self):
        if not self.world.is_windows:
            return
        s = self.open()
        s.types(['ab', ctrl('Z')], 'ab')
        s.types([BACKSPACE, BACKSPACE], '')
        s.type(ctrl('Z'))
        expect(s.ends() == 0, 'it does not end with 0')

    def check_lines_are_kept_over_runs_where_that_is_asked_for(self):
        name = self.world.home + '/lines of Zoë'
        s = self.open(ZKCLI_HISTORY=self.world.path(name))
        s.enter('ls /zookeeper')
        s.enter('get /中文')
        s.close()
        with open(name, encoding='utf-8', newline='') as f:
            expect(f.read() == 'ls /zookeeper\nget /中文\n', 'the file holds something else')
        if not self.world.is_windows:
            expect(stat.S_IMODE(os.stat(name).st_mode) == 0o600, 'others may read the file')
        s = self.open(ZKCLI_HISTORY=self.world.path(name))
        s.types([UP], 'get /中文')
        s.types([UP], 'ls /zookeeper')
        expect(s.enter() == ['[config, quota]'], 'the recalled line shows ' + s.rows())

    def check_nothing_is_kept_over_runs_unless_asked_for(self):
        for value in (None, '', 'off'):
            before = sorted(os.listdir(self.world.home))
            s = self.open(**({} if value is None else {'ZKCLI_HISTORY': value}))
            s.enter('ls /zookeeper')
            s.close()
            expect(sorted(os.listdir(self.world.home)) == before, 'with %r there are new files' % value)
            s = self.open(**({} if value is None else {'ZKCLI_HISTORY': value}))
            s.type(UP)
            s.terminal.settle(0.3)
            s.shows('')

    def check_passwords_stay_out_of_the_file(self):
        name = self.world.home + '/secrets'
        s = self.open(ZKCLI_HISTORY=self.world.path(name))
        s.enter('addauth digest joe:hidden')
        s.enter('  addauth digest joe:hidden')
        s.enter('create /of-joe x auth:joe:hidden:crwda')
        s.enter(' get /of-joe')
        s.enter('ls /')
        s.types([UP, UP, UP], 'create /of-joe x auth:joe:hidden:crwda')
        s.close()
        with open(name, encoding='utf-8') as f:
            expect(f.read() == 'ls /\n', 'the file holds more than it should')

    def check_input_that_is_no_terminal_is_read_as_it_is(self):
        text = 'create /piped "中 文"\nget /piped\nnonsense'
        done = subprocess.run(self.world.wrap + [self.world.cli, '-server', self.world.connect], timeout=60,
                              env=self.world.environment(), input=text.encode(), capture_output=True)
        out = done.stdout.decode().replace('\r', '').split('\n')
        expect('中 文' in out and not any('[zk:' in row for row in out), 'it shows %r' % out)
        expect(done.returncode == 127, 'exit code %d' % done.returncode)

    def run_all(self, only):
        passed = failed = 0
        for name in [n for n in dir(self) if n.startswith('check_')]:
            sentence = name[len('check_'):].replace('_', ' ')
            if only not in sentence:
                continue
            try:
                getattr(self, name)()
                passed += 1
                print('ok      ' + sentence, flush=True)
            except (Failure, OSError, subprocess.SubprocessError, StopIteration) as problem:
                failed += 1
                print('FAILED  %s: %s' % (sentence, problem), flush=True)
            finally:
                for session in self.sessions:
                    session.close()
                self.sessions = []
        print('%d passed, %d failed' % (passed, failed))
        return 1 if failed or not passed else 0


def main():
    parser = argparse.ArgumentParser(description='types at zkcli')
    parser.add_argument('--bin', required=True)
    parser.add_argument('--only', default='')
    args = parser.parse_args()
    try:
        world = World(args.bin)
    except Skip as problem:
        print('not run: %s' % problem)
        return 77
    try:
        return Checks(world).run_all(args.only)
    finally:
        world.close()


if __name__ == '__main__':
    sys.exit(main())
