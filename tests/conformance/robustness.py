#!/usr/bin/python3
"""Sends what no client library would send, and checks that the server answers as described.

    robustness.py [--server PATH] [--only WORD]

Every check is a function whose name is a sentence. It gets a running server, and after it the
server must still serve an ordinary client. Most checks hold for the Java server too
(--server java); those that would damage it, or where ours is meant to be better, are marked
and skipped there.
"""

import argparse
import socket
import struct
import sys
import time

import differences
import servers
import wire as w

CHECKS = []
MAX_FRAME = 1048575


class Failed(Exception):
    pass


def check(ours_only=False, **cfg):
    """Registers a check; with cfg it gets a server of its own with these settings."""
    def register(function):
        CHECKS.append((function.__name__.replace('_', ' '), function, ours_only, cfg))
        return function
    return register


def expect(what, got, wanted):
    if got != wanted:
        raise Failed('%s: expected %r, got %r' % (what, wanted, got))


# ---- helpers -----------------------------------------------------------------------------

def session(server, **fields):
    conn = w.Conn(server.port)
    conn.connected = conn.handshake(**fields)
    if not isinstance(conn.connected, w.Connected) or not conn.connected.timeout:
        raise Failed('no session: %r' % (conn.connected,))
    return conn


def renew(server, conn):
    """Renews the session of conn; Failed if the server does not know it any more."""
    return session(server, session=conn.connected.session, password=conn.connected.password)


def ended(conn, what):
    """The server must close without another byte."""
    try:
        payload = conn.frame()
    except socket.timeout:
        raise Failed('%s: connection stays open' % what)
    expect(what, payload, None)
    if conn.pending:
        raise Failed('%s: stray bytes %s' % (what, bytes(conn.pending).hex()))


def error(conn, xid, op, body=b''):
    reply = conn.call(xid, op, body)
    if not isinstance(reply, w.Reply):
        raise Failed('%s: no reply but %r' % (w.NAMES.get(op, op), reply))
    return reply.err


def still_open(conn):
    expect('ping after it', error(conn, w.PING_XID, w.PING), 0)


def still_serving(server):
    if not server.alive():
        raise Failed('the server ended:\n' + server.log_tail())
    conn = session(server)
    path = '/alive%d' % time.monotonic_ns()
    expect('create afterwards', error(conn, 1, w.CREATE, w.create(path, b'x')), 0)
    expect('delete afterwards', error(conn, 2, w.DELETE, w.path_version(path)), 0)
    expect('close afterwards', error(conn, 3, w.CLOSE_SESSION), 0)
    conn.close()


def refused_and_session_kept(server, data, what):
    conn = session(server)
    conn.send(data)
    ended(conn, what)
    conn.close()
    still_open(renew(server, conn))


def first_bytes_refused(server, data, what):
    conn = w.Conn(server.port)
    conn.send(data)
    ended(conn, what)
    conn.close()


# ---- section 2: frames -------------------------------------------------------------------

@check()
def a_negative_or_too_large_length_closes_and_the_session_stays(server):
    for length in (-1, -2147483648, MAX_FRAME + 1, 0x7fffffff):
        refused_and_session_kept(server, w.i32(length), 'length %d' % length)
        first_bytes_refused(server, w.i32(length), 'first length %d' % length)


@check()
def a_length_of_zero_closes(server):
    refused_and_session_kept(server, w.i32(0), 'length 0')
    first_bytes_refused(server, w.i32(0), 'first length 0')


@check()
def a_frame_too_short_for_a_header_closes(server):
    for size in range(1, 8):
        refused_and_session_kept(server, w.frame(b'\1' * size), 'frame of %d bytes' % size)


@check()
def a_first_frame_that_is_no_connect_request_closes(server):
    good = w.connect_request()[4:]
    for size in (1, 4, 12, 16, 24, 27, 28, 43):
        first_bytes_refused(server, w.frame(good[:size]), 'connect request of %d bytes' % size)
    bad = good[:24] + w.i32(-2) + good[28:]
    first_bytes_refused(server, w.frame(bad), 'password of length -2')
    bad = good[:24] + w.i32(0x7fffffff) + good[28:]
    first_bytes_refused(server, w.frame(bad), 'password of length 2^31-1')


