#!/usr/bin/python3
"""What zkcli has beyond Java's: export, import, tree, find, watch, --json, masks, colours, progress.

    cli_extras.py [--server PATH] [--cli PATH] [--only WORD] [--no-java]

Each function named test_... gets a fresh corner of a running server; they are played on our server and,
those that are not about terminals, on a Java server too. The last line is 'N passed, N failed'.
"""

import argparse
import base64
import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import tempfile
import time

import servers

SECONDS = 40
OPEN = [{'scheme': 'world', 'id': 'anyone', 'perms': 'cdrwa'}]
ESCAPES = b'\x1b]0;title\x07\x1b[31mred\x9b\xc2\x9b31m\rover\r\nb\xe2\x80\xaetext\ttab'


class Failed(Exception):
    """Something is not as it should be."""


def check(condition, *what):
    if not condition:
        raise Failed(' '.join(repr(w) if not isinstance(w, str) else w for w in what))


def equal(got, expected, what=''):
    check(got == expected, what, 'is', got, 'instead of', expected)


def environment(**more):
    env = dict(os.environ, LC_ALL='C.UTF-8', TZ='UTC', ZKCLI_HISTORY='', TERM='xterm')
    env.pop('NO_COLOR', None)
    env.update(more)
    return env


class Corner:
    """A server, a program, and a znode below which a test works."""

    def __init__(self, cli, server, root):
        self.cli = cli
        self.server = server
        self.root = root
        self.folder = tempfile.TemporaryDirectory()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def command(self, *words):
        return [self.cli, '-server', self.server.address] + list(words)

    def run(self, *words, code=0, data=None, env=None):
        """Standard output and standard error of one command; its exit code must be CODE."""
        done = subprocess.run(self.command(*words), input=data, capture_output=True, timeout=SECONDS,
                              env=env or environment(), **({} if data is not None else
                                                           {'stdin': subprocess.DEVNULL}))
        check(code is None or done.returncode == code, ' '.join(words), 'ends with', done.returncode,
              done.stdout, done.stderr)
        return done.stdout, done.stderr.decode()

    def lines(self, *lines):
        """Run LINES in one session; returns what is on both outputs."""
        done = subprocess.run(self.command(), input='\n'.join(lines + ('',)).encode(), capture_output=True,
                              env=environment(), timeout=SECONDS)
        return done.stdout.decode('utf-8', 'replace'), done.stderr.decode()

    def json(self, *words):
        return json.loads(self.run(*words)[0])

    def data(self, path):
        found = self.json('get', '--json', path)
        return base64.b64decode(found['dataBase64']) if 'dataBase64' in found else found['data']

    def write(self, name, *lines):
        with open(self.path(name), 'wb') as f:
            for line in lines:
                f.write(line if isinstance(line, bytes) else json.dumps(line).encode())
                f.write(b'\n')
        return self.path(name)

    def read(self, name):
        with open(self.path(name), 'rb') as f:
            return [json.loads(line) for line in f]

    def terminal(self, *words, typed=(), env=None, seconds=SECONDS):
        """All bytes that appear on a terminal, and the exit code. TYPED are pairs: what to wait for, and
        what to type then."""
        pid, fd = pty.fork()
        if pid == 0:
            try:
                os.execve(self.cli, self.command(*words), env or environment())
            finally:
                os._exit(126)
        shown = b''
        seen = 0
        typed = list(typed)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            while typed and typed[0][0] in shown[seen:]:
                seen += shown[seen:].index(typed[0][0]) + len(typed[0][0])
                os.write(fd, typed.pop(0)[1])
            ready, _, _ = select.select([fd], [], [], 0.1)
            if not ready:
                continue
            try:
                got = os.read(fd, 65536)
            except OSError:
                break
            if not got:
                break
            shown += got
        else:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        check(not typed, 'not shown:', typed[0][0] if typed else b'', 'but', shown)
        return shown, os.waitstatus_to_exitcode(status)


# ---- errors that name their cause ----

def test_a_missing_parent_is_named(c):
    _, err = c.run('create', c.root + '/gone/x', '1', code=1)
    equal(err, 'Node does not exist: %s/gone/x\nhint: create its parent %s/gone first\n' % (c.root, c.root))
    _, err = c.run('-compat', '3.4', 'create', c.root + '/gone/x', '1', code=1)
    equal(err, 'Node does not exist: %s/gone/x\n' % c.root)


