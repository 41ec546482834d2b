"""Starts and stops the servers that the conformance tests compare.

These kinds of server are known:

  java            the Java server of the Debian packages (zookeeper 3.8.0)
  java:CLASSPATH  the Java server found on that class path, of any version
  PATH            our own executable, called as `PATH CONFIG`
  PATH.exe        the same, built for Windows and run by wine in the prefix that WINEPREFIX names, which nothing
                  else should use

Both read the same zoo.cfg, listen on a free port of 127.0.0.1 and keep their data in a
temporary directory, so that a test can stop either, kill it, start it again on the same
directory, or open the directory of one with the other.

Invariants
 1. A process is only ever ended through the Popen object that started it.
 2. Every wait is bounded.
 3. What cannot be tested here raises Skip; run through skip_main() that is exit code 77.
"""

import atexit
import base64
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

# A test that was started in the background of a shell ignores Ctrl+C, and so would all it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

JARS = '/usr/share/java'
DEBIAN_CLASSPATH = '%s/zookeeper.jar:%s/slf4j-simple.jar' % (JARS, JARS)
SUPER_AUTH = b'super:secret'
SUPER_DIGEST = 'super:' + base64.b64encode(hashlib.sha1(SUPER_AUTH).digest()).decode()
START_SECONDS = 30
STOP_SECONDS = 15

# Java properties without the "zookeeper." prefix cannot be written into zoo.cfg.
_SYSTEM_ONLY = ('jute.maxbuffer', 'readonlymode.enabled', 'znode.container.')
_live = []


class Skip(Exception):
    """Something that the test needs is not installed."""


class StartFailed(Exception):
    """The server ended, or did not serve in time."""


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def four_letter(port, word, timeout=5.0, host='127.0.0.1'):
    """Sends one four letter word and returns everything the server says."""
    out = b''
    with socket.create_connection((host, port), timeout) as s:
        s.sendall(word.encode())
        while True:
            got = s.recv(65536)
            if not got:
                return out.decode('utf-8', 'replace')
            out += got


def check_available(kind):
    """Raises Skip when a server of this kind cannot be started here."""
    if kind == 'java' or kind.startswith('java:'):
        if shutil.which('java') is None:
            raise Skip('no java program')
        if kind == 'java' and not os.path.exists(JARS + '/zookeeper.jar'):
            raise Skip('Debian package libzookeeper-java is not installed')
    elif not os.access(kind, os.X_OK):
        raise Skip('no server executable at %s' % kind)
    elif is_windows(kind) and (wine_program() is None or not os.environ.get('WINEPREFIX')):
        raise Skip('%s needs wine, and WINEPREFIX' % kind)


def is_java(kind):
    return kind == 'java' or kind.startswith('java:')


def is_windows(kind):
    return kind.endswith('.exe')


def tool_beside(kind):
    """The command of the zktool that belongs to our server."""
    folder = os.path.dirname(os.path.abspath(kind))
    if is_windows(kind):
        return [wine_program(), os.path.join(folder, 'zktool.exe')]
    return [os.path.join(folder, 'zktool')]


def wine_program():
    return shutil.which('wine64') or shutil.which('wine')