@check()
def text_as_first_bytes_closes(server):
    first_bytes_refused(server, b'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP')
    first_bytes_refused(server, b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'TLS hello')
    first_bytes_refused(server, b'SSH-2.0-x\r\n', 'SSH')


BODIES = (
    (w.CREATE, w.create('/rob')), (w.CREATE2, w.create('/rob')),
    (w.CREATE_CONTAINER, w.create('/rob', flags=4)), (w.CREATE_TTL, w.create_ttl('/rob')),
    (w.DELETE, w.path_version('/rob')), (w.EXISTS, w.path_watch('/rob')),
    (w.GET_DATA, w.path_watch('/rob')), (w.SET_DATA, w.set_data('/rob', b'abc')),
    (w.GET_ACL, w.ustr('/rob')), (w.SET_ACL, w.set_acl('/rob', w.OPEN_ACL)),
    (w.GET_CHILDREN, w.path_watch('/rob')), (w.GET_CHILDREN2, w.path_watch('/rob')),
    (w.SYNC, w.ustr('/rob')), (w.MULTI, w.multi([(w.CREATE, w.create('/rob'))])),
    (w.MULTI_READ, w.multi([(w.GET_DATA, w.path_watch('/rob'))])),
    (w.RECONFIG, w.reconfig()), (w.CHECK_WATCHES, w.path_int('/rob', 3)),
    (w.REMOVE_WATCHES, w.path_int('/rob', 3)), (w.SET_WATCHES, w.set_watches(0, (), (), ())),
    (w.SET_WATCHES2, w.set_watches(0, (), (), (), (), ())), (w.ADD_WATCH, w.path_int('/rob', 0)),
    (w.GET_EPHEMERALS, w.ustr('/')), (w.ALL_CHILDREN, w.ustr('/')),
)


@check()
def a_body_cut_anywhere_is_a_marshalling_error_and_the_connection_stays(server):
    conn = session(server)
    for op, body in BODIES:
        for size in range(len(body)):
            expect('%s cut to %d bytes' % (w.NAMES[op], size), error(conn, 5, op, body[:size]), -5)
    still_open(conn)
    expect('nothing was created', error(conn, 6, w.EXISTS, w.path_watch('/rob')), w.NO_NODE)


@check()
def bytes_after_a_record_are_ignored(server):
    conn = session(server)
    expect('create', error(conn, 1, w.CREATE, w.create('/spare') + b'\0' * 100), 0)
    expect('delete', error(conn, 2, w.DELETE, w.path_version('/spare') + b'x'), 0)
    expect('ping', error(conn, w.PING_XID, w.PING, b'more'), 0)


@check()
def lengths_that_lie_are_marshalling_errors(server):
    conn = session(server)
    for length in (-2, -2147483648, 5, 1000, 0x7fffffff):
        expect('path length %d' % length,
               error(conn, 1, w.GET_DATA, w.i32(length) + b'/\0'), -5)
        expect('data length %d' % length,
               error(conn, 2, w.CREATE, w.ustr('/x') + w.i32(length) + b'a'), -5)
        expect('multi path length %d' % length,
               error(conn, 3, w.MULTI, struct.pack('>iBi', 1, 0, -1) + w.i32(length) + b'/'), -5)
    still_open(conn)


@check()
def vectors_with_a_huge_count_are_refused_without_being_allocated(server):
    conn = session(server)
    for count in (0x7fffffff, 0x10000000, 1000):
        expect('ACL count', error(conn, 1, w.CREATE, w.ustr('/x') + w.buf(b'') + w.i32(count) +
                                  w.acl_entry(w.OPEN_ACL[0])), -5)
        expect('setACL count', error(conn, 2, w.SET_ACL, w.ustr('/') + w.i32(count)), -5)
        expect('watch count', error(conn, 3, w.SET_WATCHES, w.i64(0) + w.i32(count)), -5)
    still_open(conn)


@check()
def a_negative_vector_count_is_an_empty_vector(server):
    conn = session(server)
    for count in (-2, -2147483648):
        body = w.ustr('/x') + w.buf(b'') + w.i32(count) + w.i32(0)
        expect('count %d' % count, error(conn, 1, w.CREATE, body), w.INVALID_ACL)
        expect('watches', error(conn, 2, w.SET_WATCHES, w.i64(0) + w.i32(count) * 3), 0)