def test_a_missing_chroot_is_named(c):
    address = c.server.address + c.root + '/nowhere'
    for words in (['ls', '/'], ['create', '/x', '1'], ['create', '/x/y', '1']):
        done = subprocess.run([c.cli, '-server', address] + words, capture_output=True, timeout=SECONDS,
                              stdin=subprocess.DEVNULL, env=environment())
        equal(done.returncode, 1)
        equal(done.stderr.decode(), 'Node does not exist: %s\nhint: the chroot %s/nowhere does not exist; '
              'connect without it and create it\n' % (words[1], c.root))


def test_a_path_without_its_slash_is_explained(c):
    _, err = c.run('listquota', 'a')
    check(err.endswith('quota for a does not exist.\nhint: paths begin with "/": /a\n'), err)
    _, err = c.run('delquota', 'a')
    equal(err, 'hint: paths begin with "/": /a\n')
    _, err = c.run('setquota', '-n', 'abc', c.root)
    check(err.endswith('hint: "abc" is not a whole number, or too large\n'), err)


# ---- --json ----

def test_json_has_the_names_of_the_stat_record(c):
    c.lines('create %s text' % c.root, 'create %s/a ""' % c.root, 'create %s/null' % c.root)
    found = c.json('get', '--json', c.root)
    equal(found['path'], c.root)
    equal(found['data'], 'text')
    equal(sorted(found['stat']), sorted(['czxid', 'mzxid', 'ctime', 'mtime', 'version', 'cversion', 'aversion',
                                         'ephemeralOwner', 'dataLength', 'numChildren', 'pzxid']))
    equal(found['stat']['ephemeralOwner'], '0x0')
    check(re.fullmatch('0x[0-9a-f]+', found['stat']['czxid']), found)
    equal(c.json('get', '--json', c.root + '/a')['data'], '')
    equal(c.json('stat', '--json', c.root)['stat'], c.json('get', '--json', c.root)['stat'])
    equal(c.json('ls', '--json', c.root)['children'], ['a', 'null'])
    equal(c.json('ls', '-R', '--json', c.root)['paths'], [c.root, c.root + '/a', c.root + '/null'])
    equal(c.json('getAcl', '--json', c.root)['acl'], OPEN)


def test_json_keeps_bytes_apart_from_text(c):
    c.lines('create %s x' % c.root, 'set -b %s %s' % (c.root, base64.b64encode(ESCAPES).decode()))
    found = c.json('get', '--json', c.root)
    check('data' not in found, found)
    equal(base64.b64decode(found['dataBase64']), ESCAPES)
    equal(base64.b64decode(c.json('get', '-b', '--json', c.root)['dataBase64']), ESCAPES)
    c.run('set', c.root, 'two\nlines "quoted" \\ \t 数据')
    equal(c.data(c.root), 'two\nlines "quoted" \\ \t 数据')
    c.run('get', '-x', '--json', c.root, code=1)
    out, err = c.run('get', '--json', c.root + '/none', code=1)
    equal((out, err), (b'', 'Node does not exist: %s/none\n' % c.root))


# ---- export and import ----

def make_sample(c):
    c.lines('create %s "the root"' % c.root, 'create %s/text "a b"' % c.root, 'create %s/null' % c.root,
            'create %s/empty ""' % c.root, 'create %s/bytes x' % c.root,
            'set -b %s/bytes %s' % (c.root, base64.b64encode(bytes(range(256))).decode()),
            'create %s/acl x world:anyone:r,ip:127.0.0.1:cdrwa,digest:u:+owfoSBn/am19roBPzR1/MfCblE=:rw' % c.root,
            'create %s/queue' % c.root, 'create -s %s/queue/q- 0' % c.root, 'create -s %s/queue/q- 1' % c.root,
            'create -s %s/queue/q- 2' % c.root, 'delete %s/queue/q-0000000002' % c.root,
            'delete %s/queue/q-0000000000' % c.root, 'create %s/中文 "数据"' % c.root)


def tree_of(c, root):
    """{path below ROOT: (data, acl)}"""
    found = {}
    for path in c.json('ls', '-R', '--json', root)['paths']:
        found[path[len(root):]] = (c.data(path), c.json('getAcl', '--json', path)['acl'])
    return found