class Server:
    """One server process and its directory.

    kind   see the head of the file
    home   directory for zoo.cfg, data and server.log; made and removed if None
    cfg    additional zoo.cfg keys; a value of None removes a default
    props  additional Java properties that zoo.cfg cannot hold
    """

    java_heap = '512m'

    def __init__(self, kind, home=None, cfg=None, props=None, split=False):
        check_available(kind)
        self.kind = kind if is_java(kind) else os.path.abspath(kind)
        self.own_home = home is None
        self.home = home or tempfile.mkdtemp(prefix='zkconf-')
        self.port = 0
        self.proc = None
        self.log = None
        self.cfg = {
            'tickTime': '2000',
            'dataDir': self.home + '/data',
            'clientPortAddress': '127.0.0.1',
            'admin.enableServer': 'false',
            '4lw.commands.whitelist': '*',
            'maxClientCnxns': '0',
            'maxSessionTimeout': '7200000',
            'extendedTypesEnabled': 'true',
            'DigestAuthenticationProvider.superDigest': SUPER_DIGEST,
            'preAllocSize': '64',
        }
        if split:
            self.cfg['dataLogDir'] = self.home + '/datalog'
        self.props = {'znode.container.checkIntervalMs': '500'}
        for key, value in dict(cfg or {}).items():
            target = self.props if key.startswith(_SYSTEM_ONLY) else self.cfg
            target[key] = value
        self.props.update(props or {})
        _live.append(self)

    @property
    def address(self):
        return '127.0.0.1:%d' % self.port

    @property
    def log_path(self):
        return self.home + '/server.log'

    def _write_config(self):
        for key in ('dataDir', 'dataLogDir'):
            if self.cfg.get(key):
                os.makedirs(self.cfg[key], exist_ok=True)
        path = self.home + '/zoo.cfg'
        with open(path, 'w') as f:
            for key, value in self.cfg.items():
                if value is not None:
                    f.write('%s=%s\n' % (key, value))
            f.write('clientPort=%d\n' % self.port)
        return path

    def _command(self, config):
        flags = ['-D%s=%s' % kv for kv in sorted(self.props.items()) if kv[1] is not None]
        env = dict(os.environ)
        env.pop('JAVA_TOOL_OPTIONS', None)
        if is_java(self.kind):
            classpath = self.kind[5:] if self.kind.startswith('java:') else DEBIAN_CLASSPATH
            return (['java', '-Xmx' + self.java_heap, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1',
                     '-Dfile.encoding=UTF-8',
                     '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'] + flags +
                    ['-cp', classpath, 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
                     config], env)
        env['SERVER_JVMFLAGS'] = ' '.join(flags)
        if is_windows(self.kind):
            env.setdefault('WINEDEBUG', '-all')
            return [wine_program(), self.kind, config], env
        return [self.kind, config], env

    def start(self, seconds=START_SECONDS, attempts=3):
        """Starts the server and waits until it serves; the port is kept over restarts."""
        for attempt in range(attempts):
            if not self.port:
                self.port = free_port()
            command, env = self._command(self._write_config())
            self.log = open(self.log_path, 'ab')
            self.proc = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                         stderr=self.log, cwd=self.home, env=env,
                                         start_new_session=is_windows(self.kind))
            if self._wait(seconds):
                return self
            ended = self.proc.poll()
            self.kill()
            # The reference now and then hangs at its start on a busy machine: that says nothing of us.
            if not is_java(self.kind) and (ended is None or 'in use' not in self.log_tail().lower()):
                break
            self.port = 0
        raise StartFailed('%s did not start, its log ends:\n%s' % (self.kind, self.log_tail()))

    def _wait(self, seconds):
        end = time.monotonic() + seconds
        pause = 0.005
        while time.monotonic() < end:
            if self.proc.poll() is not None:
                return False
            try:
                if 'Mode:' in four_letter(self.port, 'srvr'):
                    return True
            except OSError:
                pass
            time.sleep(pause)
            pause = min(0.1, pause * 1.5)
        return False

    def log_tail(self, size=3000):
        try:
            with open(self.log_path, 'rb') as f:
                f.seek(0, os.SEEK_END)
                f.seek(max(0, f.tell() - size))
                return f.read().decode('utf-8', 'replace')
        except OSError:
            return ''

    def alive(self):
        return self.proc is not None and self.proc.poll() is None

    def _reaped(self):
        if self.log:
            self.log.close()
            self.log = None
        code = self.proc.returncode if self.proc else None
        self.proc = None
        return code

    def stop(self):
        """Asks the server to end (SIGTERM; Ctrl+C on Windows) and returns its exit code."""
        if self.proc is None:
            return None
        if self.proc.poll() is None:
            # wine makes Ctrl+C of an interrupt, and knows no other signal by which a program may end itself.
            self.proc.send_signal(signal.SIGINT if is_windows(self.kind) else signal.SIGTERM)
            try:
                self.proc.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        return self._reaped()

    def kill(self):
        """Ends the server without a chance to tidy up (SIGKILL)."""
        if self.proc is None:
            return None
        if self.proc.poll() is None:
            self.proc.kill()
        self.proc.wait()
        return self._reaped()

    def pause(self):
        self.proc.send_signal(signal.SIGSTOP)

    def resume(self):
        self.proc.send_signal(signal.SIGCONT)

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """Ends the server and removes its directory if it was made here."""
        self.kill()
        if self in _live:
            _live.remove(self)
        if self.own_home and not os.environ.get('KEEP_CONFORMANCE_DIRS'):
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.close()


def _close_all():
    for server in list(_live):
        server.close()


atexit.register(_close_all)


def default_server():
    """Our executable as CMake builds it, or the environment's choice."""
    here = os.path.dirname(os.path.abspath(__file__))
    return os.environ.get('ZKSERVER', os.path.normpath(here + '/../../build/bin/zkserver'))


def skip_main(main):
    """Runs main() and turns Skip into exit code 77, which CTest reads as skipped."""
    try:
        code = main()
    except Skip as reason:
        print('skipped: %s' % reason)
        code = 77
    sys.stdout.flush()
    sys.exit(code)
