#!/usr/bin/python3
"""The two command lines on the two servers: command by command the same text.

    cli.py [--server PATH] [--cli PATH] [--only WORD] [--verbose] [--classpath CP --release 3.9.5]

The lines of LINES are fed, one at a time, to Java's zkCli and to ours (in the dialect of the release
of the Java one), on a Java server and on ours, each on a fresh server: four runs. Java's on Java's is
the reference. Text on both outputs is compared per command after masking session ids, times and
zxids; events, which Java prints from a thread of its own, are compared as one list per run. Another release
of Java's than Debian's is given by its class path, without the line editor, which would draw prompts.

Then commands on the command line (ONCE), whose exit codes and results are compared.

What differs on purpose is rewritten by OURS and nowhere else. The last line is 'N passed, N failed'.
"""

import argparse
import os
import re
import select
import subprocess
import sys
import time

import servers

SECONDS = 40
RELEASE = '3.8'
MARK = 'printwatches is on'
JARS = ('zookeeper', 'zookeeper-jute', 'commons-cli', 'slf4j-api', 'slf4j-simple', 'netty-all', 'jline2')

LINES = [
    'ls /', 'create /a', 'get /a', 'create /a x', 'create /b "two words"', 'get /b', 'create /c ""',
    'get /c', "create /d 'say \"hi\"'", 'get /d', "create /e it's", 'get /e', 'create /f a"b c"d',
    'create /g a\\ b', 'create /h "ab"cd', "create /i 'abc", 'get /i', '"ls" \'/\'',
    'get -s /b', 'get /b -s', 'stat /b', 'stat /none', 'get /none', 'ls /none', 'ls -s /', 'ls -R /',
    'create /a/k1 1', 'create /a/k1/l 2', 'create /a/k2 3', 'ls -R /a', 'ls -sR /a', 'create /x/y 1',
    'create -s /a/q- 1', 'create -s /a/q- 1', 'create -e /eph 1', 'create -e -s /eph- 1',
    'create -es /eph- 1', 'create -se /eph- 1', 'create /eph/child 1', 'create -c /con', 'create -c -s /con',
    'create -c -e /con2', 'create -t 100000 /ttl x', 'create -t -5 /ttl2', 'create -t x /ttl2',
    'create -t 5 -e /ttl2', 'create -t 5 -c /ttl2', 'get -s /con',
    'set /a new', 'get /a', 'set /a v -v 99', 'set -v 1 /a v1', 'set -v=2 /a v2', 'set -v3 /a v3', 'get /a',
    'set -s /a v4', 'set /a', 'set', 'set /a -- -x', 'get /a', 'set /a b c', 'get /a', 'set /none x',
    'delete /a', 'delete /none', 'delete -v 7 /b', 'delete -v 0 /b', 'delete', 'delete /', 'delete /zookeeper',
    'deleteall /a', 'deleteall /a', 'create /many', 'create /many/1', 'create /many/2', 'create /many/3',
    'deleteall /many -b 2', 'ls /', 'getAllChildrenNumber /', 'getAllChildrenNumber /none',
    'getEphemerals /', 'getEphemerals /none',
    'ls', 'get', 'stat', 'create', 'sync', 'ls -x /', 'ls /a/', 'ls a', 'ls //', 'ls /x//y', 'ls /a/../b', 'ls /.',
    'get /c true', 'ls /c true', 'stat /c true', 'set /c new',
    'create /w 0', 'get -w /w', 'ls -w /w', 'set /w 1', 'create /w/k 1', 'delete /w/k', 'stat -w /w2', 'create /w2 x',
    'addWatch /w2', 'set /w2 1', 'create /w2/k 1', 'removewatches /w2', 'removewatches /w2',
    'addWatch -m PERSISTENT /w2', 'set /w2 2', 'create /w2/l 1', 'removewatches /w2 -a', 'addWatch -m x /w2',
    'addWatch', 'get -w /w', 'removewatches /w -d', 'ls -w /w', 'removewatches /w -c', 'removewatches /w -c',
    'getAcl /w', 'getAcl -s /w', 'getAcl /none', 'setAcl /w world:anyone:rw', 'getAcl /w',
    'setAcl /w world:anyone:cdrwa', 'setAcl /w world:anyone:cdrwa,ip:10.0.0.0/8:r', 'setAcl /w ip:127.0.0.1:crwda',
    'getAcl /w', 'setAcl /w', 'setAcl /w foo', 'setAcl /w ip:1.2.3:r', 'setAcl /w world:anyone:z',
    'setAcl /w auth::cdrwa', 'setAcl /w nope:x:r', 'addauth digest u:p', 'setAcl /w auth:u:p:crwad', 'getAcl /w',
    'setAcl -s /w world:anyone:crwda', 'setAcl -v 99 /w world:anyone:r', 'setAcl -R /w2 world:anyone:crwda',
    'create /acl x ip:1.2.3.4:r', 'get /acl', 'set /acl y', 'create /acl/k z', 'setAcl /acl world:anyone:r',
    'create /badacl x foo', 'create /badacl x ip:1.2.3:r', 'addauth', 'whoami',
    'create /q 12345', 'setquota -n 5 /q', 'listquota /q', 'setquota -b 2 /q', 'listquota /q', 'setquota -N 7 /q',
    'setquota -B 9 /q', 'listquota /q', 'create /q/k 1', 'setquota -n 1 /q/k', 'delquota -n /q', 'listquota /q',
    'delquota /q', 'delquota /q', 'listquota /q', 'setquota -n x /q', 'setquota -n 0 /q', 'setquota -b -1 /q',
    'setquota -n 1 /none', 'setquota /q', 'setquota -n 1', 'setquota -n 1 -b 2 /q', 'setquota -n 1 /zookeeper/quota/x',
    'setquota -n 5 /q/k', 'setquota -n 5 /q', 'delquota /q/k', 'ls /zookeeper/quota',
    'sync /', 'sync /none', 'sync x', 'config', 'config -c', 'config -s', 'reconfig', 'reconfig -add 2=h:1:2;3',
    'reconfig -file /nonexist/nonexist', 'reconfig -v zz -add x', 'reconfig -add a -members b',
    'redo 1', 'redo', 'redo 99999', 'foo', 'getacl /w', 'history',
    'create /中文 "数据"', 'get -s /中文', 'ls /', 'deleteall /中文',
    'close', 'ls /', 'connect CONNECT', 'ls /c',
]

