"""The client protocol byte by byte, without any client library.

Written from the protocol description alone, so that a mistake in a client library cannot
hide one in a server. Requests are built by small functions that return a body; replies are
decoded into tuples that compare field by field. Nothing here knows which server answers.

Invariants
 1. A reply that cannot be decoded, or leaves bytes over, decodes to ('UNDECODABLE', hex):
    it can then never equal a good one.
 2. Null and empty are kept apart: None and b'' (or '').
 3. Strings that are not UTF-8 are kept as they came (surrogateescape).
"""

import collections
import socket
import struct

CREATE, DELETE, EXISTS, GET_DATA, SET_DATA, GET_ACL, SET_ACL, GET_CHILDREN, SYNC = range(1, 10)
PING, GET_CHILDREN2, CHECK, MULTI, CREATE2, RECONFIG, CHECK_WATCHES, REMOVE_WATCHES = range(11, 19)
CREATE_CONTAINER, DELETE_CONTAINER, CREATE_TTL, MULTI_READ = range(19, 23)
AUTH, SET_WATCHES, SASL, GET_EPHEMERALS, ALL_CHILDREN, SET_WATCHES2, ADD_WATCH, WHO_AM_I = \
    range(100, 108)
CREATE_SESSION, CLOSE_SESSION, ERROR = -10, -11, -1

NAMES = {v: k.lower() for k, v in list(globals().items())
         if isinstance(v, int) and k.isupper()}

EVENT_XID, PING_XID, AUTH_XID, SET_WATCHES_XID = -1, -2, -4, -8
PERSISTENT, EPHEMERAL, SEQUENTIAL, EPHEMERAL_SEQUENTIAL, CONTAINER, TTL, TTL_SEQUENTIAL = range(7)
READ, WRITE, ACL_CREATE, ACL_DELETE, ADMIN, ALL = 1, 2, 4, 8, 16, 31

OK, MARSHALLING, UNIMPLEMENTED, BAD_ARGUMENTS = 0, -5, -6, -8
NO_NODE, NO_AUTH, BAD_VERSION, NO_CHILDREN_FOR_EPHEMERALS = -101, -102, -103, -108
NODE_EXISTS, NOT_EMPTY, SESSION_EXPIRED, INVALID_ACL, AUTH_FAILED = -110, -111, -112, -114, -115
NO_WATCHER, RECONFIG_DISABLED, QUOTA_EXCEEDED = -121, -123, -125

OPEN_ACL = ((ALL, 'world', 'anyone'),)
READ_ACL = ((READ, 'world', 'anyone'),)
CREATOR_ACL = ((ALL, 'auth', ''),)

Stat = collections.namedtuple(
    'Stat', 'czxid mzxid ctime mtime version cversion aversion owner length children pzxid')
Reply = collections.namedtuple('Reply', 'xid zxid err body')
Event = collections.namedtuple('Event', 'zxid type state path')
Connected = collections.namedtuple('Connected', 'version timeout session password read_only')

_STAT = struct.Struct('>qqqqiiiqiiq')
_I32 = struct.Struct('>i')
_I64 = struct.Struct('>q')
_MULTI = struct.Struct('>iBi')
_HEADER = struct.Struct('>iqi')


# ---- encoding ----------------------------------------------------------------------------

def i32(value):
    return _I32.pack(value)


def i64(value):
    return _I64.pack(value)


def boolean(value):
    return b'\x01' if value else b'\x00'


def buf(data):
    if data is None:
        return b'\xff\xff\xff\xff'
    return _I32.pack(len(data)) + data


def ustr(text):
    if text is None:
        return b'\xff\xff\xff\xff'
    if isinstance(text, str):
        text = text.encode('utf-8', 'surrogateescape')
    return _I32.pack(len(text)) + text


def vector(items, encode):
    if items is None:
        return b'\xff\xff\xff\xff'
    return _I32.pack(len(items)) + b''.join(map(encode, items))


def acl_entry(entry):
    return i32(entry[0]) + ustr(entry[1]) + ustr(entry[2])


def acls(items):
    return vector(items, acl_entry)


def frame(payload):
    return _I32.pack(len(payload)) + payload


def request(xid, op, body=b''):
    return frame(_I32.pack(xid) + _I32.pack(op) + body)