@check()
def an_undecodable_auth_or_sasl_body_closes_without_a_reply(server):
    for op, body in ((w.AUTH, w.auth('digest', b'u:p')), (w.SASL, w.buf(b''))):
        for size in (0, 2, len(body) - 1):
            refused_and_session_kept(server, w.request(1, op, body[:size]),
                                     '%s cut to %d bytes' % (w.NAMES[op], size))


@check()
def unknown_opcodes_are_answered_and_the_connection_closes(server):
    for op in (0, -1, 10, 23, 99, 108, 1000, -2, -12, 2147483647, -2147483648):
        conn = session(server)
        reply = conn.call(77, op, b'')
        expect('opcode %d' % op, reply, w.Reply(77, -1, w.UNIMPLEMENTED, ()))
        ended(conn, 'after opcode %d' % op)
        conn.close()
        still_open(renew(server, conn))


@check()
def a_second_connect_request_is_an_unknown_opcode(server):
    conn = session(server)
    conn.send(w.connect_request())
    expect('reply', w.decode(0, conn.frame()), w.Reply(0, -1, w.UNIMPLEMENTED, ()))
    ended(conn, 'after it')


@check()
def a_failed_auth_is_answered_and_the_connection_closes(server):
    for scheme, data in (('nosuch', b'x'), (None, b'x'), ('world', b'anyone'), ('super', b''),
                         ('digest', None), ('sasl', b''), ('x509', b'')):
        conn = session(server)
        expect('auth %r' % scheme, conn.call(-4, w.AUTH, w.auth(scheme, data)),
               w.Reply(-4, 0, w.AUTH_FAILED, ()))
        ended(conn, 'after auth %r' % scheme)
        conn.close()
        still_open(renew(server, conn))


@check()
def sasl_on_a_server_without_it_gets_a_null_token(server):
    conn = session(server)
    expect('token', conn.call(3, w.SASL, w.buf(b'')), w.Reply(3, 0, 0, (None,)))
    still_open(conn)


@check()
def the_largest_frame_is_accepted_and_its_data_comes_back_whole(server):
    conn = session(server)
    overhead = 8 + len(w.create('/big'))
    data = bytes(i * 7 & 255 for i in range(MAX_FRAME - overhead))
    expect('create', error(conn, 1, w.CREATE, w.create('/big', data)), 0)
    reply = conn.call(2, w.GET_DATA, w.path_watch('/big'))
    if reply.body[0] != data:
        raise Failed('the data came back different')
    expect('delete', error(conn, 3, w.DELETE, w.path_version('/big')), 0)
    conn.send(w.request(4, w.CREATE, w.create('/big', data + b'x')))
    ended(conn, 'one byte more')


@check()
def a_name_may_be_as_long_as_the_frame(server):
    conn = session(server)
    path = '/' + 'n' * 500000
    expect('create', error(conn, 1, w.CREATE, w.create(path)), 0)
    children = conn.call(2, w.GET_CHILDREN, w.path_watch('/')).body[0]
    expect('listed', path[1:] in children, True)
    expect('delete', error(conn, 3, w.DELETE, w.path_version(path)), 0)


@check()
def requests_may_follow_the_connect_request_at_once(server):
    conn = w.Conn(server.port)
    conn.send(w.connect_request() + w.request(1, w.CREATE, w.create('/early', b'', flags=1)) +
              w.request(2, w.EXISTS, w.path_watch('/early')) + w.request(3, w.CLOSE_SESSION))
    expect('handshake', w.decode_connected(conn.frame()).version, 0)
    expect('create', w.decode(w.CREATE, conn.frame()).err, 0)
    expect('exists', w.decode(w.EXISTS, conn.frame()).err, 0)
    expect('close', w.decode(w.CLOSE_SESSION, conn.frame()).err, 0)
    ended(conn, 'end')


@check()
def frames_may_arrive_byte_by_byte(server):
    conn = w.Conn(server.port)
    for data in (w.connect_request(), w.request(9, w.EXISTS, w.path_watch('/'))):
        for i in range(len(data)):
            conn.send(data[i:i + 1])
            time.sleep(0.0005)
    expect('handshake', w.decode_connected(conn.frame()).version, 0)
    expect('exists', w.decode(w.EXISTS, conn.frame())[:1], (9,))


@check()
def half_a_frame_and_then_the_end_is_no_matter(server):
    for linger in (False, True):
        for size in (1, 3, 4, 5, 11, 40):
            conn = session(server)
            conn.send(w.request(1, w.CREATE, w.create('/half', b'x' * 100))[:size])
            if linger:
                conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     struct.pack('ii', 1, 0))
            conn.close()
    conn = session(server)
    expect('nothing created', error(conn, 1, w.EXISTS, w.path_watch('/half')), w.NO_NODE)


@check()
def any_xid_is_echoed_and_pings_always_answer_minus_two(server):
    conn = session(server)
    for xid in (0, -1, -3, -8, 5, 5, 2147483647, -2147483648):
        expect('xid %d' % xid, conn.call(xid, w.EXISTS, w.path_watch('/')).xid, xid)
    conn.send(w.request(42, w.PING))
    expect('ping', w.decode(w.PING, conn.frame()).xid, w.PING_XID)


@check()
def any_nonzero_byte_is_true(server):
    conn = session(server)
    expect('create', error(conn, 1, w.CREATE, w.create('/truth')), 0)
    expect('read', error(conn, 2, w.GET_DATA, w.ustr('/truth') + b'\x05'), 0)
    conn.send(w.request(3, w.DELETE, w.path_version('/truth')))
    event = w.decode_event(conn.frame())
    expect('event', event[1:], (2, 3, '/truth'))


@check(maxClientCnxns='5')
def connections_beyond_the_limit_of_one_address_are_closed(server):
    held = [session(server) for _ in range(5)]
    conn = w.Conn(server.port)
    expect('sixth', conn.handshake(), None)
    held.pop().close()
    for _ in range(50):
        conn = w.Conn(server.port)
        if conn.handshake() is not None:
            break
        time.sleep(0.05)
    else:
        raise Failed('a place that became free was not given away')
    for one in held:
        still_open(one)
    for one in held + [conn]:
        one.close()
    time.sleep(0.3)


@check(**{'nio.sessionlessCnxnTimeout': '1000'})
def a_connection_without_a_session_is_closed_in_time(server):
    conn = w.Conn(server.port, timeout=8)
    conn.send(b'\0\0')
    ended(conn, 'silent connection')


@check()
def three_hundred_connections_at_once_are_served(server):
    held = [session(server) for _ in range(300)]
    for one in held:
        one.send(w.request(w.PING_XID, w.PING))
    for one in held:
        expect('ping', w.decode(w.PING, one.frame()).err, 0)
        one.close()


@check()
def a_reader_that_is_slow_gets_everything_in_order(server):
    conn = session(server)
    expect('create', error(conn, 1, w.CREATE, w.create('/slow', b's' * 50000)), 0)
    conn.sock.settimeout(1)
    sent = 0
    try:
        for sent in range(600):
            conn.sock.sendall(w.request(100 + sent, w.GET_DATA, w.path_watch('/slow')))
    except socket.timeout:
        raise Failed('small requests did not fit the socket')
    other = session(server)
    expect('another session meanwhile', error(other, 1, w.EXISTS, w.path_watch('/slow')), 0)
    conn.sock.settimeout(20)
    for i in range(600):
        reply = w.decode(w.GET_DATA, conn.frame())
        expect('reply %d' % i, (reply.xid, len(reply.body[0])), (100 + i, 50000))


@check()
def a_connection_reset_amid_pipelined_writes_is_no_matter(server):
    for _ in range(10):
        conn = session(server)
        conn.send(b''.join(w.request(i, w.CREATE, w.create('/reset-', b'x', flags=3))
                           for i in range(200)))
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        conn.close()


@check()
def ten_thousand_watches_in_one_request_are_set(server):
    conn = session(server)
    lists = [tuple('/w%d' % i for i in range(10000)), (), tuple('/v%d' % i for i in range(10000))]
    conn.send(w.request(w.SET_WATCHES_XID, w.SET_WATCHES, w.set_watches(0, (), *lists[::2])))
    events = 0
    while True:
        payload = conn.frame()
        if payload is None:
            raise Failed('closed after %d events' % events)
        if w.decode_header(payload)[0] != w.EVENT_XID:
            break
        events += 1
    expect('replayed deletions', events, 10000)


# ---- section 3 and 4: four letter words, handshake ---------------------------------------

@check()
def four_letter_words_answer_whole_split_or_with_a_newline(server):
    for parts in ((b'ruok',), (b'ruok\n',), (b'r', b'u', b'ok'), (b'ru', b'ok')):
        conn = w.Conn(server.port)
        for part in parts:
            conn.send(part)
            time.sleep(0.02)
        got = b''
        while conn.receive():
            pass
        got = bytes(conn.pending)
        expect('answer to %r' % (parts,), got, b'imok')
    expect('isro', servers.four_letter(server.port, 'isro'), 'rw')


@check(**{'4lw.commands.whitelist': 'ruok'})
def four_letter_words_outside_the_whitelist_are_refused_with_a_text(server):
    text = servers.four_letter(server.port, 'cons')
    expect('cons', text.strip(), 'cons is not executed because it is not in the whitelist.')
    expect('srvr is always there', 'Mode:' in servers.four_letter(server.port, 'srvr'), True)


@check()
def a_four_letter_word_after_the_handshake_is_a_length(server):
    refused_and_session_kept(server, b'ruok', 'ruok after the handshake')


@check()
def old_and_odd_connect_requests_are_understood(server):
    old = session(server, read_only=None)
    expect('answer without read-only byte', old.connected.read_only, None)
    expect('answer with it', session(server, read_only=False).connected.read_only, 0)
    session(server, version=7)
    session(server, password=None)
    session(server, password=b'')
    session(server, password=b'y' * 50)
    session(server, last_zxid=-1)
    conn = w.Conn(server.port)
    conn.send(w.frame(w.connect_request()[4:] + b'spare'))
    expect('spare bytes', w.decode_connected(conn.frame()).version, 0)


@check()
def timeouts_are_clamped(server):
    for asked, given in ((0, 4000), (-5, 4000), (1, 4000), (2147483647, 7200000), (5000, 5000)):
        expect('timeout %d' % asked, session(server, timeout=asked).connected.timeout, given)


@check()
def a_client_that_has_seen_the_future_is_sent_away(server):
    conn = w.Conn(server.port)
    expect('new session', conn.handshake(last_zxid=1 << 50), None)
    held = session(server)
    conn = w.Conn(server.port)
    expect('renewal', conn.handshake(session=held.connected.session, last_zxid=1 << 50,
                                     password=held.connected.password), None)


@check()
def a_session_id_that_nobody_has_is_refused_politely(server):
    refused = w.Connected(0, 0, 0, b'\0' * 16, 0)
    for number in (1, -1, 0x7fffffffffffffff, -(1 << 63)):
        conn = w.Conn(server.port)
        got = conn.handshake(session=number, password=w.expected_password(number))
        expect('session %#x' % number, got, refused)
        ended(conn, 'after the refusal')


@check(ours_only=True)
def a_renewal_with_a_wrong_password_leaves_the_live_connection_alone(server):
    held = session(server)
    for password in (b'x' * 16, b'', None, held.connected.password[:15],
                     held.connected.password + b'x'):
        conn = w.Conn(server.port)
        got = conn.handshake(session=held.connected.session, password=password)
        expect('answer', got, w.Connected(0, 0, 0, b'\0' * 16, 0))
        ended(conn, 'after it')
        still_open(held)


@check()
def a_renewal_takes_the_session_from_the_old_connection(server):
    held = session(server)
    new = renew(server, held)
    ended(held, 'old connection')
    still_open(new)


@check(tickTime='500')
def a_silent_session_expires_no_earlier_than_promised_and_soon_after(server):
    watcher, silent = session(server), session(server, timeout=1000)
    expect('create', error(silent, 1, w.CREATE, w.create('/silent', flags=1)), 0)
    start = time.monotonic()
    expect('watch', error(watcher, 1, w.EXISTS, w.path_watch('/silent', True)), 0)
    event = w.decode_event(watcher.frame())
    spent = time.monotonic() - start
    expect('event', event[1:], (2, 3, '/silent'))
    if not 0.9 <= spent <= 2.0:
        raise Failed('expired after %.2f s, its timeout is 1 s and a tick 0.5 s' % spent)
    ended(silent, 'connection of the expired session')
    conn = w.Conn(server.port)
    got = conn.handshake(session=silent.connected.session, password=silent.connected.password)
    expect('renewal', got.timeout, 0)


@check(tickTime='500')
def pings_and_requests_keep_a_session_alive(server):
    pinging, asking = session(server, timeout=1000), session(server, timeout=1000)
    for _ in range(12):
        time.sleep(0.3)
        still_open(pinging)
        expect('read', error(asking, 1, w.EXISTS, w.path_watch('/')), 0)


