"""What the kazoo scenarios share: the transcript, clients, requests that kazoo 2.8 lacks.

A scenario is a function that takes a Stage. It prints only what must be the same on every
server; session ids become labels, zxids become comparisons, times are left out.
"""

import logging
import socket
import threading
import time

from kazoo.client import KazooClient
from kazoo.protocol.serialization import Create, long_struct
from kazoo.security import OPEN_ACL_UNSAFE

logging.disable(logging.CRITICAL)
SCENARIOS = []
WAIT = 15.0


def scenario(function):
    SCENARIOS.append((function.__name__.replace('_', ' '), function))
    return function


class CreateContainer(Create):
    type = 19


class CreateTtl(Create):
    type = 21
    ttl = 60000

    def serialize(self):
        return Create.serialize(self) + long_struct.pack(self.ttl)


class Stage:
    """Clients, waiting and printing for one scenario."""

    def __init__(self, hosts, control):
        self.hosts = hosts
        self.control_port = control
        self.clients = []
        self.labels = {0: 'none'}

    # ---- transcript ----------------------------------------------------------------------

    def say(self, *parts):
        print(' '.join(str(p) for p in parts), flush=True)

    def attempt(self, what, function, *args, **kwargs):
        """Prints the result of a call, or the name of its exception."""
        try:
            self.say(what, '->', self.show(function(*args, **kwargs)))
        except Exception as problem:
            self.say(what, '-> raises', type(problem).__name__)

    def show(self, value):
        if hasattr(value, 'czxid') and hasattr(value, 'pzxid'):
            return self.show_stat(value)
        if isinstance(value, tuple) and type(value) is not tuple:
            return repr(value)
        if isinstance(value, (tuple, list)):
            return '[' + ', '.join(self.show(v) for v in value) + ']'
        if isinstance(value, Exception):
            return type(value).__name__
        return repr(value)

    def show_stat(self, s):
        return ('stat(v%d c%d a%d owner=%s len=%d children=%d touched=%s children-changed=%s)' %
                (s.version, s.cversion, s.aversion, self.labels.get(s.ephemeralOwner, '?'),
                 s.dataLength, s.numChildren, s.mzxid != s.czxid, s.pzxid != s.czxid))

    # ---- clients -------------------------------------------------------------------------

    def client(self, label=None, start=True, chroot='', **kwargs):
        kwargs.setdefault('timeout', 10.0)
        client = KazooClient(self.hosts + chroot, **kwargs)
        client.states = []
        client.add_listener(client.states.append)
        self.clients.append(client)
        if start:
            client.start(WAIT)
            self.labels[client.client_id[0]] = label or 'session%d' % len(self.clients)
        return client

    def raw(self, client, request):
        result = client.handler.async_result()
        client._call(request, result)
        return result.get(WAIT)

    def container(self, client, path, data=b''):
        return self.raw(client, CreateContainer(path, data, OPEN_ACL_UNSAFE, 4))

    def ttl(self, client, path, ttl, sequence=False, data=b''):
        kind = type('Ttl', (CreateTtl,), {'ttl': ttl})
        return self.raw(client, kind(path, data, OPEN_ACL_UNSAFE, 6 if sequence else 5))

    def control(self, word):
        with socket.create_connection(('127.0.0.1', self.control_port), 60) as s:
            s.sendall(word.encode() + b'\n')
            answer = s.makefile().readline().strip()
        if answer != 'ok':
            self.say('UNEXPECTED control answer', answer)

    # ---- waiting -------------------------------------------------------------------------

    def until(self, what, condition, seconds=WAIT):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                self.say(what)
                return True
            time.sleep(0.01)
        self.say('UNEXPECTED: waited in vain for', what)
        return False

    def spawn(self, function, *args):
        thread = threading.Thread(target=function, args=args, daemon=True)
        thread.start()
        return thread

    def join(self, *threads):
        for thread in threads:
            thread.join(WAIT)
            if thread.is_alive():
                self.say('UNEXPECTED: a thread does not end')

    def close(self):
        for client in self.clients:
            try:
                client.stop()
                client.close()
            except Exception:
                pass


class Events:
    """Collects watch events; shown as type and path."""

    def __init__(self):
        self.items = []

    def __call__(self, event):
        self.items.append('%s %s %s' % (event.type, event.state, event.path))

    def take(self, stage, count, seconds=WAIT):
        """Waits for count events, and a little for one too many; prints them."""
        end = time.monotonic() + seconds
        while len(self.items) < count and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(0.05)
        stage.say('events', self.items)
        self.items = []


def run_all(hosts, control, word=''):
    for name, function in SCENARIOS:
        if word not in name:
            continue
        print('== ' + name, flush=True)
        stage = Stage(hosts, control)
        try:
            function(stage)
        except Exception as problem:
            stage.say('UNEXPECTED %s: %s' % (type(problem).__name__, problem))
        finally:
            stage.close()
