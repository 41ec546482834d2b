"""What the python3-zookeeper binding must be able to do: binding.py HOST:PORT, on whichever C library
it finds as libzookeeper_mt.so.2. Prints 'all well' when it could.

Calls that pass data (create, set, get, add_auth) raise SystemError under Python 3.10 and later
whatever the library below: the binding was compiled without PY_SSIZE_T_CLEAN. So nodes are made
through ctypes from the same library, and everything else goes through the binding."""

import ctypes
import sys
import threading

import zookeeper

ANYONE = [{'perms': zookeeper.PERM_ALL, 'scheme': 'world', 'id': 'anyone'}]
READERS = [{'perms': zookeeper.PERM_READ | zookeeper.PERM_DELETE, 'scheme': 'world', 'id': 'anyone'}]
SECONDS = 20


def wait(event):
    assert event.wait(SECONDS), 'nothing came'


class Maker:
    """A second handle, by ctypes, that makes and changes nodes."""

    def __init__(self, address):
        self.lib = ctypes.CDLL('libzookeeper_mt.so.2')
        self.lib.zookeeper_init.restype = ctypes.c_void_p
        self.open = ctypes.byref(ctypes.c_char.in_dll(self.lib, 'ZOO_OPEN_ACL_UNSAFE'))
        self.zh = ctypes.c_void_p(self.lib.zookeeper_init(address.encode(), None, 10000, None, None, 0))

    def create(self, path):
        assert self.lib.zoo_create(self.zh, path.encode(), b'x', 1, self.open, 0, None, 0) == 0

    def change(self, path):
        assert self.lib.zoo_set(self.zh, path.encode(), b'y', 1, -1) == 0

    def close(self):
        assert self.lib.zookeeper_close(self.zh) == 0


def connect(address):
    up = threading.Event()

    def watcher(handle, kind, state, path):
        if kind == zookeeper.SESSION_EVENT and state == zookeeper.CONNECTED_STATE:
            up.set()
    handle = zookeeper.init(address, watcher, 10000)
    wait(up)
    return handle


def check_synchronous(zh):
    assert zookeeper.state(zh) == zookeeper.CONNECTED_STATE
    assert zookeeper.is_unrecoverable(zh) == zookeeper.OK
    assert zookeeper.recv_timeout(zh) > 0
    assert zookeeper.exists(zh, '/binding')['version'] == 0
    assert zookeeper.exists(zh, '/binding/none') is None
    assert sorted(zookeeper.get_children(zh, '/binding')) == ['a', 'b']
    stat, acl = zookeeper.get_acl(zh, '/binding')
    assert acl == ANYONE and stat['numChildren'] == 2, (stat, acl)
    assert zookeeper.set_acl(zh, '/binding/a', -1, READERS) == zookeeper.OK
    assert zookeeper.get_acl(zh, '/binding/a')[1] == READERS
    for path, problem in (('/binding', zookeeper.NotEmptyException),
                          ('/none', zookeeper.NoNodeException)):
        try:
            zookeeper.delete(zh, path)
            raise AssertionError('deleted ' + path)
        except problem:
            pass


def check_watches(zh, maker):
    fired = threading.Event()
    seen = []

    def watcher(handle, kind, state, path):
        seen.append((kind, path))
        if len(seen) == 3:
            fired.set()
    zookeeper.exists(zh, '/binding/b', watcher)
    zookeeper.exists(zh, '/binding/c', watcher)
    zookeeper.get_children(zh, '/binding', watcher)
    maker.change('/binding/b')
    maker.create('/binding/c')
    wait(fired)
    assert seen[0] == (zookeeper.CHANGED_EVENT, '/binding/b'), seen
    assert sorted(seen[1:]) == [(zookeeper.CREATED_EVENT, '/binding/c'),
                                (zookeeper.CHILD_EVENT, '/binding')], seen


def check_asynchronous(zh):
    done = threading.Event()
    results = []

    def told(handle, code, *rest):
        results.append((code, rest))
        if len(results) == 5:
            done.set()
    assert zookeeper.aexists(zh, '/binding', None, told) == zookeeper.OK
    assert zookeeper.aget_children(zh, '/binding', None, told) == zookeeper.OK
    assert zookeeper.adelete(zh, '/none', -1, told) == zookeeper.OK
    assert zookeeper.aget_acl(zh, '/binding', told) == zookeeper.OK
    assert getattr(zookeeper, 'async')(zh, '/binding', told) == zookeeper.OK
    wait(done)
    assert [code for code, _ in results] == [0, 0, zookeeper.NONODE, 0, 0], results
    assert sorted(results[1][1][0]) == ['a', 'b', 'c'], results
    assert results[3][1][0] == ANYONE or results[3][1][1] == ANYONE, results


def main():
    zookeeper.set_debug_level(zookeeper.LOG_LEVEL_ERROR)
    maker = Maker(sys.argv[1])
    for path in ('/binding', '/binding/a', '/binding/b'):
        maker.create(path)
    zh = connect(sys.argv[1])
    check_synchronous(zh)
    check_watches(zh, maker)
    check_asynchronous(zh)
    for path in ('/binding/a', '/binding/b', '/binding/c', '/binding'):
        assert zookeeper.delete(zh, path) == zookeeper.OK
    assert zookeeper.close(zh) == zookeeper.OK
    maker.close()
    print('all well')


main()