@check(tickTime='500')
def a_dropped_connection_leaves_the_session_its_timeout(server):
    dropped = session(server, timeout=2000)
    expect('create', error(dropped, 1, w.CREATE, w.create('/dropped', flags=1)), 0)
    dropped.close()
    time.sleep(1.0)
    again = renew(server, dropped)
    expect('ephemeral', error(again, 1, w.EXISTS, w.path_watch('/dropped')), 0)
    expect('close', error(again, 2, w.CLOSE_SESSION), 0)
    ended(again, 'after the close')
    other = session(server)
    expect('gone', error(other, 1, w.EXISTS, w.path_watch('/dropped')), w.NO_NODE)


# ---- section 5 and 23: inputs that break the Java server ---------------------------------

@check()
def undecodable_writes_do_not_stop_the_writes_of_others(server):
    bad, good = session(server), session(server)
    expect('create', error(good, 1, w.CREATE, w.create('/others')), 0)
    for op, body in BODIES:
        expect(w.NAMES[op], error(bad, 1, op, body[:3]), -5)
        expect('write after bad %s' % w.NAMES[op],
               error(good, 2, w.SET_DATA, w.set_data('/others', b'x')), 0)


@check(ours_only=True)
def a_ttl_create_with_other_flags_is_refused(server):
    conn = session(server)
    for flags in (0, 1, 2, 3, 4, 7, -1):
        for ttl in (-1, -1000, -(1 << 63), 1000):
            expect('flags %d ttl %d' % (flags, ttl), error(
                conn, 1, w.CREATE_TTL, w.create_ttl('/t', flags=flags, ttl=ttl)), -8)
    expect('nothing created', error(conn, 2, w.EXISTS, w.path_watch('/t')), w.NO_NODE)


@check(ours_only=True)
def creates_whose_flags_do_not_fit_their_opcode_are_refused(server):
    conn = session(server)
    for op, flags in ((w.CREATE, 4), (w.CREATE2, 4), (w.CREATE, 5), (w.CREATE2, 6),
                      (w.CREATE_CONTAINER, 0), (w.CREATE_CONTAINER, 1), (w.CREATE_CONTAINER, 2),
                      (w.CREATE_CONTAINER, 3), (w.CREATE_CONTAINER, 5)):
        expect('%s flags %d' % (w.NAMES[op], flags),
               error(conn, 1, op, w.create('/f', flags=flags)), -8)


@check(ours_only=True)
def a_quota_on_the_root_is_refused(server):
    conn = session(server)
    path = '/zookeeper/quota/zookeeper_limits'
    expect('create', error(conn, 1, w.CREATE, w.create(path, b'count=1,bytes=1')), -8)
    expect('create2', error(conn, 2, w.CREATE2, w.create(path, b'count=1,bytes=1')), -8)
    expect('ttl', error(conn, 3, w.CREATE_TTL, w.create_ttl(path, b'count=1,bytes=1')), -8)
    expect('container', error(conn, 4, w.CREATE_CONTAINER, w.create(path, b'', flags=4)), -8)
    reply = conn.call(5, w.MULTI, w.multi([(w.CREATE, w.create(path, b'count=1,bytes=1'))]))
    expect('multi', reply.body[0][0] if reply.body else reply.err, (w.ERROR, -8, -8))


@check(ours_only=True)
def unparsable_quota_texts_are_refused_and_the_quota_works_on(server):
    conn = session(server)
    ops = [(w.CREATE, w.create(p, d)) for p, d in (
        ('/q', b''), ('/zookeeper/quota/q', b''),
        ('/zookeeper/quota/q/zookeeper_limits', b'count=100,bytes=-1'),
        ('/zookeeper/quota/q/zookeeper_stats', b'count=0,bytes=0'))]
    expect('setup', conn.call(1, w.MULTI, w.multi(ops)).body[0][0][0], w.CREATE)
    for node in ('zookeeper_stats', 'zookeeper_limits'):
        path = '/zookeeper/quota/q/' + node
        for text in (None, b'rubbish', b'count=x,bytes=1', b'count', b'\xff\xfe',
                     b'count=99999999999999999999999,bytes=1'):
            expect('%s %r' % (node, text),
                   error(conn, 2, w.SET_DATA, w.set_data(path, text)), -8)
        reply = conn.call(3, w.MULTI, w.multi([(w.SET_DATA, w.set_data(path, b'rubbish'))]))
        expect('multi', reply.body[0][0] if reply.body else reply.err, (w.ERROR, -8, -8))
    expect('write under it', error(conn, 4, w.CREATE, w.create('/q/a', b'12345')), 0)
    stats = conn.call(5, w.GET_DATA, w.path_watch('/zookeeper/quota/q/zookeeper_stats')).body[0]
    expect('usage', stats, b'count=2,bytes=5')