def connect_request(session=0, password=b'\0' * 16, timeout=30000, last_zxid=0, version=0,
                    read_only=False):
    body = i32(version) + i64(last_zxid) + i32(timeout) + i64(session) + buf(password)
    return frame(body if read_only is None else body + boolean(read_only))


def create(path, data=b'', acl=OPEN_ACL, flags=0):
    return ustr(path) + buf(data) + acls(acl) + i32(flags)


def create_ttl(path, data=b'', acl=OPEN_ACL, flags=TTL, ttl=1000000):
    return create(path, data, acl, flags) + i64(ttl)


def path_version(path, version=-1):
    return ustr(path) + i32(version)


def path_watch(path, watch=False):
    return ustr(path) + boolean(watch)


def set_data(path, data, version=-1):
    return ustr(path) + buf(data) + i32(version)


def set_acl(path, acl, version=-1):
    return ustr(path) + acls(acl) + i32(version)


def path_int(path, number):
    return ustr(path) + i32(number)


def auth(scheme, data):
    return i32(0) + ustr(scheme) + buf(data)


def reconfig(joining=None, leaving=None, members=None, config=-1):
    return ustr(joining) + ustr(leaving) + ustr(members) + i64(config)


def set_watches(zxid, *lists):
    return i64(zxid) + b''.join(vector(paths, ustr) for paths in lists)


def multi(ops):
    """ops: (opcode, body) pairs; the same framing serves multi and multiRead."""
    return b''.join(_MULTI.pack(op, 0, -1) + body for op, body in ops) + _MULTI.pack(-1, 1, -1)


# ---- decoding ----------------------------------------------------------------------------

class Decoder:
    def __init__(self, data, offset=0):
        self.data = data
        self.at = offset

    def left(self):
        return len(self.data) - self.at

    def _take(self, form):
        values = form.unpack_from(self.data, self.at)
        self.at += form.size
        return values

    def i32(self):
        return self._take(_I32)[0]

    def i64(self):
        return self._take(_I64)[0]

    def buf(self):
        size = self.i32()
        if size == -1:
            return None
        if size < 0 or size > self.left():
            raise ValueError('length %d of %d' % (size, self.left()))
        self.at += size
        return bytes(self.data[self.at - size:self.at])

    def ustr(self):
        data = self.buf()
        return None if data is None else data.decode('utf-8', 'surrogateescape')

    def vector(self, one):
        count = self.i32()
        if count == -1:
            return None
        if count < 0:
            raise ValueError('count %d' % count)
        return tuple(one() for _ in range(count))

    def sorted_strings(self):
        items = self.vector(self.ustr)
        return None if items is None else tuple(sorted(items))

    def stat(self):
        return Stat(*self._take(_STAT))

    def acl(self):
        return (self.i32(), self.ustr(), self.ustr())

    def client_info(self):
        return (self.ustr(), self.ustr())

    def multi(self):
        results = []
        while True:
            kind, done, err = self._take(_MULTI)
            if done:
                results.append(('end', kind, err))
                return tuple(results)
            results.append((kind, err) + self._multi_record(kind))

    def _multi_record(self, kind):
        if kind == CREATE:
            return (self.ustr(),)
        if kind in (CREATE2, CREATE_CONTAINER, CREATE_TTL):
            return (self.ustr(), self.stat())
        if kind == SET_DATA:
            return (self.stat(),)
        if kind == ERROR:
            return (self.i32(),)
        if kind == GET_DATA:
            return (self.buf(), self.stat())
        if kind == GET_CHILDREN:
            return (self.sorted_strings(),)
        if kind in (DELETE, CHECK):
            return ()
        raise ValueError('multi result type %d' % kind)


_BODIES = {
    CREATE: lambda d: (d.ustr(),),
    CREATE2: lambda d: (d.ustr(), d.stat()),
    CREATE_CONTAINER: lambda d: (d.ustr(), d.stat()),
    CREATE_TTL: lambda d: (d.ustr(), d.stat()),
    EXISTS: lambda d: (d.stat(),),
    SET_DATA: lambda d: (d.stat(),),
    SET_ACL: lambda d: (d.stat(),),
    GET_DATA: lambda d: (d.buf(), d.stat()),
    RECONFIG: lambda d: (d.buf(), d.stat()),
    GET_ACL: lambda d: (d.vector(d.acl), d.stat()),
    GET_CHILDREN: lambda d: (d.sorted_strings(),),
    GET_CHILDREN2: lambda d: (d.sorted_strings(), d.stat()),
    SYNC: lambda d: (d.ustr(),),
    GET_EPHEMERALS: lambda d: (d.sorted_strings(),),
    ALL_CHILDREN: lambda d: (d.i32(),),
    ADD_WATCH: lambda d: (d.i32(),),
    WHO_AM_I: lambda d: (tuple(sorted(d.vector(d.client_info) or ())),),
    SASL: lambda d: (d.buf(),),
    MULTI: lambda d: (d.multi(),),
    MULTI_READ: lambda d: (d.multi(),),
}


