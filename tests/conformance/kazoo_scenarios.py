#!/usr/bin/python3
"""Scenarios with kazoo, the Python client: nodes, ACLs, watches, transactions, sessions.

    kazoo_scenarios.py HOST:PORT CONTROL-PORT [WORD]

Started by run.py. The recipes are in kazoo_recipes.py.
"""

import sys

from kazoo.exceptions import KazooException
from kazoo.protocol.states import KazooState
from kazoo.retry import KazooRetry
from kazoo.security import make_acl, make_digest_acl

import wire
from kazoo_support import Events, run_all, scenario
import kazoo_recipes      # noqa: F401, its scenarios register themselves


# ---- nodes -------------------------------------------------------------------------------

@scenario
def nodes_of_every_kind_are_created(t):
    c = t.client('me')
    t.attempt('persistent', c.create, '/k1', b'data')
    t.attempt('ephemeral', c.create, '/k1/e', b'', ephemeral=True)
    t.attempt('sequential', c.create, '/k1/s-', b'', sequence=True)
    t.attempt('both', c.create, '/k1/es-', b'', ephemeral=True, sequence=True)
    t.attempt('sequential after a slash', c.create, '/k1/', b'', sequence=True)
    t.attempt('with stat', c.create, '/k1/w', b'four', include_data=True)
    t.attempt('ephemeral with stat', c.create, '/k1/we', b'', ephemeral=True, include_data=True)
    t.attempt('missing parents made', c.create, '/k1/x/y/z', b'deep', makepath=True)
    t.attempt('container', t.container, c, '/k1/c', b'c')
    t.attempt('ttl', t.ttl, c, '/k1/t', 60000)
    t.attempt('ttl sequential', t.ttl, c, '/k1/ts-', 60000, True)
    for name in sorted(c.get_children('/k1')):
        t.attempt(name, c.get, '/k1/' + name)
    t.attempt('parent', c.exists, '/k1')
    t.attempt('ttl of zero', t.ttl, c, '/k1/t0', 0)
    t.attempt('ttl too large', t.ttl, c, '/k1/t1', 1 << 40)


@scenario
def what_cannot_be_created_deleted_or_read_is_refused(t):
    c = t.client('me')
    c.create('/k2', b'')
    c.create('/k2/e', b'', ephemeral=True)
    t.attempt('twice', c.create, '/k2', b'')
    t.attempt('without parent', c.create, '/k2/no/child', b'')
    t.attempt('under an ephemeral', c.create, '/k2/e/x', b'')
    t.attempt('the root', c.create, '/', b'')
    t.attempt('control character', c.create, '/k2/a\x01', b'')
    t.attempt('private use character', c.create, '/k2/\ue000', b'')
    t.attempt('delete with children', c.delete, '/k2')
    t.attempt('delete missing', c.delete, '/k2/none')
    t.attempt('delete wrong version', c.delete, '/k2/e', version=7)
    t.attempt('delete special', c.delete, '/zookeeper/quota')
    t.attempt('read missing', c.get, '/k2/none')
    t.attempt('children of missing', c.get_children, '/k2/none')
    t.attempt('exists missing', c.exists, '/k2/none')
    t.attempt('set missing', c.set, '/k2/none', b'')
    t.attempt('set wrong version', c.set, '/k2', b'', version=9)
    t.attempt('acls of missing', c.get_acls, '/k2/none')
    t.attempt('delete', c.delete, '/k2/e', version=0)
    t.attempt('delete all', c.delete, '/k2', recursive=True)
    t.attempt('gone', c.exists, '/k2')


@scenario
def versions_count_each_kind_of_change(t):
    c = t.client('me')
    c.create('/k3', b'')
    for i in range(3):
        t.attempt('set', c.set, '/k3', b'%d' % i, version=i)
    t.attempt('set any version', c.set, '/k3', b'any')
    for i in range(3):
        c.create('/k3/c%d' % i)
    c.delete('/k3/c1')
    t.attempt('after children', c.exists, '/k3')
    t.attempt('set acls', c.set_acls, '/k3', [make_acl('world', 'anyone', all=True)], version=0)
    t.attempt('set acls wrong version', c.set_acls, '/k3',
              [make_acl('world', 'anyone', all=True)], version=0)
    t.attempt('delete wrong version', c.delete, '/k3/c0', version=1)
    t.attempt('next sequence', c.create, '/k3/n-', sequence=True)
    t.attempt('children with stat', lambda: [sorted(x) if isinstance(x, list) else x for x in
                                             c.get_children('/k3', include_data=True)])