def test_an_export_can_be_imported_elsewhere(c):
    make_sample(c)
    _, err = c.run('export', c.root, c.path('e'))
    equal(err, 'Exported 9 znodes to %s\n' % c.path('e'))
    equal(os.stat(c.path('e')).st_mode & 0o777, 0o600)
    check(not os.path.exists(c.path('e.part')))
    lines = c.read('e')
    equal(lines[0], {'format': 'paddock-export', 'version': 1, 'root': c.root})
    equal(lines[-1], {'end': True, 'znodes': 9})
    equal([l['path'] for l in lines[1:-1]], sorted(l['path'] for l in lines[1:-1]))
    c.run('create', c.root + '-copy', '')
    c.run('import', c.path('e'), c.root + '-copy/x')
    equal(tree_of(c, c.root + '-copy/x'), tree_of(c, c.root))
    piped, _ = c.run('export', c.root + '-copy/x')
    equal([dict(json.loads(l), path='') for l in piped.splitlines()[1:]],
          [dict(l, path='') for l in lines[1:]], 'the export of the copy')
    c.run('import', '-', c.root + '-copy/y', data=piped)
    equal(tree_of(c, c.root + '-copy/y'), tree_of(c, c.root))


def test_counters_of_sequential_names_are_kept(c):
    make_sample(c)
    c.run('export', c.root, c.path('e'))
    queue = [l for l in c.read('e') if l.get('path') == c.root + '/queue'][0]
    equal(queue['nextSequence'], 3)
    c.run('deleteall', c.root)
    c.run('import', c.path('e'))
    equal(c.run('create', '-s', c.root + '/queue/q-', 'x')[1], 'Created %s/queue/q-0000000003\n' % c.root)
    znodes = [{'path': c.root, 'data': None, 'acl': OPEN, 'nextSequence': 2345}]
    c.run('deleteall', c.root)
    c.run('import', c.write('one', *znodes))
    equal(c.run('create', '-s', c.root + '/q-', 'x')[1], 'Created %s/q-0000002345\n' % c.root)
    c.run('import', '-s', c.path('one'))
    equal(c.run('create', '-s', c.root + '/q-', 'x')[1], 'Created %s/q-0000002346\n' % c.root, 'not lowered:')
    znodes[0]['nextSequence'] = 5000000
    _, err = c.run('import', '-s', c.write('far', *znodes), code=1)
    check('-g 4997653 would be needed' in err, err)
    equal(c.run('create', '-s', c.root + '/q-', 'x')[1], 'Created %s/q-0000002347\n' % c.root)


def test_existing_znodes_are_refused_skipped_or_overwritten(c):
    make_sample(c)
    c.run('export', c.root, c.path('e'))
    before = tree_of(c, c.root)
    _, err = c.run('import', c.path('e'), code=1)
    check('line 2: Node already exists: %s\nhint: -s ' % c.root in err, err)
    c.lines('set %s/text changed' % c.root, 'setAcl %s/text world:anyone:rwa' % c.root, 'delete %s/null' % c.root)
    _, err = c.run('import', '-s', c.path('e'))
    check('1 znodes created, 8 left as they were' in err, err)
    equal(c.data(c.root + '/text'), 'changed')
    c.run('import', '-o', c.path('e'))
    equal(tree_of(c, c.root), before)
    _, err = c.run('import', '-o', '-s', c.path('e'), code=1)
    equal(err, 'import: -s and -o exclude each other\n')


def test_ephemerals_are_left_out_or_made_persistent(c):
    c.lines('create %s x' % c.root, 'create -e %s/e "who"' % c.root, 'export %s %s' % (c.root, c.path('e')))
    line = c.read('e')[2]
    equal((line['kind'], line['data']), ('ephemeral', 'who'))
    c.run('deleteall', c.root)
    _, err = c.run('import', c.path('e'))
    check('line 3: %s/e is ephemeral and left out' % c.root in err and '1 ephemeral left out' in err, err)
    equal(c.json('ls', '--json', c.root)['children'], [])
    c.run('import', '-s', '-e', c.path('e'))
    equal(c.json('stat', '--json', c.root + '/e')['stat']['ephemeralOwner'], '0x0')


def test_containers_and_times_to_live_are_imported(c):
    c.run('import', c.write('k', {'path': c.root, 'data': None, 'acl': OPEN},
                            {'path': c.root + '/t', 'kind': 'ttl', 'ttlMs': 600, 'data': 'x', 'acl': OPEN},
                            {'path': c.root + '/c', 'kind': 'container', 'data': 'x', 'acl': OPEN},
                            {'path': c.root + '/c/k', 'data': 'x', 'acl': OPEN},
                            {'path': c.root + '/p', 'data': 'x', 'acl': OPEN}))
    equal(c.json('ls', '--json', c.root)['children'], ['c', 'p', 't'])
    c.run('delete', c.root + '/c/k')
    end = time.monotonic() + 20
    while c.json('ls', '--json', c.root)['children'] != ['p']:
        check(time.monotonic() < end, 'container and TTL znode are still there')
        time.sleep(0.3)