def decode_header(payload):
    """Reply header alone, for those who read many replies and need no bodies."""
    return _HEADER.unpack_from(payload)


def decode_event(payload):
    d = Decoder(payload, _HEADER.size)
    try:
        event = Event(_HEADER.unpack_from(payload)[1], d.i32(), d.i32(), d.ustr())
        if not d.left():
            return event
    except (struct.error, ValueError):
        pass
    return ('UNDECODABLE', payload.hex())


def decode(op, payload):
    """One reply frame to a request of opcode op, without its length."""
    try:
        xid, zxid, err = _HEADER.unpack_from(payload)
        d = Decoder(payload, _HEADER.size)
        body = ()
        if err == 0 or (d.left() and op in (SASL, MULTI_READ)):
            body = _BODIES.get(op, lambda d: ())(d)
        if d.left():
            return ('UNDECODABLE', payload.hex())
        return Reply(xid, zxid, err, body)
    except (struct.error, ValueError):
        return ('UNDECODABLE', payload.hex())


def decode_connected(payload):
    d = Decoder(payload)
    try:
        head = (d.i32(), d.i32(), d.i64(), d.buf())
        if d.left() == 1:
            return Connected(*head, payload[-1])
        if d.left() == 0:
            return Connected(*head, None)
    except (struct.error, ValueError):
        pass
    return ('UNDECODABLE', payload.hex())


def expected_password(session):
    """The password every server derives from a session id."""
    mask = (1 << 48) - 1
    seed = ((session ^ 0xB3415C00) ^ 0x5DEECE66D) & mask
    out = b''
    for _ in range(4):
        seed = (seed * 0x5DEECE66D + 0xB) & mask
        out += struct.pack('<I', (seed >> 16) & 0xffffffff)
    return out


# ---- connection --------------------------------------------------------------------------

class Conn:
    """One TCP connection; frames are read whole and nothing is interpreted."""

    def __init__(self, port, timeout=10.0, host='127.0.0.1'):
        self.sock = socket.create_connection((host, port), timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = bytearray()
        self.eof = False

    def fileno(self):
        return self.sock.fileno()

    def send(self, data):
        """Sends everything; False if the peer is gone."""
        try:
            self.sock.sendall(data)
            return True
        except OSError:
            return False

    def buffered_frame(self):
        """A frame that has already arrived, or None."""
        if len(self.pending) < 4:
            return None
        size = _I32.unpack_from(self.pending)[0]
        if len(self.pending) < 4 + size:
            return None
        payload = bytes(self.pending[4:4 + size])
        del self.pending[:4 + size]
        return payload

    def receive(self):
        """Reads what is there (blocking for the first byte); False at the end."""
        try:
            got = self.sock.recv(262144)
        except socket.timeout:
            raise
        except OSError:
            got = b''
        if not got:
            self.eof = True
            return False
        self.pending += got
        return True

    def frame(self):
        """The next frame, or None when the server closed. Raises socket.timeout."""
        while True:
            payload = self.buffered_frame()
            if payload is not None:
                return payload
            if not self.receive():
                return None

    def handshake(self, **fields):
        """Connects a session: Connected, or None if the server closed without a word."""
        if not self.send(connect_request(**fields)):
            return None
        payload = self.frame()
        return None if payload is None else decode_connected(payload)

    def call(self, xid, op, body=b''):
        """One request, events skipped; Reply or None at the end of the connection."""
        if not self.send(request(xid, op, body)):
            return None
        while True:
            payload = self.frame()
            if payload is None:
                return None
            if decode_header(payload)[0] != EVENT_XID or xid == EVENT_XID:
                return decode(op, payload)

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass
