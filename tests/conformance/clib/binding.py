"""What the python3-zookeeper binding must be able to do: binding.py HOST:PORT, on whichever C library
it finds. Prints 'all well' when it could."""

import sys
import threading

import zookeeper

ACL = [{'perms': zookeeper.PERM_ALL, 'scheme': 'world', 'id': 'anyone'}]
SECONDS = 20


def wait(event):
    assert event.wait(SECONDS), 'nothing came'


def connect(address):
    up = threading.Event()

    def watcher(handle, kind, state, path):
        if kind == zookeeper.SESSION_EVENT and state == zookeeper.CONNECTED_STATE:
            up.set()
    handle = zookeeper.init(address, watcher, 10000)
    wait(up)
    return handle


def check_synchronous(zh):
    assert zookeeper.create(zh, '/binding', 'one', ACL, 0) == '/binding'
    data, stat = zookeeper.get(zh, '/binding')
    assert data == 'one' and stat['version'] == 0, (data, stat)
    assert zookeeper.set(zh, '/binding', 'two') == zookeeper.OK
    assert zookeeper.exists(zh, '/binding')['version'] == 1
    assert zookeeper.exists(zh, '/binding/none') is None
    name = zookeeper.create(zh, '/binding/s-', '', ACL, zookeeper.SEQUENCE | zookeeper.EPHEMERAL)
    assert name == '/binding/s-0000000000', name
    assert zookeeper.get_children(zh, '/binding') == ['s-0000000000']
    stat, acl = zookeeper.get_acl(zh, '/binding')
    assert acl == ACL, acl
    try:
        zookeeper.create(zh, '/binding', '', ACL, 0)
        raise AssertionError('created twice')
    except zookeeper.NodeExistsException:
        pass


def check_watch(zh):
    fired = threading.Event()
    seen = []

    def watcher(handle, kind, state, path):
        seen.append((kind, path))
        fired.set()
    zookeeper.get(zh, '/binding', watcher)
    zookeeper.set(zh, '/binding', 'three')
    wait(fired)
    assert seen == [(zookeeper.CHANGED_EVENT, '/binding')], seen


def check_asynchronous(zh):
    done = threading.Event()
    results = []

    def told(handle, code, *rest):
        results.append((code, rest))
        done.set()
    assert zookeeper.aget(zh, '/binding', None, told) == zookeeper.OK
    wait(done)
    assert results[0][0] == zookeeper.OK and results[0][1][0] == 'three', results
    done.clear()
    assert zookeeper.adelete(zh, '/binding/none', -1, told) == zookeeper.OK
    wait(done)
    assert results[1][0] == zookeeper.NONODE, results


def main():
    zookeeper.set_debug_level(zookeeper.LOG_LEVEL_ERROR)
    zh = connect(sys.argv[1])
    check_synchronous(zh)
    check_watch(zh)
    check_asynchronous(zh)
    assert zookeeper.client_id(zh)[0] != 0
    zookeeper.delete(zh, '/binding/s-0000000000')
    zookeeper.delete(zh, '/binding')
    assert zookeeper.close(zh) == zookeeper.OK
    print('all well')


main()