@scenario
def data_and_names_come_back_as_they_were(t):
    c = t.client('me')
    c.create('/k4')
    for name, data in (('empty', b''), ('zero', b'\0'), ('bytes', bytes(range(256))),
                       ('large', b'\xa5' * 500000), ('\u00fcml\u00e4ut', b'u'),
                       ('\u65e5\u672c\u8a9e', b'j'), ('with space', b's'), ('a:b\\c', b'p'),
                       ('...', b'd'), ('.hidden', b'h')):
        path = '/k4/' + name
        made = c.create(path, data)
        got, stat = c.get(path)
        t.say(ascii(name), made == path, got == data, t.show(stat))
    t.attempt('names', lambda: sorted(c.get_children('/k4')))
    t.attempt('to large', lambda: c.set('/k4/empty', b'x' * 700000))
    t.attempt('to small', lambda: c.set('/k4/empty', b'x'))
    t.attempt('over the limit', c.set, '/k4/empty', b'x' * 1100000)
    t.until('connected again', lambda: c.connected)
    t.attempt('unchanged', c.get, '/k4/empty')
    t.attempt('clean', c.delete, '/k4', recursive=True)


@scenario
def many_requests_at_once_are_answered_in_order(t):
    c = t.client('me')
    c.create('/k5')
    results = [c.create_async('/k5/n%03d' % i, b'%d' % i) for i in range(300)]
    results += [c.set_async('/k5/n%03d' % i, b'new') for i in range(0, 300, 7)]
    results += [c.get_async('/k5/n%03d' % i) for i in range(0, 300, 50)]
    results += [c.get_children_async('/k5'), c.exists_async('/k5'), c.sync_async('/k5')]
    values = [r.get(15) for r in results]
    t.say(len(values), values[0], values[299], t.show(values[300]), t.show(values[-9]))
    t.say(len(values[-3]), t.show(values[-2]), values[-1])
    t.attempt('deleted', c.delete, '/k5', recursive=True)


@scenario
def a_chroot_hides_the_rest(t):
    c = t.client('me')
    c.create('/k6', b'outside')
    inner = t.client('inner', chroot='/k6')
    t.attempt('create', inner.create, '/a', b'inside')
    t.attempt('sequential', inner.create, '/s-', sequence=True)
    t.attempt('read root', inner.get, '/')
    t.attempt('from outside', c.get, '/k6/a')
    t.attempt('children', lambda: sorted(inner.get_children('/')))
    events = Events()
    inner.get('/a', watch=events)
    c.set('/k6/a', b'changed')
    events.take(t, 1)


# ---- ACLs --------------------------------------------------------------------------------

def all_ops(t, c, path):
    for what, function, args in (('get', c.get, (path,)), ('set', c.set, (path, b'x')),
                                 ('children', lambda p: sorted(c.get_children(p)), (path,)),
                                 ('create', c.create, (path + '/child',)),
                                 ('delete child', c.delete, (path + '/child',)),
                                 ('get acls', c.get_acls, (path,))):
        t.attempt('  ' + what, function, *args)


@scenario
def each_permission_allows_what_it_names(t):
    c = t.client('me')
    for i, perms in enumerate((dict(read=True), dict(write=True), dict(create=True),
                               dict(delete=True), dict(admin=True), dict(all=True),
                               dict(read=True, write=True), dict(create=True, delete=True))):
        path = '/k7-%d' % i
        c.create(path, b'', acl=[make_acl('world', 'anyone', **perms)])
        t.say(sorted(perms))
        all_ops(t, c, path)