def test_a_damaged_file_imports_nothing(c):
    good = {'path': c.root, 'data': 'x', 'acl': OPEN}
    child = {'path': c.root + '/a', 'data': 'x', 'acl': OPEN}
    first = {'format': 'paddock-export', 'version': 1, 'root': c.root}
    for bad, sentence in (
            (b'{"path":"%s/a","data":"x","acl":' % c.root.encode(), 'line ends where'),
            (b'{"path":"%s/a","data":"x\xff","acl":[]}' % c.root.encode(), 'not UTF-8'),
            (dict(child, colour='red'), '"colour" is not known here'),
            (dict(child, kind='odd'), 'kind is one of'),
            (dict(child, kind='ttl'), 'ttlMs belongs'),
            (dict(child, ttlMs=5), 'ttlMs belongs'),
            (dict(child, dataBase64='eA=='), 'either data or dataBase64'),
            ({'path': c.root + '/a', 'acl': OPEN}, 'either data or dataBase64'),
            ({'path': c.root + '/a', 'dataBase64': '!', 'acl': OPEN}, 'not base64'),
            ({'path': c.root + '/a', 'data': 'x'}, 'acl is missing'),
            (dict(child, acl=[]), 'acl has no entry'),
            (dict(child, acl=[{'scheme': 'world', 'id': 'anyone', 'perms': 'z'}]), 'letters cdrwa'),
            (dict(child, path='a'), 'Path must start with /'),
            (dict(child, path=c.root + '/../x'), 'relative paths not allowed'),
            (dict(child, path='/elsewhere'), 'is not below'),
            (dict(child, nextSequence=-1), 'a number from 0'),
            (b'[1]', '{ should stand here'), (b'{} {}', 'more than one JSON value'),
            ({'end': True, 'znodes': 7}, 'counts 7 znodes, but 1'),
            (first, 'first line in the middle')):
        _, err = c.run('import', c.write('bad', good, bad), code=1)
        check(sentence in err and 'bad line 2' in err and 'nothing was imported' in err, sentence, err)
        c.run('stat', c.root, code=1)
    _, err = c.run('import', c.write('cut', first, good), code=1)
    check('it was cut off' in err, err)
    _, err = c.run('import', c.write('none'), code=1)
    check('no znode in it' in err, err)
    _, err = c.run('import', '-n', c.write('fine', b'\xef\xbb\xbf' + json.dumps(good).encode() + b'\r', b'', child))
    check('2 znodes below %s, all well' % c.root in err, err)
    c.run('stat', c.root, code=1)


def test_a_bad_line_of_standard_input_is_not_used(c):
    good = {'path': c.root, 'data': 'x', 'acl': OPEN}
    data = json.dumps(good).encode() + b'\n{"path":"%s/a","data":"x"}\n' % c.root.encode()
    _, err = c.run('import', '-', data=data, code=1)
    check('standard input line 2: ' in err and 'stopped; 1 znodes created' in err, err)
    equal(c.json('ls', '--json', c.root)['children'], [])


def test_what_may_not_be_read_is_not_exported(c):
    c.lines('create %s x' % c.root, 'create %s/a x' % c.root, 'create %s/secret x digest:u:h:cdrwa' % c.root,
            'create %s/z x' % c.root)
    _, err = c.run('export', c.root, c.path('e'), code=1)
    check('export: %s/secret: reading it is not permitted\nhint: ' % c.root in err, err)
    check(os.listdir(c.folder.name) == [], 'half a file', os.listdir(c.folder.name))
    _, err = c.run('export', '-k', c.root, c.path('e'), code=1)
    check('%s/secret is left out' % c.root in err, err)
    equal([l.get('path') for l in c.read('e')], [None, c.root, c.root + '/a', c.root + '/z', None])
    c.lines('addauth digest u:p', 'create %s/mine x auth::cdrwa,world:anyone:r' % c.root)
    _, err = c.run('export', c.root + '/mine', code=1)
    check('its ACL is not shown in full' in err, err)


