"""Network namespaces for a handful of servers: each its own, all on one bridge, links cut at will.

    hub        the bridge; whoever tests runs here and reaches every server
    server i   one interface with the address 10.78.0.i

A cut drops packets in the receiver's namespace, so a connection that was open hangs as it does when a
switch dies, and each direction can be cut by itself. Everything is made below names with the process id
of the maker and removed by close().
"""

import atexit
import os
import shutil
import subprocess
import sys

NET = '10.78.0.'


class Unavailable(Exception):
    """No rights, or no tools, for namespaces here."""


def run(*command, check=True):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if check and done.returncode:
        raise Unavailable('%s: %s' % (' '.join(command), done.stdout.decode().strip()))
    return done.returncode


class Nets:
    def __init__(self, count):
        for tool in ('ip', 'nft'):
            if shutil.which(tool) is None:
                raise Unavailable('no program %s' % tool)
        self.tag = 'pdk%d' % os.getpid()
        self.count = count
        self.names = []
        atexit.register(self.close)
        self.hub = self._add('hub')
        self._in(self.hub, 'ip', 'link', 'add', 'br0', 'type', 'bridge')
        self._in(self.hub, 'ip', 'addr', 'add', NET + '254/24', 'dev', 'br0')
        self._in(self.hub, 'ip', 'link', 'set', 'br0', 'up')
        for i in range(1, count + 1):
            self._attach(i)

    def _add(self, suffix):
        name = '%s-%s' % (self.tag, suffix)
        run('ip', 'netns', 'add', name)
        self.names.append(name)
        run('ip', 'netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up')
        return name

    def _in(self, name, *command):
        run('ip', 'netns', 'exec', name, *command)

    def name(self, i):
        return '%s-%d' % (self.tag, i)

    def _attach(self, i):
        name = self._add(str(i))
        self._in(self.hub, 'ip', 'link', 'add', 'v%d' % i, 'type', 'veth', 'peer', 'name', 'eth0',
                 'netns', name)
        self._in(self.hub, 'ip', 'link', 'set', 'v%d' % i, 'master', 'br0', 'up')
        self._in(name, 'ip', 'addr', 'add', '%s%d/24' % (NET, i), 'dev', 'eth0')
        self._in(name, 'ip', 'link', 'set', 'eth0', 'up')
        self._in(name, 'nft', 'add', 'table', 'inet', 'cut')
        self._in(name, 'nft', 'add', 'chain', 'inet', 'cut', 'in',
                 '{ type filter hook input priority 0 ; }')

    def cut(self, receiver, sender):
        """What SENDER says does not reach RECEIVER any more; 254 is the hub."""
        self._in(self.name(receiver), 'nft', 'add', 'rule', 'inet', 'cut', 'in', 'ip', 'saddr',
                 NET + str(sender), 'drop')

    def cut_both(self, a, b):
        self.cut(a, b)
        self.cut(b, a)

    def heal(self):
        for i in range(1, self.count + 1):
            self._in(self.name(i), 'nft', 'flush', 'chain', 'inet', 'cut', 'in')

    def command(self, i, argv):
        """ARGV to be run in the namespace of server i; the process keeps its id through the exec."""
        return ['ip', 'netns', 'exec', self.name(i)] + list(argv)

    def close(self):
        for name in reversed(self.names):
            run('ip', 'netns', 'del', name, check=False)
        self.names = []


def enter_hub(nets):
    """Runs this program again inside the hub; returns its exit code."""
    environment = dict(os.environ, PADDOCK_NETS=nets.tag)
    return subprocess.call(['ip', 'netns', 'exec', nets.hub, sys.executable] + sys.argv,
                           env=environment)


def inside(count):
    """The Nets that enter_hub() came from, or None outside of it."""
    tag = os.environ.get('PADDOCK_NETS')
    if tag is None:
        return None
    nets = Nets.__new__(Nets)
    nets.tag, nets.count, nets.names, nets.hub = tag, count, [], tag + '-hub'
    return nets