@check(ours_only=True)
def internal_opcodes_from_a_client_are_unknown(server):
    first = session(server)
    expect('create', error(first, 1, w.CREATE, w.create('/kept')), 0)
    for op, body in ((w.CREATE_SESSION, w.i32(5000)), (w.DELETE_CONTAINER, w.ustr('/kept')),
                     (w.DELETE_CONTAINER, b'/kept')):
        conn = session(server)
        expect('opcode %d' % op, conn.call(9, op, body), w.Reply(9, -1, w.UNIMPLEMENTED, ()))
        ended(conn, 'after it')
    expect('node kept', error(first, 2, w.EXISTS, w.path_watch('/kept')), 0)


@check(ours_only=True)
def null_paths_of_watches_are_marshalling_errors(server):
    conn = session(server)
    expect('addWatch', error(conn, 1, w.ADD_WATCH, w.path_int(None, 0)), -5)
    expect('addWatch', error(conn, 2, w.ADD_WATCH, w.path_int(None, 1)), -5)
    for i in range(3):
        lists = [(), (), ()]
        lists[i] = (None,)
        expect('setWatches list %d' % i,
               error(conn, 3, w.SET_WATCHES, w.set_watches(0, *lists)), -5)
    still_open(conn)


@check()
def null_paths_of_requests_are_refused(server):
    conn = session(server)
    for op, body, wanted in (
            (w.EXISTS, w.path_watch(None), -5), (w.GET_DATA, w.path_watch(None), -5),
            (w.GET_CHILDREN, w.path_watch(None), -5), (w.GET_CHILDREN2, w.path_watch(None), -5),
            (w.GET_ACL, w.ustr(None), -5), (w.ALL_CHILDREN, w.ustr(None), -5),
            (w.DELETE, w.path_version(None), -5), (w.SET_DATA, w.set_data(None, b''), -8),
            (w.SET_ACL, w.set_acl(None, w.OPEN_ACL), -8), (w.CREATE, w.create(None), -5),
            (w.SYNC, w.ustr(None), 0)):
        expect(w.NAMES[op], error(conn, 1, op, body), wanted)
    still_open(conn)


# ---- main --------------------------------------------------------------------------------

def run_check(kind, shared, function, cfg):
    """Runs one check; returns None or why it failed, and the server to go on with."""
    server = shared
    if cfg:
        server = servers.Server(kind, cfg=cfg).start()
    elif not shared.alive():
        shared.kill()
        shared.start()
    try:
        function(server)
        if 'maxClientCnxns' not in cfg:
            still_serving(server)
        return None
    except Failed as reason:
        return str(reason)
    except (OSError, AttributeError, TypeError, struct.error) as problem:
        return 'unexpected %r' % problem
    finally:
        if cfg:
            server.close()


def main():
    parser = argparse.ArgumentParser(description='send bad input to a server')
    parser.add_argument('--server', default=servers.default_server())
    parser.add_argument('--only', help='only checks whose name holds this word', default='')
    args = parser.parse_args()
    counts = {'ok': 0, 'FAILED': 0, 'skipped': 0}
    with servers.Server(args.server, cfg={'forceSync': 'no'}) as shared:
        faulty = differences.profile_of(shared).keeps_java_faults
        for name, function, ours_only, cfg in CHECKS:
            if args.only not in name:
                continue
            if ours_only and faulty:
                verdict, reason = 'skipped', 'not for the Java server'
            else:
                reason = run_check(args.server, shared, function, cfg)
                verdict = 'FAILED' if reason else 'ok'
            counts[verdict] += 1
            print('%-7s %s%s' % (verdict, name, ': ' + reason if reason else ''))
            sys.stdout.flush()
    print('%d passed, %d failed, %d skipped' % tuple(counts.values()))
    return 1 if counts['FAILED'] else 0


if __name__ == '__main__':
    servers.skip_main(main)