def test_missing_parents_are_made_on_request(c):
    line = {'path': '/a', 'data': 'x', 'acl': OPEN}
    _, err = c.run('import', c.write('e', line), c.root + '/b/c', code=1)
    check('Node does not exist' in err and 'hint: -p' in err, err)
    c.run('import', '-p', c.path('e'), c.root + '/b/c')
    equal(c.data(c.root + '/b/c'), 'x')


def test_a_request_that_no_server_takes_is_explained(c):
    c.run('create', c.root)
    _, err = c.lines('create %s/big %s' % (c.root, 'x' * 1100000), 'create %s/small 1' % c.root)
    check('KeeperErrorCode = ConnectionLoss for %s/big\nhint: a server takes no request of more' % c.root in err, err)
    check('Created %s/small' % c.root in err, err)


def test_the_rest_of_a_line_that_is_too_long_is_no_command(c):
    limit = 2 * 1024 * 1024 - 1
    head = 'set / '
    for line in (head + 'x' * (limit - len(head)) + 'create %s 1' % c.root,
                 head + 'x' * (limit - len(head) - 1) + '\rcreate %s 1' % c.root):
        out, err = c.lines(line, 'ls /')
        check('bytes was passed over\n' in err and 'Created' not in err, err[:300])
        check('zookeeper' in out, out)


def test_an_export_replaces_no_device_and_no_pipe(c):
    make_sample(c)
    os.mkfifo(c.path('pipe'))
    with subprocess.Popen(['timeout', '10', 'cat', c.path('pipe')], stdout=subprocess.PIPE) as reader:
        c.run('export', c.root, c.path('pipe'))
        got, _ = reader.communicate()
    equal(got, c.run('export', c.root)[0])
    check(stat.S_ISFIFO(os.stat(c.path('pipe')).st_mode), 'the pipe was replaced')
    if os.geteuid() != 0:
        return  # may replace nothing in /dev anyway
    os.mknod(c.path('full'), 0o600 | stat.S_IFCHR, os.makedev(1, 7))
    _, err = c.run('export', c.root, c.path('full'), code=1)
    check('No space left' in err, err)
    check(stat.S_ISCHR(os.stat(c.path('full')).st_mode), 'the device was replaced')


def test_lost_output_is_no_success(c):
    with open('/dev/full', 'wb') as full:
        for words, lines in (['ls', '/'], b''), ([], b'ls /\n'):
            done = subprocess.run(c.command(*words), input=lines, stdout=full, stderr=subprocess.PIPE,
                                  env=environment(), timeout=SECONDS)
            equal((done.returncode, done.stderr), (1, b'not all of the result could be written\n'))


def test_a_full_disk_is_not_taken_for_success(c):
    c.run('create', c.root, 'x')
    if not os.path.exists('/dev/full'):
        return
    with open('/dev/full', 'wb') as full:
        done = subprocess.run(c.command('export', c.root), stdout=full, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, env=environment(), timeout=SECONDS)
    equal((done.returncode, done.stderr), (1, b'not all of the result could be written\n'))


def test_files_that_cannot_be_used_are_named(c):
    for words, sentence in ((('import', '/none/x'), "cannot read '/none/x': No such file"),
                            (('export', '/', '/none/x'), "cannot write '/none/x': No such file"),
                            (('export', c.root), 'Node does not exist'),
                            (('import', '-g', 'x', '/none/x'), '-g argument must be an int value')):
        out, err = c.run(*words, code=1)
        check(sentence in err, sentence, err)


# ---- tree, find ----

def test_a_tree_is_drawn(c):
    c.lines('create %s' % c.root, 'create %s/a x' % c.root, 'create %s/a/b x' % c.root, 'create %s/a/c x' % c.root,
            'create %s/d x' % c.root)
    out, _ = c.run('tree', c.root)
    equal(out.decode(), '%s\n├── a\n│   ├── b\n│   └── c\n└── d\n\n5 znodes\n' % c.root)
    out, _ = c.run('tree', '-d', '1', c.root)
    equal(out.decode(), '%s\n├── a  (2 children)\n└── d\n\n3 znodes\n' % c.root)
    out, _ = c.run('tree', '-s', c.root + '/d')
    check(re.fullmatch(r'/\S+  \[1 bytes, version 0, mtime .* UTC \d{4}\]\n\n1 znode\n', out.decode()), out)
    out, err = c.run('tree', c.root + '/none', code=1)
    equal((out, err), (b'', 'Node does not exist: %s/none\n' % c.root))