ONCE = [['ls', '/'], ['get', '/none'], ['create', '/once', 'two words'], ['get', '/once'], ['foo'], ['ls'],
        ['stat', 'x'], ['delete', '-v', '9', '/once'], ['deleteall', '/once'], ['listquota', '/none'],
        ['set', '/none', 'x'], ['ls', '-x', '/']]

MASKS = (
    (re.compile(r'^([cmp]Zxid) = 0x[0-9a-f]+$'), r'\1 = ZXID'),
    (re.compile(r'^([cm]time) = .*$'), r'\1 = TIME'),
    (re.compile(r'^ephemeralOwner = 0x[0-9a-f]{8,}$'), 'ephemeralOwner = SESSION'),
)
# Hints, which only ours gives, and the option tables, which usage has since 3.9.3.
OURS = (
    re.compile(r'^hint: '), re.compile(r'^\(server key '), re.compile(r'^note: '),
    re.compile(r'^ -[a-z]( <arg>)?  '),
)
# The usage of get and set since 3.9.3, and before.
NEWER = (
    ('get [-s] [-w] [-b] [-x] path', 'get [-s] [-w] path'),
    ('set path data [-s] [-v version] [-b]', 'set [-s] [-v version] path data'),
)


def mask(line):
    for pattern, replacement in MASKS:
        line = pattern.sub(replacement, line)
    line = re.sub(r'^org\.apache\.commons\.cli\.\w+: ', '', line)
    for newer, older in NEWER if RELEASE == '3.8' else ():
        line = line.replace(newer, older)
    line = re.sub(r' \(did you mean \w+\?\)$', '', line)
    return line


def java_command(classpath):
    paths = classpath.split(':') if classpath else [servers.JARS + '/%s.jar' % name for name in JARS]
    return ['java', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', '-Dsun.jnu.encoding=UTF-8',
            '-Dorg.slf4j.simpleLogger.defaultLogLevel=off',
            '-cp', ':'.join(p for p in paths if os.path.exists(p)),
            'org.apache.zookeeper.ZooKeeperMain']


def environment():
    return dict(os.environ, LC_ALL='C.UTF-8', TZ='UTC', ZKCLI_HISTORY='')


