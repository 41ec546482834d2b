#!/usr/bin/python3
"""Runs the same scenarios with real client libraries against two servers and compares.

    run.py [--server PATH] [--reference java] [--only kazoo,c,java,go] [--scenario WORD]

A suite is a program in some language. It is called with HOST:PORT and the port of a control
socket, runs its scenarios one after the other, and prints what the client saw: a line
`== name` begins a scenario, every other line belongs to its transcript. Session ids, times
and zxids never appear in a transcript, only what must be equal. Through the control socket
the program can have its server restarted (`restart`), killed and started again (`crash`), or
hung and woken (`pause`, `resume`).

Each suite gets a fresh server of either kind; the transcripts must be equal line by line, and
a line that begins with UNEXPECTED fails its scenario whatever the other server did. One line
per scenario is printed, at the end exactly 'N passed, N failed, N skipped'.
"""

import argparse
import difflib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

import servers

HERE = os.path.dirname(os.path.abspath(__file__))
GOPATH = '/usr/share/gocode'
SECONDS = 150
ATTEMPTS = 3
CONFIG = {'forceSync': 'no', 'tickTime': '500', 'enforceQuota': 'true'}


class Control(threading.Thread):
    """Lets a client program have its server restarted."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            with conn, conn.makefile('rw') as stream:
                for line in stream:
                    stream.write(self.obey(line.strip()) + '\n')
                    stream.flush()

    def obey(self, word):
        try:
            if word == 'restart':
                self.server.restart()
            elif word == 'crash':
                self.server.kill()
                self.server.start()
            elif word in ('pause', 'resume'):
                getattr(self.server, word)()
            else:
                return 'unknown'
            return 'ok'
        except servers.StartFailed as problem:
            return 'failed %s' % str(problem).replace('\n', ' ')

    def close(self):
        self.listener.close()


# ---- suites: functions that return the command of a program ------------------------------

def suite_kazoo(work):
    python = '/usr/bin/python3'
    if subprocess.run([python, '-c', 'import kazoo'], stderr=subprocess.DEVNULL).returncode:
        raise servers.Skip('Debian package python3-kazoo is not installed')
    return [python, HERE + '/kazoo_scenarios.py']


def build(command, **kwargs):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
    if done.returncode:
        raise RuntimeError('%s failed:\n%s' % (' '.join(command), done.stdout.decode()))


def suite_c(work):
    if shutil.which('cc') is None or not os.path.exists('/usr/include/zookeeper/zookeeper.h'):
        raise servers.Skip('cc or Debian package libzookeeper-mt-dev is not installed')
    program = work + '/scenarios-c'
    build(['cc', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-g', '-DTHREADED', '-o', program,
           HERE + '/c/scenarios.c', '-lzookeeper_mt', '-lpthread'])
    return [program]


def suite_java(work):
    if shutil.which('javac') is None or not os.path.exists(servers.JARS + '/zookeeper.jar'):
        raise servers.Skip('javac or Debian package libzookeeper-java is not installed')
    build(['javac', '-Xlint:all,-path,-try', '-Werror', '-d', work, '-cp', servers.DEBIAN_CLASSPATH,
           HERE + '/java/Scenarios.java'])
    return ['java', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1',
            '-Dzookeeper.extendedTypesEnabled=true', '-Dfile.encoding=UTF-8',
            '-Dorg.slf4j.simpleLogger.defaultLogLevel=off',
            '-cp', work + ':' + servers.DEBIAN_CLASSPATH, 'Scenarios']


def suite_go(work):
    if shutil.which('go') is None or \
            not os.path.isdir(GOPATH + '/src/github.com/samuel/go-zookeeper/zk'):
        raise servers.Skip('go or golang-github-samuel-go-zookeeper-dev is not installed')
    env = dict(os.environ, GO111MODULE='off', GOPATH=GOPATH, GOFLAGS='', GOPROXY='off',
               GOCACHE=work + '/go-cache', GOTOOLCHAIN='local')
    program = work + '/scenarios-go'
    build(['go', 'build', '-o', program, HERE + '/go/scenarios.go'], env=env)
    return [program]


SUITES = {'kazoo': suite_kazoo, 'c': suite_c, 'java': suite_java, 'go': suite_go}


# ---- running and comparing ---------------------------------------------------------------

def play(command, kind, scenario):
    """Runs the program against a fresh server; {scenario: [lines]} in order."""
    with servers.Server(kind, cfg=CONFIG) as server:
        control = Control(server)
        argv = command + [server.address, str(control.port)] + ([scenario] if scenario else [])
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=SECONDS)
            out, err, code = done.stdout, done.stderr, done.returncode
        except subprocess.TimeoutExpired as late:
            out, err, code = late.stdout or b'', late.stderr or b'', 'timeout'
        finally:
            control.close()
        transcripts = split(out.decode('utf-8', 'backslashreplace'))
        if code != 0:
            last = list(transcripts)[-1] if transcripts else 'start'
            tail = err.decode('utf-8', 'replace')[-400:]
            transcripts.setdefault(last, []).append('UNEXPECTED exit %s: %s' % (code, tail))
        if not server.alive():
            transcripts['server ended'] = ['UNEXPECTED ' + server.log_tail()]
        return transcripts


def split(text):
    transcripts, lines = {}, []
    for line in text.splitlines():
        if line.startswith('== '):
            lines = transcripts.setdefault(line[3:], [])
        else:
            lines.append(line)
    return transcripts


def difference(a, b):
    """'' when equal and nothing unexpected, else what to show."""
    if a is None or b is None:
        return '    only ran on %s' % ('the server' if a is None else 'the reference')
    strange = [line for line in a + b if line.startswith('UNEXPECTED')]
    if a != b:
        return '\n'.join('    ' + line for line in difflib.unified_diff(
            a, b, 'reference', 'server', lineterm='', n=2))
    return '\n'.join('    ' + line for line in strange)


def play_both(command, args, scenario):
    """Both servers at once; [reference's transcripts, server's transcripts]."""
    both = [None, None]

    def one(index, kind):
        both[index] = play(command, kind, scenario)
    threads = [threading.Thread(target=one, args=pair)
               for pair in enumerate((args.reference, args.server))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one or {'start': ['UNEXPECTED did not run']} for one in both]


def judge(command, args, scenario, both):
    """(text of the difference or '', attempts). A difference must show up ATTEMPTS times: a
    client that connects while the Java server is starting may hang there until its session
    expires, which is a race of that server and says nothing about ours."""
    for attempt in range(1, ATTEMPTS + 1):
        text = difference(*(one.get(scenario) for one in both))
        if not text or attempt == ATTEMPTS:
            return text, attempt
        both = play_both(command, args, scenario)


def run_suite(name, args, work, counts):
    os.makedirs(work, exist_ok=True)
    try:
        command = SUITES[name](work)
    except servers.Skip as reason:
        counts['skipped'] += 1
        print('skipped %s: %s' % (name, reason))
        return
    except RuntimeError as problem:
        counts['failed'] += 1
        print('FAILED  %s: %s' % (name, problem))
        return
    both = play_both(command, args, args.scenario)
    for scenario in dict.fromkeys(list(both[0]) + list(both[1])):
        text, attempts = judge(command, args, scenario, both)
        lines = both[0].get(scenario) or both[1].get(scenario)
        counts['failed' if text else 'passed'] += 1
        print('%-7s %s: %s (%d lines%s)%s' % (
            'FAILED' if text else 'ok', name, scenario, len(lines),
            ', attempt %d' % attempts if attempts > 1 else '', '\n' + text if text else ''))
        sys.stdout.flush()
    if args.transcripts:
        save(args.transcripts, name, both)


def save(folder, name, both):
    os.makedirs(folder, exist_ok=True)
    for side, transcripts in zip(('reference', 'server'), both):
        with open('%s/%s.%s.txt' % (folder, name, side), 'w') as f:
            for scenario, lines in transcripts.items():
                f.write('== %s\n%s\n' % (scenario, '\n'.join(lines)))


def main():
    parser = argparse.ArgumentParser(description='compare two servers with real clients')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--reference', default='java')
    parser.add_argument('--only', default=','.join(SUITES), help='suites, separated by commas')
    parser.add_argument('--scenario', help='only scenarios whose name holds this word')
    parser.add_argument('--transcripts', metavar='FOLDER', help='keep the transcripts there')
    args = parser.parse_args()
    for kind in (args.server, args.reference):
        servers.check_available(kind)
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    work = tempfile.mkdtemp(prefix='zkconf-build-')
    try:
        for name in args.only.split(','):
            run_suite(name, args, work + '/' + name, counts)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print('%(passed)d passed, %(failed)d failed, %(skipped)d skipped' % counts)
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    servers.skip_main(main)