@scenario
def digest_identities_open_their_nodes(t):
    alice, bob, nobody = t.client('alice'), t.client('bob'), t.client('nobody')
    t.attempt('auth', alice.add_auth, 'digest', 'alice:secret')
    t.attempt('auth', bob.add_auth, 'digest', 'bob:word')
    mine = [make_digest_acl('alice', 'secret', all=True)]
    t.attempt('create', alice.create, '/k8', b'private', acl=mine)
    t.attempt('create by auth', alice.create, '/k8a', b'', acl=[make_acl('auth', '', all=True)])
    t.attempt('create by auth of nobody', nobody.create, '/k8n', b'',
              acl=[make_acl('auth', '', all=True)])
    for who, c in (('alice', alice), ('bob', bob), ('nobody', nobody)):
        t.say(who)
        all_ops(t, c, '/k8')
        t.attempt('  by auth', c.get_acls, '/k8a')
    t.attempt('shared', alice.set_acls, '/k8', mine + [make_acl('world', 'anyone', read=True)])
    t.attempt('nobody reads', nobody.get, '/k8')
    t.attempt('nobody sees a masked id', nobody.get_acls, '/k8')
    t.attempt('delete under the root needs no right on the node', nobody.delete, '/k8')
    late = t.client('late', auth_data=[('digest', 'alice:secret')])
    t.attempt('auth at connect', late.get, '/k8a')


@scenario
def addresses_and_the_super_user_have_their_rights(t):
    c = t.client('me')
    c.create('/k9', b'', acl=[make_acl('ip', '127.0.0.1', all=True)])
    c.create('/k9/net', b'', acl=[make_acl('ip', '127.0.0.0/8', read=True)])
    c.create('/k9/far', b'', acl=[make_acl('ip', '10.1.2.3', all=True)])
    for path in ('/k9', '/k9/net', '/k9/far'):
        t.say(path)
        all_ops(t, c, path)
    root = t.client('root')
    root.add_auth('digest', 'super:secret')
    t.say('super')
    all_ops(t, root, '/k9/far')
    wrong = t.client('wrong')
    wrong.add_auth('digest', 'super:guess')
    t.attempt('wrong super', wrong.get, '/k9/far')


@scenario
def acls_that_make_no_sense_are_refused(t):
    c = t.client('me')
    for i, acl in enumerate(([], [make_acl('world', 'somebody', all=True)],
                             [make_acl('nosuch', 'x', all=True)],
                             [make_acl('digest', 'nopassword', all=True)],
                             [make_acl('ip', '300.1.1.1', all=True)],
                             [make_acl('ip', '1.2.3.4/40', all=True)],
                             [make_acl('super', '', all=True)],
                             [make_acl('sasl', 'me', all=True)])):
        t.attempt('create %d' % i, c.create, '/k10-%d' % i, b'', acl=acl or None)
    c.create('/k10', b'')
    t.attempt('set empty', c.set_acls, '/k10', [])
    t.attempt('set unknown', c.set_acls, '/k10', [make_acl('nosuch', 'x', all=True)])
    t.attempt('kept', c.get_acls, '/k10')


@scenario
def a_failed_authentication_ends_the_client(t):
    c = t.client('me')
    t.attempt('unknown scheme', c.add_auth, 'nosuch', 'x')
    t.attempt('afterwards', lambda: KazooRetry(max_tries=1)(c.exists, '/') is not None)


# ---- watches -----------------------------------------------------------------------------

@scenario
def one_shot_watches_fire_once(t):
    c, other = t.client('me'), t.client('other')
    events = Events()
    c.create('/k11', b'')
    c.get('/k11', watch=events)
    other.set('/k11', b'1')
    events.take(t, 1)
    other.set('/k11', b'2')
    events.take(t, 0)
    c.exists('/k11/new', watch=events)
    other.create('/k11/new')
    events.take(t, 1)
    c.get_children('/k11', watch=events)
    other.create('/k11/second')
    other.create('/k11/third')
    events.take(t, 1)
    c.exists('/k11/second', watch=events)
    c.get_children('/k11/second', watch=events)
    c.get_children('/k11', watch=events)
    other.delete('/k11/second')
    t.until('three events', lambda: len(events.items) >= 3)
    events.items.sort()
    events.take(t, 3)
    c.exists('/k11', watch=events)
    other.set_acls('/k11', [make_acl('world', 'anyone', all=True)])
    events.take(t, 0)
    t.attempt('watch on missing', c.get, '/k11/none', watch=events)
    other.create('/k11/none')
    events.take(t, 0)