def test_znodes_are_found(c):
    c.lines('create %s' % c.root, 'create %s/app needle' % c.root, 'create %s/app/apple "a needle here"' % c.root,
            'create %s/big "%s"' % (c.root, 'x' * 100), 'create %s/app/b*r x' % c.root)

    def find(*words):
        return [p[len(c.root):] for p in c.run('find', *words, c.root)[0].decode().splitlines()]
    equal(find(), ['', '/app', '/app/apple', '/app/b*r', '/big'])
    equal(find('-name', 'app*'), ['/app', '/app/apple'])
    equal(find('-name', 'b\\*r'), ['/app/b*r'])
    equal(find('-path', c.root + '/*/a*'), ['/app/apple'])
    equal(find('-data', 'needle'), ['/app', '/app/apple'])
    equal(find('-larger', '99'), ['/big'])
    equal(find('-d', '1', '-name', 'app*'), ['/app'])
    equal(find('-n', '2'), ['', '/app'])
    equal(find('-kind', 'ephemeral'), [])
    c.run('find', '-kind', 'odd', c.root, code=1)


def test_a_wide_and_deep_tree_is_walked(c):
    znodes = [{'path': c.root, 'data': None, 'acl': OPEN}]
    for i in range(40):
        znodes.append({'path': '%s/%02d' % (c.root, i), 'data': 'x' * 20000, 'acl': OPEN})
        for j in range(50):
            znodes.append({'path': '%s/%02d/%02d' % (c.root, i, j), 'data': None, 'acl': OPEN})
    path = c.root
    for i in range(300):
        path += '/d'
        znodes.append({'path': path, 'data': None, 'acl': OPEN})
    c.run('import', c.write('wide', *znodes))
    out, _ = c.run('find', c.root)
    equal(out.decode().splitlines(), [z['path'] for z in znodes])
    equal(c.run('export', c.root)[0].count(b'\n'), len(znodes) + 2)

    def below(path):
        children = [z['path'] for z in znodes if z['path'].rsplit('/', 1)[0] == path]
        return sum((below(child) for child in children), children)
    sys.setrecursionlimit(2000)
    equal(c.json('ls', '-R', '--json', c.root)['paths'], [c.root] + below(c.root))
    c.run('deleteall', c.root)
    c.run('stat', c.root, code=1)


def test_an_acl_may_shut_out_who_sets_it(c):
    c.lines('create %s' % c.root, 'create %s/a x' % c.root, 'create %s/a/b x' % c.root, 'create %s/c x' % c.root)
    c.run('setAcl', '-R', c.root, 'world:anyone:a')
    for name in ('', '/a', '/a/b', '/c'):
        equal(c.json('getAcl', '--json', c.root + name)['acl'], [dict(OPEN[0], perms='a')])
    c.run('setAcl', '-R', c.root + '/none', 'world:anyone:r', code=1)
    _, err = c.run('ls', '-R', c.root, code=1)
    equal(err, 'Insufficient permission : %s\n' % c.root)


# ---- watch ----

class Watching:
    """A `watch` in the background."""

    def __init__(self, c, *words):
        self.process = subprocess.Popen(c.command('watch', *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL, env=environment())
        time.sleep(1.2 if servers.is_java(c.server.kind) else 0.5)

    def end(self, seconds=SECONDS):
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed('watch does not end')
        return (out or b'').decode().splitlines(), err.decode(), self.process.returncode


def test_changes_below_a_znode_are_followed(c):
    plain = Watching(c, '-n', '4', c.root)
    as_json = Watching(c, '-n', '4', '-d', '--json', c.root)
    c.lines('create %s 1' % c.root, 'create %s-other 1' % c.root, 'create %s/a ""' % c.root,
            'set -b %s/a /wA=' % c.root, 'delete %s/a' % c.root)
    out, _, code = plain.end()
    equal(code, 0)
    equal([line.split(' ')[3:] for line in out], [['NodeCreated', c.root], ['NodeCreated', c.root + '/a'],
                                                 ['NodeDataChanged', c.root + '/a'], ['NodeDeleted', c.root + '/a']])
    zxid = '(-|0x[0-9a-f]+)' if servers.is_java(c.server.kind) else '0x[0-9a-f]+' # told since 3.9
    for line in out:
        check(re.match(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} %s Node' % zxid, line), line)
    out, _, code = as_json.end()
    events = [json.loads(line) for line in out]
    equal([e['type'] for e in events], ['NodeCreated', 'NodeCreated', 'NodeDataChanged', 'NodeDeleted'])
    check('dataBase64' not in events[3] and 'data' not in events[3], events[3])


def test_watch_ends_by_time_and_by_interrupt(c):
    began = time.monotonic()
    equal(Watching(c, '-t', '1', c.root).end()[2], 0)
    check(time.monotonic() - began < 15)
    watching = Watching(c, c.root)
    watching.process.send_signal(signal.SIGINT)
    equal(watching.end()[2], 130)
    watching = Watching(c, c.root)
    watching.process.stdout.close()
    c.lines('create %s x' % c.root, 'set %s y' % c.root)
    watching.process.stdout = None
    equal(watching.end()[2], 1, 'when nobody reads any more')


def test_watch_survives_a_restart_of_the_server(c):
    watching = Watching(c, '-n', '2', c.root)
    c.run('create', c.root, 'x')
    c.server.restart()
    end = time.monotonic() + SECONDS
    while watching.process.poll() is None and time.monotonic() < end:
        c.run('set', c.root, 'y', code=None)
        time.sleep(0.5)
    out, err, code = watching.end()
    equal(([line.split(' ')[3] for line in out], code), (['NodeCreated', 'NodeDataChanged'], 0))
    check('connected again; what changed meanwhile is not shown' in err, err)


def test_a_watch_of_the_user_stays(c):
    out, _ = c.lines('create %s x' % c.root, 'addWatch %s' % c.root, 'watch -t 1 %s' % c.root, 'set %s y' % c.root,
                     'sync %s' % c.root)
    check('type:NodeDataChanged path:%s' % c.root in out, out)


# ---- terminals ----

def terminal_only(function):
    function.terminal_only = True
    return function


@terminal_only
def test_control_characters_of_znodes_do_not_reach_a_terminal(c):
    c.lines('create %s x' % c.root, 'set -b %s %s' % (c.root, base64.b64encode(ESCAPES).decode()))
    equal(c.run('get', c.root)[0].split(b'zxid: -1\n')[-1], ESCAPES + b'\n', 'in a pipe')
    shown, _ = c.terminal('get', c.root)
    check(not re.search(rb'[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae|\r(?!\n|\r)',
                        shown.replace(b'\r\n', b'\n')), shown)
    check(rb'\x1b]0;title\x07\x1b[31mred' in shown and rb'b\u202etext' in shown, shown)
    shown, _ = c.terminal('watch', '-d', '-n', '1', c.root, typed=[(b'Ctrl+C ends', b'')], seconds=2)
    check(b'\x1b]' not in shown, shown)


@terminal_only
def test_colours_are_for_terminals_that_know_them(c):
    c.lines('create %s' % c.root, 'create %s/a x' % c.root)
    check(b'\x1b[2m' in c.terminal('tree', c.root)[0], 'none at a terminal')
    for words, env in ((('tree', c.root), environment(NO_COLOR='1')), (('tree', c.root), environment(TERM='dumb')),
                       (('-nocolor', 'tree', c.root), None), (('ls', '-s', c.root), None),
                       (('get', '--json', c.root), None), (('foo',), None)):
        check(b'\x1b' not in c.terminal(*words, env=env)[0], words)
    check(b'\x1b[2m' in c.terminal('tree', c.root, env=environment(NO_COLOR=''))[0], 'NO_COLOR is empty')
    check(b'\x1b' not in c.run('tree', c.root)[0], 'in a pipe')


@terminal_only
def test_progress_is_shown_and_taken_away(c):
    znodes = [{'path': c.root, 'data': None, 'acl': OPEN, 'nextSequence': 600000}]
    file = c.write('e', *znodes)
    shown, code = c.terminal('import', file)
    equal(code, 0)
    parts = re.findall(rb'import: raising a counter, \d+ of 600000', shown)
    check(parts, shown)
    last = shown.rindex(parts[-1]) + len(parts[-1])
    check(re.match(rb'\r {%d}\r' % len(parts[-1]), shown[last:]), shown[last:])
    check(shown.endswith(b'znodes created\r\n'), shown)
    c.run('deleteall', c.root)
    _, err = c.run('import', file)
    check('raising' not in err, err)


@terminal_only
def test_interrupt_ends_the_command_and_not_the_program(c):
    prompt = b'CONNECTED) %d] '
    shown, code = c.terminal(typed=[(prompt % 0, b'create -e %s x\r' % c.root.encode()),
                                    (prompt % 1, b'watch %s\r' % c.root.encode()),
                                    (b'Ctrl+C ends', b'\x03'),
                                    (prompt % 2, b'get %s\r' % c.root.encode()),
                                    (prompt % 3, b'quit\r')])
    check(b'] get %s\r\nx\r\n' % c.root.encode() in shown, shown)
    equal(code, 0)


@terminal_only
def test_wrong_words_show_how_it_is_done(c):
    for words, sentence in ((('export',), b'export [-k] path [file]'), (('import',), b'import [-s|-o]'),
                            (('find',), b'find [-name glob]'), (('watch',), b'watch [-d]'),
                            (('tree', '/a', '/b'), b'tree [-d depth]'), (('tree', '-d', 'x'), b'-d must be a number'),
                            (('watch', '-n', '0', '/'), b'-n must be'), (('watch', '-t', 'x', '/'), b'-t must be'),
                            (('find', 'x'), b'Path must start with /'), (('export', '/a/'), b'Path must not end'),
                            (('import', '-q', 'x'), b'Unrecognized option: -q')):
        shown, code = c.terminal(*words)
        check(sentence in shown and code == 1, words, shown)


@terminal_only
def test_help_tells_of_the_extras_behind_upstreams_text(c):
    usage = c.run('foo', code=127)[1].split('Command not found')[0]
    full = c.run('help')[0].decode()
    check(full.startswith(usage + '\nBeyond '), full)
    equal(c.run('help', 'extras')[0].decode(), full[len(usage) + 1:])
    check('export' not in usage and 'json' not in usage, usage)
    check('\n\tls --json [-s] [-w] [-R] path\n' in full, full)
    equal(c.run('help', 'ls')[0], b'ls [-s] [-w] [-R] path\n')


@terminal_only
def test_a_client_configuration_is_read(c):
    c.run('create', c.root, 'x')
    file = c.write('p', b'zookeeper.client.secure=true')
    out, err = c.run('-client-configuration', file, 'ls', '/', code=2)
    check(out == b'' and 'has no TLS' in err, out, err)
    file = c.write('p', b'zookeeper.client.secure=false', b'zookeeper.request.timeout: 5', b'x=y')
    out, err = c.run('-client-configuration', file, 'get', '--json', c.root)
    equal(json.loads(out)['data'], 'x')
    check('line 2: zookeeper.request.timeout has no effect' in err, err)
    _, err = c.run('-client-configuration', c.path('none'), 'ls', '/', code=2)
    check('cannot read' in err, err)


@terminal_only
def test_a_dialect_spells_the_session_as_its_release_did(c):
    for version, word in (('3.4', 'sessionid'), ('3.5.9', 'sessionid'), ('3.6', 'session id'), ('3.9', 'session id')):
        shown, _ = c.terminal('-compat', version, typed=[(b'CONNECTED) 0] ', b'quit\r')])
        check((', %s = 0x' % word).encode() in shown, version, shown)


def tests():
    return [(name[5:].replace('_', ' '), function) for name, function in sorted(globals().items())
            if name.startswith('test_')]


def play(cli, kind, only):
    passed = failed = 0
    with servers.Server(kind) as server:
        for number, (name, function) in enumerate(tests()):
            if only not in name or (servers.is_java(kind) and hasattr(function, 'terminal_only')):
                continue
            corner = Corner(cli, server, '/t%02d' % number)
            try:
                function(corner)
                passed += 1
                print('ok      %s' % name, flush=True)
            except (Failed, KeyError, ValueError, subprocess.TimeoutExpired) as error:
                failed += 1
                print('FAILED  %s: %s' % (name, error), flush=True)
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description='what zkcli has beyond Java\'s')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--cli')
    parser.add_argument('--only', default='')
    parser.add_argument('--no-java', action='store_true')
    args = parser.parse_args()
    cli = os.path.abspath(args.cli or os.path.join(os.path.dirname(args.server), 'zkcli'))
    servers.check_available(args.server)
    if not os.access(cli, os.X_OK):
        raise servers.Skip('no zkcli at %s' % cli)
    print('on our server:')
    passed, failed = play(cli, args.server, args.only)
    try:
        if args.no_java:
            raise servers.Skip('not wanted')
        servers.check_available('java')
        print('on a Java server:')
        more, worse = play(cli, 'java', args.only)
        passed += more
        failed += worse
    except servers.Skip as reason:
        print('not on a Java server: %s' % reason)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    servers.skip_main(main)