class Client:
    """A command line fed through a pipe."""

    def __init__(self, command, connect):
        self.connect = connect
        self.process = subprocess.Popen(command + ['-server', connect], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
        self.text = b''
        self.events = []
        self.until(b'zxid: -1\n' if RELEASE >= '3.9' else b'path:null\n')  # else it falls into a reply
        self.until_mark()

    def until_mark(self):
        """What comes until the marker's answer; events are put aside."""
        self.process.stdin.write(b'printwatches\n')
        self.process.stdin.flush()
        mark = (MARK + '\n').encode()
        self.until(mark)
        text, self.text = self.text.split(mark, 1)
        return self.without_events(text.decode('utf-8', 'replace'))

    def until(self, mark):
        """Reads until MARK has come."""
        end = time.monotonic() + SECONDS
        while mark not in self.text:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            data = os.read(self.process.stdout.fileno(), 65536) if ready else b''
            if not data:
                self.text += b'<ended or silent>\n' + mark
                break
            self.text += data

    def without_events(self, text):
        """Java prints an event from a thread of its own: a reply may stand amid its lines."""
        rows = text.split('\n')
        self.events += [row for row in rows if row.startswith('WatchedEvent ')]
        return '\n'.join(row for row in rows if row != 'WATCHER::' and not row.startswith('WatchedEvent '))

    def run(self, line):
        self.process.stdin.write(line.replace('CONNECT', self.connect).encode() + b'\n')
        text = self.until_mark()
        return [mask(l) for l in text.replace(self.connect, 'CONNECT').split('\n') if l != '']

    def close(self):
        time.sleep(0.2)
        self.until_mark()
        self.process.stdin.write(b'quit\n')
        self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.process.returncode


def rewrite(line, rows):
    """ROWS without what ours adds: usage behind a sentence about options, hints; ours sorts ephemerals."""
    if line.startswith('getEphemerals'):
        return [', '.join(sorted(row.strip('[]').split(', '))) for row in rows]
    if rows and re.match(r'(Unrecognized option|Missing argument|Missing required|The option )', rows[0]):
        return rows[:1]
    return [row for row in rows if not any(p.match(row) for p in OURS)]


def play(command, kind, only):
    """[(line, rows)] and the events of one client on a fresh server."""
    results = []
    with servers.Server(kind) as server:
        client = Client(command, server.address)
        for line in LINES:
            rows = rewrite(line, client.run(line))
            if only in line:
                results.append((line, rows))
        code = client.close()
        results.append(('(events)', client.events))
        results.append(('(exit code)', [str(code)]))
        for words in ONCE:
            done = subprocess.run(command + ['-server', server.address] + words, stdin=subprocess.DEVNULL,
                                  capture_output=True, env=environment(), timeout=SECONDS)
            rows = re.sub(r'\nWATCHER::\n\n(WatchedEvent [^\n]*\n)?|WatchedEvent [^\n]*\n', '',
                          done.stdout.decode()).replace(server.address, 'CONNECT').split('\n')
            rows += done.stderr.decode().split('\n')
            rows = [mask(row) for row in rows
                    if row not in ('', 'WATCHER::') and not row.startswith('Connecting to ')]
            results.append(('once: ' + ' '.join(words), rewrite('', rows) + ['exit %d' % done.returncode]))
    return results


def main():
    global RELEASE
    parser = argparse.ArgumentParser(description="Java's zkCli and ours, on Java's server and on ours")
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--cli')
    parser.add_argument('--only', default='')
    parser.add_argument('--verbose', action='store_true')
    parser.add_argument('--classpath', help="of the Java release to compare with; Debian's by default")
    parser.add_argument('--release', default=RELEASE, help='which one that is')
    args = parser.parse_args()
    RELEASE = args.release
    server = 'java:' + args.classpath if args.classpath else 'java'
    cli = os.path.abspath(args.cli or os.path.join(os.path.dirname(args.server), 'zkcli'))
    servers.check_available(args.server)
    servers.check_available('java')
    if not os.access(cli, os.X_OK):
        raise servers.Skip('no zkcli at %s' % cli)
    if not os.path.exists(servers.JARS + '/commons-cli.jar'):
        raise servers.Skip('no commons-cli for Java\'s command line')
    java, ours = java_command(args.classpath), [cli, '-compat', RELEASE]
    reference = play(java, server, args.only)
    failed = passed = 0
    for name, command, kind in (('our zkcli, Java server', ours, server),
                                ("Java's zkCli, our server", java, args.server),
                                ('our zkcli, our server', ours, args.server)):
        differing = 0
        for (line, expected), (_, rows) in zip(reference, play(command, kind, args.only)):
            if args.verbose:
                print('%s: %s\n%s' % (name, line, '\n'.join('   ' + r for r in rows)))
            if rows != expected:
                differing += 1
                print('FAILED  %s: %s\n%s\n  instead of\n%s' % (
                    name, line, '\n'.join('    ' + r for r in rows), '\n'.join('    ' + r for r in expected)))
        print('%s  %s: %d lines, %d differ' % ('FAILED' if differing else 'ok    ', name, len(reference), differing),
              flush=True)
        failed += differing
        passed += len(reference) - differing
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    servers.skip_main(main)