@scenario
def watches_see_ephemerals_go_with_their_session(t):
    c = t.client('me')
    events = Events()
    c.create('/k12')
    dying = t.client('dying')
    for i in range(3):
        dying.create('/k12/e%d' % i, ephemeral=True)
        c.exists('/k12/e%d' % i, watch=events)
    c.get_children('/k12', watch=events)
    dying.stop()
    t.until('four events', lambda: len(events.items) >= 4)
    events.items.sort()
    events.take(t, 4)
    t.attempt('left', c.get_children, '/k12')


@scenario
def a_transaction_fires_a_watch_for_each_change(t):
    c, other = t.client('me'), t.client('other')
    events = Events()
    c.create('/k13')
    c.create('/k13/old')
    c.exists('/k13/new', watch=events)
    c.exists('/k13/old', watch=events)
    c.get('/k13', watch=events)
    tx = other.transaction()
    tx.create('/k13/new', b'')
    tx.delete('/k13/old')
    tx.set_data('/k13', b'x')
    t.attempt('commit', tx.commit)
    events.take(t, 3)


# ---- transactions ------------------------------------------------------------------------

@scenario
def transactions_happen_wholly_or_not_at_all(t):
    c = t.client('me')
    c.create('/k14', b'0')
    tx = c.transaction()
    tx.create('/k14/a', b'1')
    tx.create('/k14/s-', b'2', sequence=True)
    tx.create('/k14/s-', b'3', sequence=True)
    tx.create('/k14/e', b'4', ephemeral=True)
    tx.check('/k14', 0)
    tx.set_data('/k14', b'5', version=0)
    tx.check('/k14', 1)
    tx.create('/k14/gone')
    tx.delete('/k14/gone')
    t.attempt('good', tx.commit)
    for fail in (lambda x: x.check('/k14', 99), lambda x: x.delete('/k14/none'),
                 lambda x: x.create('/k14/a'), lambda x: x.set_data('/k14/none', b''),
                 lambda x: x.delete('/k14'), lambda x: x.create('/k14/e/under')):
        tx = c.transaction()
        tx.create('/k14/never')
        tx.set_data('/k14/a', b'never')
        fail(tx)
        tx.delete('/k14/a')
        t.attempt('bad', tx.commit)
    t.attempt('empty', c.transaction().commit)
    t.attempt('children', lambda: sorted(c.get_children('/k14')))
    t.attempt('a', c.get, '/k14/a')
    t.attempt('parent', c.exists, '/k14')
    t.attempt('next sequence', c.create, '/k14/s-', sequence=True)


@scenario
def a_transaction_checks_permissions(t):
    c = t.client('me')
    c.create('/k15', b'', acl=[make_acl('world', 'anyone', read=True)])
    tx = c.transaction()
    tx.create('/k15x')
    tx.create('/k15/a')
    t.attempt('create', tx.commit)
    tx = c.transaction()
    tx.check('/k15', 0)
    tx.set_data('/k15', b'')
    t.attempt('set', tx.commit)
    t.attempt('nothing made', c.exists, '/k15x')


# ---- sessions ----------------------------------------------------------------------------

def session_of(client):
    """Its session id, 0 while it has none."""
    known = client.client_id
    return known[0] if known and client.connected else 0


@scenario
def a_session_survives_a_restart_with_ephemerals_and_watches(t):
    for how in ('restart', 'crash'):
        c, other = t.client('me'), t.client('other')
        path = '/k16-' + how
        c.create(path)
        c.create(path + '/e', b'mine', ephemeral=True)
        seen = []
        c.DataWatch(path, lambda data, stat: seen.append(data))
        before = c.client_id[0]
        t.control(how)
        t.until('suspended', lambda: KazooState.SUSPENDED in c.states)
        t.until('connected again', lambda: session_of(c) and session_of(other))
        t.say('same session', session_of(c) == before, 'lost', KazooState.LOST in c.states)
        t.attempt('ephemeral', c.get, path + '/e')
        other.set(path, b'after')
        t.until('watch saw it', lambda: b'after' in seen)
        c.stop()
        t.attempt('gone', other.exists, path + '/e')


@scenario
def a_session_closed_by_another_connection_is_lost(t):
    first, other = t.client('first'), t.client('other')
    first.create('/k17', b'', ephemeral=True)
    session, password = first.client_id
    conn = wire.Conn(int(t.hosts.split(':')[1]))
    conn.send(wire.connect_request(session=session, password=password) +
              wire.request(1, wire.EXISTS, wire.path_watch('/k17')) +
              wire.request(2, wire.CLOSE_SESSION))
    t.say('taken over', wire.decode_connected(conn.frame()).session == session)
    t.say('ephemeral', wire.decode(wire.EXISTS, conn.frame()).err)
    t.say('closed', wire.decode(wire.CLOSE_SESSION, conn.frame()).err, conn.frame())
    t.attempt('its ephemeral', other.exists, '/k17')
    t.until('the first one lost it', lambda: KazooState.LOST in first.states)
    t.until('and got another', lambda: session_of(first) not in (0, session))
    theirs = other.client_id[0]
    bad = t.client('bad', client_id=(theirs, b'x' * 16), start=False)
    bad.start(15)
    t.until('a wrong password gives another session', lambda: session_of(bad) not in (0, theirs))


@scenario
def a_silent_session_expires(t):
    c, watcher = t.client('me', timeout=1.0), t.client('watcher')
    c.create('/k18', b'', ephemeral=True)
    events = Events()
    watcher.exists('/k18', watch=events)
    c._connection._send_ping = lambda *args: None
    session = c.client_id
    t.until('expired', lambda: bool(events.items), 12)
    events.take(t, 1)
    t.attempt('gone', watcher.exists, '/k18')
    t.until('the client lost it', lambda: KazooState.LOST in c.states)
    again = t.client('again', client_id=session)
    t.until('the old id is refused', lambda: session_of(again) not in (0, session[0]))


@scenario
def four_letter_words_answer_through_the_client(t):
    c = t.client('me')
    t.attempt('ruok', c.command, b'ruok')
    t.attempt('isro', c.command, b'isro')
    t.attempt('mode', lambda: [x for x in c.command(b'srvr').splitlines() if 'Mode' in x])
    t.attempt('config of a lone server', c.get, '/zookeeper/config')


@scenario
def the_usage_of_a_quota_is_kept(t):     # kazoo 2.8 does not know the error of a hard limit
    c = t.client('me')
    c.create('/k19', b'12345')
    base = '/zookeeper/quota/k19'
    c.create(base)
    c.create(base + '/zookeeper_limits',
             b'count=3,bytes=-1=;byteHardLimit=-1;countHardLimit=-1')
    c.create(base + '/zookeeper_stats', b'count=0,bytes=0')
    t.attempt('usage', lambda: c.get(base + '/zookeeper_stats')[0])
    for i in range(5):
        t.attempt('create %d' % i, c.create, '/k19/n%d' % i, b'123')
    t.attempt('usage', lambda: c.get(base + '/zookeeper_stats')[0])
    t.attempt('too many bytes', c.set, '/k19', b'x' * 50)
    t.attempt('few bytes', c.set, '/k19', b'x')
    t.attempt('delete', c.delete, '/k19/n0')
    t.attempt('usage', lambda: c.get(base + '/zookeeper_stats')[0])
    t.attempt('quota removed', c.delete, base, recursive=True)
    t.attempt('free again', c.set, '/k19', b'x' * 50)


@scenario
def containers_go_when_their_last_child_goes(t):
    c = t.client('me')
    events = Events()
    t.container(c, '/k20')
    t.container(c, '/k20unused')
    c.create('/k20/child')
    t.ttl(c, '/k20ttl', 50)
    c.exists('/k20', watch=events)
    c.delete('/k20/child')
    t.until('container removed', lambda: c.exists('/k20') is None)
    events.take(t, 1)
    t.until('ttl node removed', lambda: c.exists('/k20ttl') is None)
    t.attempt('unused one stays', c.exists, '/k20unused')


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    run_all(sys.argv[1], int(sys.argv[2]), ' '.join(sys.argv[3:]))
    return 0


if __name__ == '__main__':
    assert KazooException
    sys.exit(main())
